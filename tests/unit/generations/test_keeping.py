from __future__ import annotations

from dataclasses import replace

import pytest

from driverenv.generations import Generation, Lineage, Pin, Request
from driverenv.generations.keeping import Owner, Place, judge, owners, spare
from driverenv.model.keeping import Keep

NOW = 1_800_000_000.0
HOUR, DAY = 3600.0, 86_400.0
REQUEST = Request("a" * 40, "terms", "variant", "python")


def lineage(*keys: str, variants: str = "") -> Lineage:
    one = Lineage("Switch", "/d")
    for key, variant in zip(keys, variants or "v" * len(keys), strict=True):
        request = replace(REQUEST, variant=variant)
        one = one.settled(Generation(0, key, "2026-11-30T00:15:26Z", "3.11.7", (), (), request))
    return one


def place(key: str = "k", days: float = 2.0, *held: Owner, is_held: bool = False) -> Place:
    return Place(key, "Switch", NOW - days * DAY, is_held, held)


def current(rank: int = 0, days: float = 2.0, *, is_pinned: bool = False) -> Owner:
    return Owner("Switch", 7, rank, is_pinned, NOW - days * DAY)


def ranks(one: Lineage) -> dict[str, tuple[int, int]]:
    return {key: (owner.number, owner.rank) for key, owner in owners(one, "Switch", {})}


def test_ranks() -> None:
    assert ranks(Lineage("Switch", "/d")) == {}
    assert ranks(lineage("k1", "k2", "k3")) == {"k3": (3, 0), "k2": (2, 1), "k1": (1, 2)}
    assert ranks(lineage("k1", "k2", "k1")) == {"k1": (3, 0), "k2": (2, 1)}


def test_each_variant_has_a_current_one() -> None:
    one = lineage("k1", "k2", "k3", "k4", variants="abab")
    assert ranks(one) == {"k4": (4, 0), "k2": (2, 1), "k3": (3, 0), "k1": (1, 1)}


def test_who_went_back() -> None:
    one = replace(lineage("k1", "k2", "k3"), current=1, pin=Pin(1, {}))
    found = dict(owners(one, "Switch", {}))
    assert {key: owner.rank for key, owner in found.items()} == {"k1": 0, "k3": 1, "k2": 2}
    assert [key for key, owner in found.items() if owner.is_pinned] == ["k1"]


def test_a_variant_is_as_active_as_its_latest_use() -> None:
    one = lineage("k1", "k2", "k3", variants="aab")
    found = dict(owners(one, "Switch", {"k1": 5.0, "k2": 3.0, "k3": 1.0}))
    assert {key: owner.active for key, owner in found.items()} == {"k1": 5.0, "k2": 5.0, "k3": 1.0}


@pytest.mark.parametrize(
    ("one", "stays", "why"),
    [
        (place("k", 99, is_held=True), True, "a process runs from it"),
        (place("k", 2, current()), True, "Switch has it now"),
        (place("k", 2, current(2)), True, "Switch can go back to it (generation 7)"),
        (place("k", 2, current(3)), False, "Switch has newer ones (this is generation 7)"),
        (place("k", 0.01, current(3)), True, "it was taken just now"),
        (place("k", -5, current(3)), True, "it was taken just now"),
        (place("k", 2), False, "it is no driver's"),
        (place("k", 0.01), True, "it was taken just now"),
        (place("k", 31.5, current(0, 31.5)), False, "Switch was not launched for 31 days"),
        (place("k", 31.5, current(1, 2)), True, "Switch can go back to it"),
        (place("k", 29, current(0, 29)), True, "Switch has it now"),
        (place("k", 99, current(5, 99), current()), True, "Switch has it now"),
        (place("k", 99, current(1, 99, is_pinned=True)), True, "somebody went back to it"),
    ],
)
def test_verdicts(one: Place, stays: bool, why: str) -> None:
    (verdict, _) = judge([one, place("other", 0.0)], Keep(), now=NOW)
    assert (verdict.place, verdict.stays) == (one, stays)
    assert verdict.why.startswith(why)


@pytest.mark.parametrize(
    ("one", "stays"),
    [
        (place("k", 0.0, current()), False),
        (place("k", 0.0, current(), is_held=True), True),
        (place("k", 0.0, current(is_pinned=True)), True),
    ],
)
def test_everything(one: Place, stays: bool) -> None:
    (verdict,) = judge([one], Keep(), now=NOW, everything=True)
    assert verdict.stays is stays


def test_rules_of_the_site() -> None:
    keep = Keep(generations=0, unused_days=1, grace_minutes=0)
    rows = [place("a", 0, current()), place("b", 0, current(1, 0)), place("c", 1.5, current(0, 1.5))]
    assert [verdict.stays for verdict in judge(rows, keep, now=NOW)] == [True, False, False]


def test_a_clock_that_was_set_forward_makes_nothing_old() -> None:
    """Nothing was launched for a year: rather the clock is wrong, or the machine was off, than all is old."""
    rows = [place("a", 365, current(0, 365)), place("b", 370, current(0, 370))]
    assert [verdict.stays for verdict in judge(rows, Keep(), now=NOW)] == [True, True]
    rows.append(place("c", 0, current(0, 0)))  # now something was
    assert [verdict.stays for verdict in judge(rows, Keep(), now=NOW)] == [False, False, True]


def test_no_places() -> None:
    assert judge([], Keep(), now=NOW) == []


def test_what_goes_first_where_space_is_short() -> None:
    rows = [
        place("current", 9, current()),
        place("older current", 10, current()),
        place("before", 1, current(1)),
        place("before that", 2, current(2)),
        place("held", 20, current(), is_held=True),
        place("pinned", 20, current(is_pinned=True)),
        place("young", 0.01, current(1)),
        place("goes anyway", 5),
    ]
    found = spare(judge(rows, Keep(), now=NOW), Keep(), now=NOW)
    assert [one.place.key for one in found] == ["before that", "before", "older current", "current"]
