from __future__ import annotations

import itertools
import random

from driverenv.report.layout import Layout, arranged


def names(layout: Layout) -> list[list[str]]:
    return [[name for name, _ in layer if not name.startswith("\0")] for layer in layout.layers]


def test_a_chain_and_a_long_line() -> None:
    layout = arranged("abc", [("a", "b"), ("b", "c"), ("a", "c")])
    assert names(layout) == [["a"], ["b"], ["c"]]
    assert [len(route) for route in layout.routes] == [2, 2, 3]  # the long one passes the middle layer


def test_circles_are_opened() -> None:
    layout = arranged("abc", [("a", "b"), ("b", "c"), ("c", "a"), ("a", "a")])
    assert names(layout) == [["a"], ["b"], ["c"]]
    assert len(layout.routes) == 3
    assert names(arranged("ab", [("a", "b"), ("b", "a")])) == [["a"], ["b"]]


def test_nothing_and_strangers() -> None:
    assert arranged([], []).layers == ()
    assert names(arranged("a", [("a", "x"), ("x", "a")])) == [["a"]]


def test_lines_do_not_cross_where_they_need_not() -> None:
    layout = arranged("abxy", [("a", "y"), ("b", "x")])
    assert layout.layers == ((("a", 0), ("b", 0)), (("y", 1), ("x", 1)))


def test_nobody_stands_on_another() -> None:
    chance = random.Random(5)
    nodes = [f"n{number}" for number in range(60)]
    edges = [(chance.choice(nodes), chance.choice(nodes)) for _ in range(120)]
    layout = arranged(nodes, edges)
    assert layout == arranged(nodes, edges)
    assert sorted(name for layer in names(layout) for name in layer) == sorted(nodes)
    assert min(layout.heights.values()) == 0
    for layer in layout.layers:
        heights = sorted(layout.heights[place] for place in layer)
        assert all(high - low > 0.99 for low, high in itertools.pairwise(heights))
    assert all(
        right[1] == left[1] + 1 for route in layout.routes for left, right in itertools.pairwise(route)
    )
