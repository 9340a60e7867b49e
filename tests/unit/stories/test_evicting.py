from __future__ import annotations

from driverenv import Keep
from driverenv.stories.evicting import SPACE, Shelf
from driverenv.stories.holdings import Holding

DAY = 86_400.0
NOW = 1_000 * DAY


def row(name: str, days: float, *keys: str, size: int = 10) -> Holding:
    return Holding(name, name, size, size, NOW - days * DAY, keys, keys)


def goes(shelf: Shelf) -> list[str]:
    return [one.holding.name for one in shelf.evictions]


def test_what_is_old_and_nobodys() -> None:
    rows = [
        row("new", 0),
        row("old", 31),
        row("older", 40),
        row("had", 50, "k"),
        row("lost", 60, "k", "gone"),
    ]
    shelf = Shelf(rows, Keep(), now=NOW)
    shelf.judge({"gone"})
    assert goes(shelf) == ["older", "old"]
    assert {one.why for one in shelf.evictions} == {
        "no environment has it, and no launch took it for 30 days"
    }
    shelf.judge({"gone", "k"})
    assert goes(shelf) == ["older", "old", "lost", "had"]
    assert shelf.size == 20


def test_a_clock_that_was_set_forward_makes_nothing_old() -> None:
    shelf = Shelf([row("one", 100), row("other", 110)], Keep(), now=NOW)
    shelf.judge(())
    assert goes(shelf) == []


def test_a_budget() -> None:
    rows = [row("c", 1), row("a", 3), row("b", 2), row("had", 4, "k")]
    for limit, expected in ((80, []), (79, ["a"]), (60, ["a"]), (59, ["a", "b"]), (0, ["a", "b", "c"])):
        shelf = Shelf(rows, Keep(store_bytes=limit), now=NOW)
        shelf.judge(())
        assert goes(shelf) == expected
        assert {one.why for one in shelf.evictions} <= {"the store takes more than it may"}


def test_room() -> None:
    shelf = Shelf([row("a", 3), row("b", 2), row("had", 4, "k")], Keep(), now=NOW)
    assert shelf.make_room(0, ()) == 0
    assert shelf.make_room(1, ()) == 20
    assert shelf.make_room(100, ()) == 20
    assert shelf.make_room(100, {"k"}) == 20
    assert [(one.holding.name, one.why) for one in shelf.evictions] == [
        ("a", SPACE),
        ("b", SPACE),
        ("had", SPACE),
    ]


def test_what_was_taken_just_now_stays() -> None:
    for days, grace, expected in ((0.01, 60, []), (0.01, 0, ["a"]), (0.006, 0, [])):
        shelf = Shelf([row("a", days)], Keep(store_bytes=0, grace_minutes=grace), now=NOW)
        shelf.judge(())
        assert goes(shelf) == expected
