"""What a requirement tells the solver at a glance."""

from __future__ import annotations

import pytest
from packaging.requirements import Requirement

from driverenv.model.resolution import Demand
from driverenv.resolve.want import Want, applies, wants
from tests.unit.resolve.worlds import target


def want(text: str) -> Want:
    return Want(Demand(Requirement(text), None, None))


def test_each_extra_is_wanted_on_its_own() -> None:
    found = wants(Demand(Requirement("A_b[Z, y_y]>=1"), None, None))
    assert [one.ident for one in found] == ["a-b", "a-b[y-y]", "a-b[z]"]


@pytest.mark.parametrize(
    ("text", "pinned", "bounded", "explicit"),
    [
        ("a", False, False, False),
        ("a==1", True, True, False),
        ("a===1", True, False, False),
        ("a==1.*", False, True, False),
        ("a~=1.0", False, True, False),
        ("a<2a1", False, True, True),
        ("a>=1,!=1.5b1", False, False, False),
        ("a>=1rc1", False, False, True),
    ],
)
def test_kinds(text: str, pinned: bool, bounded: bool, explicit: bool) -> None:
    found = want(text)
    assert (found.pinned, found.bounded, found.explicit) == (pinned, bounded, explicit)


def test_markers() -> None:
    assert applies(Requirement('a; extra == "X.y"'), target(), "x-y")
    assert not applies(Requirement('a; extra == "x"'), target(), "")
    assert not applies(Requirement('a; sys_platform == "win32"'), target(), "")
