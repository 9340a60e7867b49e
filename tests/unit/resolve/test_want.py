"""What a requirement tells the solver at a glance."""

from __future__ import annotations

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from driverenv.model.resolution import Demand
from driverenv.resolve.want import Want, applies, named_extras, replaced, wants
from tests.unit.resolve.worlds import target


def want(text: str) -> Want:
    return Want(Demand(Requirement(text), None, None))


def test_the_extras_of_a_demand_are_one_want_and_only_those_that_there_are() -> None:
    demand = Demand(Requirement("A_b[Z, y_y, none]>=1"), None, None)
    assert [one.ident for one in wants(demand, {"z", "y-y", "other"})] == ["a-b", "a-b[y-y,z]"]
    assert [one.ident for one in wants(demand, ())] == ["a-b"]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ('python_version > "3"', set()),
        ('extra == "One_more" or "y" == extra', {"one-more", "y"}),
        ('sys_platform == "extra" and extra == "x"', None),
        ('extra != "x"', None),
        ('"x" in extra', None),
        ('extra in "x y"', None),
    ],
)
def test_extras_that_a_marker_names(text: str, names: set[str] | None) -> None:
    assert named_extras(str(Requirement(f"a; {text}").marker)) == names


def test_an_override_takes_the_place_of_versions_and_urls_but_not_of_extras() -> None:
    overrides = {canonicalize_name("a-b"): Requirement("a-b[more]>=2")}
    for text in ("A_b[x]<1", "a.b[x] @ https://elsewhere.test/a.whl"):
        demand = Demand(Requirement(text), None, None)
        found = replaced(demand, overrides)
        assert (str(found.requirement), found.replaced) == ("a-b[more,x]>=2", demand.requirement)
        assert replaced(found, overrides) is found
    other = Demand(Requirement("c"), None, None)
    assert replaced(other, overrides) is other


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
