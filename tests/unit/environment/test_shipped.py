from __future__ import annotations

from pathlib import Path

import pytest

from driverenv import warm
from driverenv.environment import shipped
from driverenv.environment.shipped import Place, Section, Shipped


@pytest.fixture
def prefix(tmp_path: Path) -> Path:
    made = tmp_path / "KEY" / "Some Driver"
    for name in ("pyvenv.cfg", "lib/a.ini", "lib/b.ini", "lib/sub/c.ini", "lib/x.py", "lib/x.pth"):
        path = made / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    return made


def found() -> Shipped:
    section = Section(
        "wheels/ab/abc/stamps", (Place(True, "lib/x.py"), Place(False, "wheels/ab/abc/files/y.py"))
    )
    own = ["lib/sub/c.ini", "pyvenv.cfg", "lib/b.ini", "lib/a.ini"]
    return Shipped(own, [section], "lib", ("x.pth",))


def test_there_and_back(prefix: Path) -> None:
    data = shipped.render(found(), str(prefix))
    again = shipped.parse(data)
    assert sorted(again.own) == sorted(found().own)
    assert again.sections == found().sections
    assert (again.library, again.hooks) == ("lib", ("x.pth",))
    assert shipped.render(again, str(prefix)) == data
    assert f"own {again.digest}".encode() in data


def test_without_anything_of_its_own(prefix: Path) -> None:
    again = shipped.parse(shipped.render(Shipped([], found().sections, "lib"), str(prefix)))
    assert (again.own, again.sections) == ([], found().sections)


@pytest.mark.parametrize("count", [1, 20, 60])
def test_half_a_record_is_none(prefix: Path, count: int) -> None:
    with pytest.raises(ValueError, match="no whole record"):
        shipped.parse(shipped.render(found(), str(prefix))[:-count])


def test_a_name_with_a_line_break_cannot_be_written_down(prefix: Path) -> None:
    (prefix / "a\nb").touch()
    with pytest.raises(ValueError, match="line break"):
        shipped.render(Shipped(["a\nb"], [], "lib"), str(prefix))


def test_a_warm_launch_reads_it(prefix: Path, tmp_path: Path) -> None:
    home = tmp_path
    record, stored = home / "wheels/ab/abc/stamps", home / "wheels/ab/abc/files/y.py"
    stored.parent.mkdir(parents=True)
    stored.write_text("y")
    stamps: list[int] = []
    warm.measure(f"{prefix}/lib", ["x.py"], stamps)
    warm.measure(str(stored.parent), ["y.py"], stamps)
    record.write_bytes(warm.STAMPS_HEADER + warm.summary(stamps).encode() + b"\nmore")
    (prefix.parent / warm.SHIPPED).write_bytes(shipped.render(found(), str(prefix)))
    assert warm.intact(str(home), str(prefix))
    for path in (prefix / "lib/sub/c.ini", prefix / "lib/x.py", stored):
        text = path.read_text()
        path.write_text(text + "more")
        assert not warm.intact(str(home), str(prefix))
        path.write_text(text)
        assert not warm.intact(str(home), str(prefix))  # a restored time is not enough: the ctime tells
        stamps = []
        warm.measure(f"{prefix}/lib", ["x.py"], stamps)
        warm.measure(str(stored.parent), ["y.py"], stamps)
        record.write_bytes(warm.STAMPS_HEADER + warm.summary(stamps).encode())
        (prefix.parent / warm.SHIPPED).write_bytes(shipped.render(found(), str(prefix)))
        assert warm.intact(str(home), str(prefix))


@pytest.mark.parametrize(
    "name", ["evil.pth", "evil.start", "sitecustomize.py", "usercustomize.abi3.so", "sitecustomize"]
)
def test_what_python_would_run_at_its_start_may_not_be_added(prefix: Path, tmp_path: Path, name: str) -> None:
    found = Shipped(["lib/a.ini"], [], "lib", ("x.pth",))
    (prefix.parent / warm.SHIPPED).write_bytes(shipped.render(found, str(prefix)))
    (prefix / "lib" / "driver.log").touch()
    assert warm.intact(str(tmp_path), str(prefix))
    (prefix / "lib" / name).touch()
    assert shipped.hooks_in(f"{prefix}/lib") == tuple(sorted(["x.pth", name]))
    assert not warm.intact(str(tmp_path), str(prefix))


def test_doubted() -> None:
    data = b"driverenv-shipped 1\nown 0123\ne a\tb\nhooks lib\nend\n"
    assert shipped.doubted(data) == b"driverenv-shipped 1\nown -\ne a\tb\nhooks lib\nend\n"
    assert shipped.parse(shipped.doubted(data)).digest == "-"
    assert shipped.doubted(b"torn\nelse\n") == b"torn\nelse\n"


def test_what_may_be_edited_must_be_there(prefix: Path) -> None:
    one = found()
    one.own.remove("lib/a.ini")
    one.overlays = ("lib/a.ini",)
    one.sections = []
    data = shipped.render(one, str(prefix))
    assert shipped.parse(data).overlays == ("lib/a.ini",)
    assert shipped.parse(data).own == sorted(one.own, key=lambda path: path.rpartition("/")[::2])
    prefix.with_name(warm.SHIPPED).write_bytes(data)
    assert warm.intact("", str(prefix))
    (prefix / "lib" / "a.ini").write_text("whatever it is")
    assert warm.intact("", str(prefix))
    assert shipped.render(one, str(prefix)) == data
    (prefix / "lib" / "a.ini").unlink()
    assert not warm.intact("", str(prefix))
    with pytest.raises(OSError, match=r"a\.ini"):
        shipped.render(one, str(prefix))
