from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from packaging.utils import NormalizedName, canonicalize_name

from driverenv.index.filenames import belongs, claimants, has_version, is_distribution, may_hide

RELAXED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


@pytest.mark.parametrize(
    ("filename", "projects"),
    [
        ("six-1.16.0-py2.py3-none-any.whl", "six"),
        ("my_2g_tool-1.0-py3-none-any.whl", "my-2g-tool"),
        ("Ruamel.YAML-0.15.0-1-cp39-cp39-win_amd64.whl", "ruamel-yaml"),
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
    ],
)
def test_claimants(filename: str, projects: str) -> None:
    assert claimants(filename) == set(projects.split())
    for project in projects.split():
        assert belongs(filename, NormalizedName(project))


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
def test_may_hide(project: str, listed: str, expected: bool) -> None:
    assert may_hide(NormalizedName(project), NormalizedName(listed)) is expected


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
@given(st.text(max_size=60), st.text(max_size=10))
def test_nothing_crashes(text: str, project: str) -> None:
    for filename in (text, text + ".zip", text + ".whl"):
        claimants(filename)
        belongs(filename, canonicalize_name(project))
        has_version(filename)


def test_cutting_is_linear() -> None:
    claimants("a-1" * 20_000 + ".zip")
