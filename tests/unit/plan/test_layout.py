from __future__ import annotations

import pytest

from driverenv.errors import ArchiveRejected
from tests.unit.plan.worlds import LIB, Entry, Row, dist, plan, targets

PROTECTED = [
    "python",
    "python3",
    "Python3.12",
    "pythonw.exe",
    "pypy3",
    "activate",
    "activate.ps1",
    "activate_this.py",
]


@pytest.mark.parametrize("name", [*PROTECTED, "deactivate.bat", "python3.13t", "python_d.exe"])
@pytest.mark.parametrize("platform", ["linux", "win32"])
def test_the_interpreter_and_activation_are_never_replaced(name: str, platform: str) -> None:
    with pytest.raises(ArchiveRejected, match="alpha"):
        plan(dist("alpha", Row("scripts", name)), platform=platform)
    with pytest.raises(ArchiveRejected):
        plan(
            dist("alpha", Row("data", f"{'Scripts' if platform == 'win32' else 'bin'}/{name}")),
            platform=platform,
        )
    with pytest.raises(ArchiveRejected):
        plan(dist("alpha", scripts=(Entry("pyvenv.cfg/../" + name),)), platform=platform)


@pytest.mark.parametrize(
    "name",
    ["python-argcomplete-check-easy-install-script", "activate-global-python-argcomplete", "pythonista"],
)
def test_names_that_only_begin_like_them_are_fine(name: str) -> None:
    assert f"bin/{name}" in targets(plan(dist("argcomplete", Row("scripts", name))))


@pytest.mark.parametrize(
    "row",
    [
        Row("data", "pyvenv.cfg"),
        Row("data", "PyVenv.CFG"),
        Row("data", "/etc/passwd"),
        Row("data", "../x"),
        Row("data", "a/../../x"),
        Row("data", "C:/x"),
        Row("data", ""),
        Row("purelib", "../x.py"),
        Row("purelib", "a\\..\\..\\x.py"),
        Row("purelib", "/x.py"),
        Row("purelib", "\\x.py"),
        Row("headers", "../../x"),
        Row("scripts", "../x"),
    ],
)
def test_nothing_lands_outside(row: Row) -> None:
    with pytest.raises(ArchiveRejected, match="alpha"):
        plan(dist("alpha", row))


@pytest.mark.parametrize(
    "path",
    [
        "beta-1.0.dist-info/METADATA",
        "beta-1.0.dist-info/entry_points.txt",
        "gamma-9.dist-info/METADATA",
        "alpha-2.0.dist-info/RECORD",
        "beta-1.0.egg-info/PKG-INFO",
        "Beta-1.0.egg-info",
    ],
)
def test_nobody_describes_another_distribution(path: str) -> None:
    with pytest.raises(ArchiveRejected, match="would describe another distribution") as raised:
        plan(dist("alpha", Row("purelib", path)), dist("beta"))
    assert raised.value.data["project"] == "alpha"


def test_its_own_in_another_spelling() -> None:
    assert f"{LIB}/Alpha-1.0.DIST-INFO/x" in targets(
        plan(dist("alpha", Row("purelib", "Alpha-1.0.DIST-INFO/x")))
    )


def test_an_old_description_of_its_own_is_fine() -> None:
    made = plan(dist("alpha", Row("purelib", "alpha.egg-info/PKG-INFO"), Row("purelib", "some-info/x.py")))
    assert f"{LIB}/alpha.egg-info/PKG-INFO" in targets(made)


@pytest.mark.parametrize(
    "row",
    [
        Row("data", f"{LIB}/beta/__init__.py"),
        Row("data", "LIB/Python3.12/site-packages/evil.pth"),
        Row("data", "bin/anything"),
        Row("data", "Bin/anything"),
    ],
)
def test_data_stays_away_from_modules_and_scripts(row: Row) -> None:
    with pytest.raises(ArchiveRejected, match="does not belong"):
        plan(dist("alpha", row))
