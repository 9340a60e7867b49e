"""Sets of candidates as bits."""

from __future__ import annotations

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from driverenv.model.requirement import Requirements
from driverenv.model.resolution import Available, Demand, Rules
from driverenv.resolve.shelf import Shelf
from driverenv.resolve.want import Want
from tests.unit.resolve.worlds import F, World

WORLD = World(local={"a": [F("3.0", yanked=""), "2.0b1", "2.0a1", "1.0"]})


def shelf(prereleases: str = "if-necessary") -> Shelf:
    listing = WORLD.listing(canonicalize_name("a"), Requirements())
    assert isinstance(listing, Available)
    return Shelf(listing, Rules(prereleases=prereleases))


def want(text: str) -> Want:
    return Want(Demand(Requirement(text), None, None))


def test_masks_are_by_specifier_alone() -> None:
    assert shelf().mask(want("a")) == 0b1111
    assert shelf().mask(want("a>=2")) == 0b0001
    assert shelf().mask(want("a<3,!=2.0b1")) == 0b1100


def test_fits_knows_the_rules() -> None:
    assert shelf().fits([want("a")]) == 0b1000
    assert shelf().fits([want("a>1.0")]) == 0b0110
    assert shelf("explicit").fits([want("a>1.0")]) == 0
    assert shelf().fits([want("a>1.0"), want("a==3.0")]) == 0b0001


def test_choices_are_the_same_objects_best_first() -> None:
    one = shelf()
    assert [choice.index for choice in one.choices(0b1010)] == [1, 3]
    assert one.choice(2) is one.choice(2)
    assert one.choice(2, "x") is not one.choice(2)
    assert one.choice(2, "x").ident == "a[x]"


def test_what_is_unfit_is_left_out_and_pre_releases_take_its_place() -> None:
    one = shelf()
    one.misfits |= 0b1000
    assert one.fits([want("a")]) == 0b0110
