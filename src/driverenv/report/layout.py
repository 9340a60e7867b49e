"""Where the boxes of a dependency graph go: in layers from left to right, who asks left of what is asked for.

The usual steps (Sugiyama): circles are opened, each node stands as far right as its longest way, long lines get a
place in each layer that they pass, layers are ordered by the middle of their neighbours, then moved towards these.
The same graph gives the same picture.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

_SWEEPS = 9

Edge = tuple[str, str]
Place = tuple[str, int]
"""A node where it stands, or an edge on its way: a name and a layer."""


@dataclass(frozen=True, slots=True)
class Layout:
    """The layers, and for each edge the places that it passes."""

    layers: tuple[tuple[Place, ...], ...]
    """From top to bottom."""
    heights: Mapping[Place, float]
    """Where the middle of each place is, in rows; the topmost is 0."""
    routes: tuple[tuple[Place, ...], ...]
    """Of each edge, in the direction of layers."""


def arranged(nodes: Sequence[str], edges: Sequence[Edge]) -> Layout:
    """Arrange `nodes`; edges lead from who asks to what is asked for. Names are given once; unknown ones are left out."""
    forward = _without_circles(nodes, [one for one in dict.fromkeys(edges) if one[0] != one[1]])
    depths = _depths(nodes, forward)
    layers: list[list[Place]] = [[] for _ in range(max(depths.values(), default=-1) + 1)]
    for node in nodes:
        layers[depths[node]].append((node, depths[node]))
    routes = []
    for at, (start, end) in enumerate(forward):
        passed = [(f"\0{at}", depth) for depth in range(depths[start] + 1, depths[end])]
        for place in passed:
            layers[place[1]].append(place)
        routes.append(((start, depths[start]), *passed, (end, depths[end])))
    before, after = _neighbours(routes)
    _order(layers, before, after)
    return Layout(tuple(map(tuple, layers)), _heights(layers, before, after), tuple(routes))


def _without_circles(nodes: Sequence[str], edges: Sequence[Edge]) -> list[Edge]:
    """The edges, those that close a circle turned round."""
    known = set(nodes)
    below: dict[str, list[str]] = {node: [] for node in nodes}
    for start, end in edges:
        if start in known and end in known:
            below[start].append(end)
    done: set[str] = set()
    open_: dict[str, None] = {}
    kept: dict[Edge, None] = {}
    for root in nodes:
        stack = [] if root in done else [(root, iter(below[root]))]
        open_.update(dict.fromkeys(name for name, _ in stack))
        while stack:
            name, rest = stack[-1]
            child = next(rest, None)
            if child is None:
                stack.pop()
                del open_[name]
                done.add(name)
                continue
            kept[(child, name) if child in open_ else (name, child)] = None
            if child not in done and child not in open_:
                open_[child] = None
                stack.append((child, iter(below[child])))
    return list(kept)


def _depths(nodes: Sequence[str], edges: Sequence[Edge]) -> dict[str, int]:
    """The longest way to each node."""
    waiting = dict.fromkeys(nodes, 0)
    below: dict[str, list[str]] = {node: [] for node in nodes}
    for start, end in edges:
        waiting[end] += 1
        below[start].append(end)
    ready = [node for node in nodes if not waiting[node]]
    depths = dict.fromkeys(nodes, 0)
    for node in ready:  # grows
        for child in below[node]:
            depths[child] = max(depths[child], depths[node] + 1)
            waiting[child] -= 1
            if not waiting[child]:
                ready.append(child)
    return depths


Neighbours = dict[Place, list[Place]]


def _neighbours(routes: Sequence[Sequence[Place]]) -> tuple[Neighbours, Neighbours]:
    before: Neighbours = {}
    after: Neighbours = {}
    for route in routes:
        for left, right in pairwise(route):
            before.setdefault(right, []).append(left)
            after.setdefault(left, []).append(right)
    return before, after


def _order(layers: list[list[Place]], before: Neighbours, after: Neighbours) -> None:
    """Each layer by the mean position of its neighbours on one side, to and fro; who has none there keeps its place."""
    for sweep in range(_SWEEPS):
        rows, known = (layers[1:], before) if sweep % 2 == 0 else (layers[-2::-1], after)
        for layer in rows:
            at = {place: number for one in layers for number, place in enumerate(one)}
            means = {
                place: sum(at[one] for one in known[place]) / len(known[place])
                for place in layer
                if known.get(place)
            }
            ordered = iter(sorted(means, key=lambda place: (means[place], at[place])))
            layer[:] = [next(ordered) if place in means else place for place in layer]


def _heights(layers: list[list[Place]], before: Neighbours, after: Neighbours) -> dict[Place, float]:
    """Rows: at first one below the other, then each as near to its neighbours as the others let it."""
    heights = {place: float(number) for layer in layers for number, place in enumerate(layer)}
    for sweep in range(_SWEEPS + 1):
        rows, known = (layers, before) if sweep % 2 == 0 else (layers[::-1], after)
        for layer in rows:
            wanted = [
                sum(heights[one] for one in known[place]) / len(known[place])
                if known.get(place)
                else heights[place]
                for place in layer
            ]
            heights.update(zip(layer, _apart(wanted), strict=True))
    top = min(heights.values(), default=0.0)
    return {place: round(height - top, 3) for place, height in heights.items()}


def _apart(wanted: Sequence[float]) -> list[float]:
    """The nearest heights in this order that are one row or more apart: runs that collide share their mean."""
    runs: list[tuple[float, int]] = []  # where its first one stands, and how many there are
    for height in wanted:
        start, count = height, 1
        while runs and runs[-1][0] + runs[-1][1] > start:
            first, size = runs.pop()
            start = (first * size + (start - size) * count) / (size + count)
            count += size
        runs.append((start, count))
    return [start + at for start, count in runs for at in range(count)]
