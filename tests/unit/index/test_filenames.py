from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from packaging.utils import NormalizedName, canonicalize_name

from driverenv.index.filenames import (
    Hiding,
    arriving,
    belongs,
    claimants,
    has_version,
    is_archive,
    is_distribution,
    is_opaque,
    named_in,
)

RELAXED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


@pytest.mark.parametrize(
    ("filename", "projects"),
    [
        ("six-1.16.0-py2.py3-none-any.whl", "six"),
        ("my_2g_tool-1.0-py3-none-any.whl", "my-2g-tool"),
        ("Ruamel.YAML-0.15.0-1-cp39-cp39-win_amd64.whl", "ruamel-yaml ruamel-yaml-0-15-0"),
        ("corp-util-1.0-py3-none-any.whl", "corp corp-util"),
        ("widget-extra-1.0-py3-none-any.whl", "widget widget-extra"),
        ("a-b-c-1.0-py3-none-any.whl", "a-b-c"),
        ("my-2g-tool-1.0.zip", "my-2g-tool"),
        ("cloudshell-shell-core-5.0.0.zip", "cloudshell-shell-core"),
        ("giturlparse.py-0.0.5.tar.gz", "giturlparse-py"),
        ("cloudshell-automation-api-9.3.0.177156.zip", "cloudshell-automation-api"),
        ("six-1.16.0 (1).tar.gz", "six"),
        ("cloudshell-orch-core-3.1-reqs.zip", "cloudshell-orch-core"),
        ("widget-latest.tar.gz", "widget-latest widget"),
        ("OfflinePackageRepository.zip", "offlinepackagerepository"),
        ("foo-1.0-py2.7.egg", "foo"),
        ("foo-1.0.win32-py2.7.exe", "foo"),
        ("foo-1.0.win-amd64.exe", "foo"),
        ("foo-3-1.0.linux-x86_64.tar.gz", "foo-3"),
        ("foo-1.0.tar.gz.asc", "foo"),
        ("my-tool-v1.0.zip", "my-tool"),
        ("foo_bar_1.0.zip", "foo-bar"),
        ("foo-1.0-1.tar.gz", "foo foo-1-0"),
        ("foo-1!2.0+corp.1.tar.gz", "foo"),
        ("my-2-1.0-py3-none-any.whl", "my my-2"),
        ("a-b-c-d-1.0-py3-none-any.whl", "a-b-c-d"),
        ("a-b-1.0-2-py3-none-any.whl", "a-b a-b-1-0"),
        ("a-b-c-d-1.0-2x-py3-none-any.whl", "a-b-c-d"),
        ("a-b-c-latest-py3-none-any.whl", "a a-b a-b-c"),
        ("six-latest-py3-none.whl", "six six-latest six-latest-py3 six-latest-py3-none"),
        ("six-1.0.tar.gz.part", "six"),
        ("six-1.0-py3-none-any.whl.crdownload", "six"),
        ("six-1.0-py3-none-any.whl.bak.old", "six"),
        ("six-1.0.zip~", "six"),
        ("six-1.0.zip.1", "six"),
        ("Offline.zip.filepart", "offline"),
    ],
)
def test_claimants(filename: str, projects: str) -> None:
    assert claimants(filename) == set(projects.split())
    for project in projects.split():
        assert belongs(filename, NormalizedName(project))


@pytest.mark.parametrize("filename", ["Copy of six-1.0.zip", "six-1.0 - Copy.zip", "six-1.0 (2).zip"])
def test_copies_by_hand(filename: str) -> None:
    assert "six" in claimants(filename)


@pytest.mark.parametrize(
    ("filename", "name"),
    [
        (".six-1.0.zip.aB3dE9", "six-1.0.zip"),
        (".~six-1.0.zip.aB3dE9", "six-1.0.zip"),
        (".syncthing.six-1.0.zip.tmp", "six-1.0.zip"),
        ("~syncthing~six-1.0.zip.tmp", "six-1.0.zip"),
        (".six-1.0-py3-none-any.whl.~4a3b", "six-1.0-py3-none-any.whl"),
        (".packages.7z.aB3dE9", "packages.7z"),
        ("._six-1.0.zip", ""),
        (".six-1.0.zip", ""),
        (".gitignore.abcdef", ""),
        ("six-1.0.zip", ""),
    ],
)
def test_files_that_arrive(filename: str, name: str) -> None:
    assert arriving(filename) == name


def test_archives() -> None:
    for name in ("a.zip", "a.TAR.GZ", "a.tgz", "a.tar", "a-1.0.tar.xz", "a.zip.part"):
        assert is_archive(name)
        assert not is_opaque(name)
    for name in ("a.7z", "a.RAR", "a.tar.zst", "a.7z.part"):
        assert is_opaque(name)
        assert not is_archive(name)
    for name in ("a.whl", "a.exe", "a.zip.asc", "zip", "a.gz"):
        assert not is_archive(name)
        assert not is_opaque(name)


