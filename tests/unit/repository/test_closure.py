from __future__ import annotations

import pytest

from driverenv.repository.bundle import Build, Bundle, Item, Use
from driverenv.repository.closure import needed, unmet
from tests.unit.repository.test_bundle import bundle, item

SIX = item()
LIB = item("lib-2.0-py3-none-any.whl")


def lacking(made: Bundle) -> tuple[str, ...]:
    return unmet(made, made.shares[0])


@pytest.mark.parametrize(
    ("items", "expected"),
    [
        ((SIX,), ()),
        ((LIB,), ("A b needs six, which is not there",)),
        (
            (SIX._replace(requires=("lib>3", 'gone; sys_platform == "linux"')), LIB),
            ("six-1.0-py3-none-any.whl needs lib>3, and 2.0 is there",),
        ),
        ((SIX._replace(requires=('lib; extra == "x"',)),), ()),
        ((SIX._replace(requires=("not a requirement!",)),), None),
        ((SIX._replace(requires=('lib; nonsense == "x"',)),), None),
        (
            (item("six-1.0-cp39-cp39-win_amd64.whl"),),
            ("six-1.0-cp39-cp39-win_amd64.whl is not for 3.9-win32",),
        ),
        (
            (SIX._replace(requires_python=">=3.10"),),
            ("six-1.0-py3-none-any.whl is for Python >=3.10, not for 3.9.25",),
        ),
        ((SIX._replace(version="what"),), None),
        ((SIX._replace(requires=(f"six; {'(' * 5000}",)),), None),
        ((item("six-1.0-.whl"),), None),
        ((item("six-1.0.tar.gz"),), ("what six-1.0.tar.gz needs to be built is not listed",)),
    ],
)
def test_what_is_lacking(items: tuple[Item, ...], expected: tuple[str, ...] | None) -> None:
    found = lacking(bundle(*items))
    assert found == expected if expected is not None else isinstance(found, tuple)


def test_extras_and_builds_count() -> None:
    kit = item("kit-1.0.tar.gz", requires=None)
    wants = SIX._replace(requires=('lib; extra == "x"',))
    made = bundle(wants, kit, uses=(Use(wants.filename, ("x",)), Use(kit.filename)))
    assert lacking(made) == (
        "six-1.0-py3-none-any.whl needs lib, which is not there",
        "what kit-1.0.tar.gz needs to be built is not listed",
    )
    build = Build(kit.filename, ("lib<2",), (Use(LIB.filename),))
    made = bundle(SIX, kit, LIB, uses=(Use(SIX.filename), Use(kit.filename)), builds=(build,))
    assert lacking(made) == ("the build of kit-1.0.tar.gz needs lib<2, and 2.0 is there",)
    assert needed(made.shares[0]) == {SIX.filename, kit.filename, LIB.filename}


def test_lists_that_lead_nowhere() -> None:
    assert lacking(bundle(SIX, uses=(Use(SIX.filename), Use("gone.whl")))) == ("gone.whl is not listed",)
    made = bundle(SIX, target="3.8-win32")
    assert lacking(made) == ("the target 3.8-win32 is not described",)
