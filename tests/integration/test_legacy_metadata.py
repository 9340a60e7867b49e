"""Files as they were made ten years ago: old metadata, odd names, eggs and installers."""

from __future__ import annotations

from pathlib import Path

import pytest

from driverenv import Correction, DriverEnvError, Environment, Index, Policy, Request
from driverenv.events import Asked, Building
from driverenv.stories.explain import explain
from tests.kit.factories import PypiServerFactory, StaticIndexFactory
from tests.unit.stories.bench import Bench


def installed(environment: Environment) -> dict[str, str]:
    """By project, as dist-info spells it: the version."""
    names = (path.name for path in Path(environment.site_packages).glob("*.dist-info"))
    return dict(name.removesuffix(".dist-info").split("-", 1) for name in names)


def metadata(version: str, *lines: str, name: str = "old") -> str:
    """With line ends as on Windows."""
    head = (f"Metadata-Version: {version}", f"Name: {name}", "Version: 1.0", "Summary: UNKNOWN")
    return "".join(f"{line}\r\n" for line in (*head, *lines, "", "Requires-Dist: in the description"))


@pytest.mark.parametrize("version", ["1.0", "1.1", "1.2", "1.3", "2.0", "2.1", "2.4"])
def test_every_version_of_the_metadata_is_read(bench: Bench, version: str) -> None:
    lines = ("Requires: os", "Requires-Dist: dep (==1.0)", "Requires-Dist: never (>=1); python_version<'3'")
    bench.wheel("old", dist_info={"METADATA": metadata(version, *lines)})
    for number in ("1.0", "2.0"):
        bench.wheel("dep", number)
    assert installed(bench.prepare(bench.request("old\n"))) == {"old": "1.0", "dep": "1.0"}


def test_metadata_of_the_future_is_passed_over_with_a_reason(bench: Bench) -> None:
    bench.wheel("old", dist_info={"METADATA": metadata("3.0")})
    with pytest.raises(DriverEnvError) as raised:
        bench.prepare(bench.request("old\n"))
    assert "its metadata has version 3.0; known are 1.x and 2.x" in str(raised.value)


def test_what_an_egg_info_says_is_never_believed(bench: Bench) -> None:
    """requires.txt of an sdist is a by-product of whoever packed it; the build says what is needed."""
    hints = {"old.egg-info/requires.txt": "gone>=9\n\n[x]\nmore\n", "old.egg-info/PKG-INFO": "torn"}
    bench.sdist("old", metadata_version="1.0", files=hints, requires=["dep"])
    bench.wheel("dep")
    assert installed(bench.prepare(bench.request("old\n"))) == {"old": "1.0", "dep": "1.0"}
    assert {one.project for one in bench.told(Asked)} == {"old", "dep"}
    assert [one.filename for one in bench.told(Building)] == ["old-1.0.tar.gz"]


ODD = [
    ("giturlparse.py", "0.0.5", "giturlparse.py", "tar.gz"),
    ("ruamel.yaml", "0.15.33", "ruamel.yaml", "tar.gz"),
    ("my-2g-tool", "1.0", "my-2g-tool", "zip"),
    ("Foo_Bar", "1.0", "Foo_Bar", "tar.gz"),
    ("cloudshell-core", "9.3.0.177156", "cloudshell-core", "zip"),
]


def odd_ones(bench: Bench) -> dict[str, str]:
    for name, version, spelling, kind in ODD:
        bench.sdist(
            name,
            version,
            spelling=spelling,
            format="zip" if kind == "zip" else "tar.gz",
            metadata_version="1.1",
            module=f"odd_{name[:2].lower()}",
        )
    return {
        "giturlparse_py": "0.0.5",
        "ruamel_yaml": "0.15.33",
        "my_2g_tool": "1.0",
        "foo_bar": "1.0",
        "cloudshell_core": "9.3.0.177156",
    }


WANTED = "giturlparse.py\nruamel.yaml==0.15.33\nmy-2g-tool\nfoo.bar\ncloudshell_core<10\n"


@pytest.mark.parametrize("serve", ["folder", "pypiserver", "static"])
def test_names_with_dots_digits_and_capitals(
    bench: Bench, serve: str, pypiserver: PypiServerFactory, static_index: StaticIndexFactory
) -> None:
    expected = odd_ones(bench)
    location: Path | str = bench.index
    if serve == "pypiserver":
        location = pypiserver(bench.index, fallback=False).url
    elif serve == "static":
        location = static_index(bench.index).simple_url
    policy = Policy(local=[Index(location, name="lab")], public=None, byte_code="never")
    made = bench.prepare(Request(bench.driver(WANTED), policy=policy, home=bench.home))
    assert installed(made) == expected


def test_eggs_and_installers_are_passed_over_with_a_reason(bench: Bench) -> None:
    junk = ["old-2.0-py2.7.egg", "old-2.0.win32-py2.7.exe", "old-2.0.win-amd64.msi", "old-2.0-1.noarch.rpm"]
    bench.wheel("old", "1.0")
    for name in junk:
        (bench.index / name).write_bytes(b"never opened")
    request = bench.request("old\n")
    assert installed(bench.prepare(request)) == {"old": "1.0"}
    told = "\n".join(explain(request, "old").lines)
    for name, reason in zip(
        junk,
        (
            "it is an egg; wheels took their place",
            "it is a Windows installer",
            "it is a Windows installer",
            "it is a package of an operating system",
        ),
        strict=True,
    ):
        assert f"{name}: {reason}" in told
    (bench.index / "old-1.0-py3-none-any.whl").unlink()
    with pytest.raises(DriverEnvError) as raised:
        bench.prepare(bench.request("old\n", valid_for_minutes=0))
    assert raised.value.code == "LOCAL_NO_MATCH"
    assert "old-2.0-py2.7.egg: it is an egg; wheels took their place" in str(raised.value)


def test_a_broken_release_is_passed_over_or_corrected(bench: Bench) -> None:
    bench.wheel("old", dist_info={"METADATA": metadata("2.1", "Requires-Dist: dep (>=1.0<2.0)")})
    bench.wheel("dep", "1.5")
    bench.wheel("dep", "2.5")
    with pytest.raises(DriverEnvError) as raised:
        bench.prepare(bench.request("old\n"))
    assert "its metadata has an invalid requirement: dep (>=1.0<2.0)" in str(raised.value)
    assert "say under corrections in the settings what old 1.0 requires" in str(raised.value)
    right = [Correction("old", versions="==1.0", requires=["dep>=1.0,<2.0"])]
    assert installed(bench.prepare(bench.request("old\n", corrections=right))) == {"old": "1.0", "dep": "1.5"}