def test_what_a_text_names() -> None:
    assert named_in("Corp_Util") == {"corp-util"}
    assert named_in("six-1.0") == {"six", "six-1-0"}
    assert named_in("six-1.0.zip") == {"six"}
    assert named_in("") == set()


@pytest.mark.parametrize(
    ("filename", "project"),
    [
        ("my-2g-tool-1.0.zip", "my"),
        ("cloudshell-shell-core-5.0.0.zip", "cloudshell"),
        ("six_extra-1.0-py3-none-any.whl", "six"),
        ("six-1.16.0.txt", "six"),
        ("six-1.16.0-py2.py3-none-any.whl.metadata", "six"),
        ("sixty-1.0.zip", "six"),
    ],
)
def test_foreign_files(filename: str, project: str) -> None:
    assert not belongs(filename, NormalizedName(project))


@pytest.mark.parametrize(
    ("filename", "expected"),
    [
        ("a.whl", True),
        ("a.ZIP", True),
        ("a.tar.bz2", True),
        ("a.exe", True),
        ("a.tgz.sig", True),
        ("a.html", False),
        ("a.asc", False),
        ("zip", False),
        ("", False),
    ],
)
def test_is_distribution(filename: str, expected: bool) -> None:
    assert is_distribution(filename) is expected


def test_has_version() -> None:
    assert has_version("six-1.0.zip")
    assert has_version("x.whl")
    assert not has_version("OfflinePackageRepository.zip")
    assert not has_version("cloudshell-orch-core-3.1-reqs.zip")


@pytest.mark.parametrize(
    ("project", "listed", "expected"),
    [
        ("my-2g-tool", "my", True),
        ("my-tool", "my-tool-v1-0", True),
        ("my-tool", "my-tool-1", True),
        ("my-tool", "my", False),
        ("my-tool", "my-tool", False),
        ("my-tool", "my-tool-extra", False),
        ("my-tool", "my-tool-very", False),
    ],
)
def test_hiding(project: str, listed: str, expected: bool) -> None:
    names = [NormalizedName(one) for one in ("another", listed, "my-other-2g-tool")]
    assert Hiding(names).of(NormalizedName(project)) == ([listed] if expected else [])


def test_all_pages_that_may_hide_files() -> None:
    names = ["my-2g-tool-1", "my", "my-2g", "my-2g-tool-v2", "my-2g-tool", "my-2g-tool-3-4", "your-2g-tool-1"]
    found = Hiding([NormalizedName(one) for one in names]).of(NormalizedName("my-2g-tool"))
    assert found == ["my", "my-2g-tool-1", "my-2g-tool-3-4", "my-2g-tool-v2"]


NAMES = st.from_regex(r"[a-z0-9]([a-z0-9._-]{0,12}[a-z0-9])?", fullmatch=True)


@RELAXED
@given(NAMES, st.sampled_from(["1.0", "1!2.0", "0.0.1a1", "9.3.0.177156", "1.0.post1", "2", "1.0+corp.1"]))
def test_every_sdist_belongs_to_its_project(name: str, version: str) -> None:
    for extension in (".tar.gz", ".zip"):
        assert belongs(f"{name}-{version}{extension}", canonicalize_name(name))


@RELAXED
@given(NAMES, st.sampled_from(["1.0", "2", "1.0_1"]))
def test_every_wheel_belongs_to_its_project_alone(name: str, version: str) -> None:
    escaped = name.replace("-", "_")
    assert claimants(f"{escaped}-{version}-py3-none-any.whl") == {canonicalize_name(name)}


@RELAXED
@given(NAMES, st.sampled_from(["1.0", "2", "1.0+corp.1", "1!2.0"]), st.sampled_from(["", "-1", "-2x"]))
def test_a_wheel_whose_name_is_not_escaped_belongs_to_its_project(
    name: str, version: str, build: str
) -> None:
    for rest in ("py3-none-any.whl", "cp311-cp311-manylinux_2_17_x86_64.whl", "py3-none-any.whl.part"):
        assert belongs(f"{name}-{version}{build}-{rest}", canonicalize_name(name))


@RELAXED
@given(st.text(max_size=60), st.text(max_size=10))
def test_nothing_crashes(text: str, project: str) -> None:
    for filename in (text, text + ".zip", text + ".whl"):
        claimants(filename)
        belongs(filename, canonicalize_name(project))
        has_version(filename)


def test_cutting_is_linear() -> None:
    claimants("a-1" * 20_000 + ".zip")
