from __future__ import annotations

import gzip
import io
import os
import stat
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from driverenv.archive.sdist import check, extract, hinted, static_metadata
from driverenv.errors import ArchiveRejected
from tests.kit import Sdist
from tests.kit.sdists import Format

INFO = b"Metadata-Version: 2.2\nName: widget\nVersion: 1.0\n"


def tar(*members: tuple[str, bytes | str, bytes]) -> bytes:
    """Members as (name, content or link target, type)."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, content, kind in members:
            info = tarfile.TarInfo(name)
            info.type = kind
            data = b"" if isinstance(content, str) else content
            info.linkname = content if isinstance(content, str) else ""
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return gzip.compress(out.getvalue(), mtime=0)


F, D, L = tarfile.REGTYPE, tarfile.DIRTYPE, tarfile.SYMTYPE


def run(data: bytes, folder: Path, name: str = "widget-1.0.tar.gz") -> Path:
    path = folder / name
    path.write_bytes(data)
    into = folder / "deep" / "out"
    into.mkdir(parents=True)
    return extract(path, into=into, project="widget", version="1.0", filename=path.name)


@pytest.mark.parametrize("format", ["tar.gz", "zip"])
def test_good(tmp_path: Path, format: Format) -> None:  # noqa: A002
    made = Sdist(name="widget", version="1.0", format=format).archive()
    top = run(made.data, tmp_path, made.filename)
    check(tmp_path / made.filename, project="widget", version="1.0", filename=made.filename)
    assert top.name == "widget-1.0"
    assert (top / "PKG-INFO").read_bytes() == made.metadata
    assert (top / "widget" / "__init__.py").is_file()
    if os.name == "posix":
        assert stat.S_IMODE((top / "PKG-INFO").stat().st_mode) & 0o600 == 0o600


def test_links_become_copies(tmp_path: Path) -> None:
    top = run(
        tar(
            ("p/a", b"alpha", F),
            ("p/s/l1", "../a", L),
            ("p/l2", "s/l1", L),
            ("p/late", "zz", L),
            ("p/zz", b"z", F),
        ),
        tmp_path,
    )
    for name, content in (("s/l1", b"alpha"), ("l2", b"alpha"), ("late", b"z")):
        assert not (top / name).is_symlink()
        assert (top / name).read_bytes() == content


def test_links_to_folders_become_copies(tmp_path: Path) -> None:
    top = run(
        tar(
            ("p/d/e/a", b"alpha", F),
            ("p/d/b", b"beta", F),
            ("p/d/empty", b"", D),
            ("p/d/to-a", "e/a", L),
            ("p/l", "d", L),
            ("p/l2", "l", L),
        ),
        tmp_path,
    )
    for link in ("l", "l2"):
        assert not (top / link).is_symlink()
        files = {one.relative_to(top / link).as_posix(): one for one in (top / link).rglob("*")}
        assert {name: one.read_bytes() for name, one in files.items() if one.is_file()} == {
            "e/a": b"alpha",
            "b": b"beta",
            "to-a": b"alpha",
        }
        assert files["empty"].is_dir()


def test_a_few_links_do_not_multiply_what_is_there(tmp_path: Path) -> None:
    files = [(f"p/d/{number}", b"", F) for number in range(1000)]
    links: list[tuple[str, bytes | str, bytes]] = [(f"p/l{number}", "d", L) for number in range(60)]
    path = tmp_path / "widget-1.0.tar.gz"
    path.write_bytes(tar(*files, *links))
    with pytest.raises(ArchiveRejected) as caught:
        check(path, project="widget", version="1.0", filename=path.name)
    assert caught.value.data["rule"] == "size"


def test_leading_dot(tmp_path: Path) -> None:
    assert run(tar(("./", b"", D), ("./p", b"", D), ("./p/a", b"x", F)), tmp_path).name == "p"


HOSTILE: list[tuple[str, Callable[[], bytes], str]] = [
    ("traversal", lambda: tar(("p/../../../evil", b"x", F)), "name-path"),
    ("absolute", lambda: tar(("/evil", b"x", F)), "name-path"),
    ("two tops", lambda: tar(("p/a", b"", F), ("q/a", b"", F)), "one-folder"),
    ("no folder", lambda: tar(("a", b"", F)), "one-folder"),
    ("empty", tar, "one-folder"),
    ("duplicate", lambda: tar(("p/a", b"1", F), ("p/a", b"2", F)), "name-unique"),
    ("duplicate by case", lambda: tar(("p/a", b"1", F), ("p/A", b"2", F)), "name-unique"),
    ("file is a folder", lambda: tar(("p/a", b"1", F), ("p/a/b", b"2", F)), "name-unique"),
    ("folder is a file", lambda: tar(("p/a/b", b"1", F), ("p/a", b"2", F)), "name-unique"),
    ("link out", lambda: tar(("p/l", "../../../evil", L)), "member-type"),
    ("absolute link", lambda: tar(("p/l", "/etc/passwd", L)), "member-type"),
    ("link to a sibling of the top", lambda: tar(("p/l", "../q/a", L)), "member-type"),
    ("written through a link", lambda: tar(("p/l", "..", L), ("p/l/evil", b"x", F)), "name-unique"),
    ("link to a folder around it", lambda: tar(("p/d/a", b"", F), ("p/d/l", "..", L)), "member-type"),
    ("link to itself", lambda: tar(("p/d/a", b"", F), ("p/l", "l", L)), "member-type"),
    (
        "links to folders in each other",
        lambda: tar(("p/a/x", b"", F), ("p/b/x", b"", F), ("p/a/l", "../b", L), ("p/b/l", "../a", L)),
        "member-type",
    ),
    ("link in the place of a folder", lambda: tar(("p/d/a", b"", F), ("p/d", "e", L)), "name-unique"),
    ("link loop", lambda: tar(("p/a", "b", L), ("p/b", "a", L), ("p/c", b"", F)), "member-type"),
    ("dangling link", lambda: tar(("p/a", "b", L), ("p/c", b"", F)), "member-type"),
    ("other project", lambda: tar(("p/PKG-INFO", INFO.replace(b"widget", b"gadget"), F)), "metadata"),
    ("other version", lambda: tar(("p/PKG-INFO", INFO.replace(b"1.0", b"2.0"), F)), "metadata"),
    ("neither format", lambda: b"BZh91AY" * 100, "sdist-format"),
    (
        "a zip of another name",
        lambda: Sdist(name="w", version="1", format="zip").archive().data,
        "sdist-format",
    ),
    (
        "tar in front of a zip",
        lambda: tar(("p/a", b"", F)) + Sdist(name="w", version="1", format="zip").archive().data,
        "sdist-format",
    ),
]


@pytest.mark.parametrize(("data", "rule"), [row[1:] for row in HOSTILE], ids=[row[0] for row in HOSTILE])
def test_hostile(tmp_path: Path, data: Callable[[], bytes], rule: str) -> None:
    with pytest.raises(ArchiveRejected) as caught:
        run(data(), tmp_path)
    assert caught.value.data["rule"] == rule
    path = tmp_path / "widget-1.0.tar.gz"
    with pytest.raises(ArchiveRejected) as checked:
        check(path, project="widget", version="1.0", filename=path.name)
    assert str(checked.value) == str(caught.value)
    assert {path.name for path in tmp_path.iterdir()} == {"widget-1.0.tar.gz", "deep"}
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["out"]


def test_zip_with_a_symlink(tmp_path: Path) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        info = zipfile.ZipInfo("p/l")
        info.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(info, "/etc/passwd")
    with pytest.raises(ArchiveRejected):
        run(out.getvalue(), tmp_path)


@pytest.mark.parametrize("kind", ["tar.gz", "zip"])
@pytest.mark.parametrize(
    ("version", "dynamic", "static"),
    [
        ("2.2", (), True),
        ("2.4", ("Classifier", "License-File"), True),
        ("2.1", (), False),
        ("1.0", (), False),
        ("2.2", ("Requires-Dist",), False),
        ("2.2", ("requires-python",), False),
        ("2.3", ("Provides-Extra",), False),
    ],
)
def test_static_metadata(
    tmp_path: Path, kind: Format, version: str, dynamic: tuple[str, ...], static: bool
) -> None:
    made = Sdist(
        name="widget", version="1.0", format=kind, metadata_version=version, dynamic=dynamic, requires=["a"]
    ).archive()
    path = made.write(tmp_path)
    found = static_metadata(path, project="widget", version="1.0", filename=path.name)
    assert found == (made.metadata if static else None)
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("kind", ["tar.gz", "zip"])
@pytest.mark.parametrize("place", ["widget.egg-info", "src/Widget.egg-info"])
def test_what_an_egg_info_hints_at(tmp_path: Path, kind: Format, place: str) -> None:
    text = "Six>=1.9\n\na_b.c[extra]\n-e .\n[test]\npytest\n[:python_version<'3']\nenum34\n"
    files = {f"{place}/requires.txt": text}
    path = Sdist(name="widget", version="1.0", format=kind, files=files).archive().write(tmp_path)
    assert hinted(path) == {"six", "a-b-c"}


def test_what_hints_at_nothing(tmp_path: Path) -> None:
    many = {"widget.egg-info/requires.txt": "".join(f"p{number}\n" for number in range(5_000))}
    path = Sdist(name="widget", version="1.0", files=many).archive().write(tmp_path)
    assert len(hinted(path)) == 100
    large = {"widget.egg-info/requires.txt": "six\n" * 50_000}
    assert hinted(Sdist(name="widget", version="1.0", files=large).archive().write(tmp_path)) == frozenset()
    path.write_bytes(b"no archive")
    assert hinted(path) == frozenset()
    assert hinted(tmp_path / "gone.tar.gz") == frozenset()


def test_static_metadata_of_another(tmp_path: Path) -> None:
    path = Sdist(name="gadget", version="1.0").archive().write(tmp_path)
    with pytest.raises(ArchiveRejected):
        static_metadata(path, project="widget", version="1.0")


def test_no_pkg_info(tmp_path: Path) -> None:
    path = tmp_path / "x.tar.gz"
    path.write_bytes(tar(("p/a", b"", F), ("p/deeper/PKG-INFO", INFO, F)))
    assert static_metadata(path, project="widget", version="1.0") is None
