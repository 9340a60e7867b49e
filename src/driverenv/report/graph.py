"""Who asks for whom, drawn: boxes in layers, as SVG without script."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from driverenv.report.content import Distribution
from driverenv.report.layout import Layout, Place, arranged
from driverenv.report.markup import Markup, joined, tag, void
from driverenv.report.wording import ORIGINS, things

MOST_NODES, MOST_EDGES = 120, 400
"""Beyond that nobody can read it."""
_ROOT = "\0driver"
_ROW, _BOX, _GAP, _MARGIN = 32.0, 24.0, 46.0, 6.0
_LETTER, _PADDING = 7.3, 16.0
_LONGEST = 34
_SCALED = 1_600.0
"""Up to that width it is made smaller where it does not fit; a wider one is scrolled."""


def edges(found: Sequence[Distribution]) -> list[tuple[str, str]]:
    """From who asks to what is asked for; the driver's own demands come from `_ROOT`."""
    names = {one.name for one in found}
    asked = [(parent, one.name) for one in found for parent in one.parents if parent in names]
    by_lines = [one.name for one in found if len(one.requested_by) > len(one.parents) or not one.parents]
    return [*((_ROOT, name) for name in by_lines), *asked]


def is_drawn(found: Sequence[Distribution]) -> bool:
    """Whether a drawing of this says more than it hides."""
    return 1 < len(found) <= MOST_NODES and len(edges(found)) <= MOST_EDGES


def graph(driver: str, found: Sequence[Distribution]) -> Markup:
    """The drawing of what `driver` and its distributions ask for."""
    by_name = {one.name: one for one in found}
    layout = arranged([_ROOT, *by_name], edges(found))
    labels = {_ROOT: _cut(driver), **{name: _cut(f"{name} {one.version}") for name, one in by_name.items()}}
    lefts, widths = _columns(layout, labels)
    height = (max(layout.heights.values(), default=0.0)) * _ROW + _BOX + 2 * _MARGIN
    width = lefts[-1] + widths[-1] + _MARGIN
    boxes = [
        _box(labels[place[0]], by_name.get(place[0]), lefts[place[1]], _middle(layout, place), driver)
        for layer in layout.layers
        for place in layer
        if place[0] in labels
    ]
    ends = {
        place: _width(labels[place[0]]) if place[0] in labels else widths[place[1]]
        for layer in layout.layers
        for place in layer
    }
    lines = [void("path", d=_way(layout, route, lefts, ends)) for route in layout.routes]
    told = f"dependencies of {driver}: {things(len(found), 'distribution')}"
    return tag(
        "svg",
        tag("title", told),
        tag("g", lines, class_="lines"),
        joined(boxes),
        class_="graph fits" if width <= _SCALED else "graph",
        role="img",
        width=width,
        height=height,
        viewBox=f"0 0 {width:.0f} {height:.0f}",
    )


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _width(label: str) -> float:
    return len(label) * _LETTER + _PADDING


def _columns(layout: Layout, labels: dict[str, str]) -> tuple[list[float], list[float]]:
    """Where each layer begins, and how wide it is."""
    widths = [
        max((_width(labels[name]) for name, _ in layer if name in labels), default=_PADDING)
        for layer in layout.layers
    ]
    lefts = [_MARGIN]
    for width in widths[:-1]:
        lefts.append(lefts[-1] + width + _GAP)
    return lefts, widths


def _middle(layout: Layout, place: Place) -> float:
    return _MARGIN + _BOX / 2 + layout.heights[place] * _ROW


def _box(label: str, one: Distribution | None, left: float, middle: float, driver: str) -> Markup:
    kind = "root" if one is None else f"{one.origin} built" if one.built else one.origin
    if one is None:
        told = driver
    else:
        asked = "\n".join(f"asked for by {text}" for text in one.requested_by)
        how = (
            f", built from its sdist {f'by {one.built_by}' if one.built_by else 'here'}" if one.built else ""
        )
        told = f"{one.name} {one.version} from {one.index} ({ORIGINS.get(one.origin, '')}){how}\n{asked}"
    top = middle - _BOX / 2
    return tag(
        "g",
        tag("title", told),
        void("rect", x=left, y=top, width=_width(label), height=_BOX, rx=5.0),
        tag("text", label, x=left + _width(label) / 2, y=middle),
        class_=f"box {kind}",
    )


def _way(layout: Layout, route: Sequence[Place], lefts: list[float], ends: dict[Place, float]) -> str:
    """A line through the places of an edge, straight where it passes a layer."""
    start = route[0]
    x, y = lefts[start[1]] + ends[start], _middle(layout, start)
    text = f"M{x:.1f} {y:.1f}"
    for _, place in pairwise(route):
        left, middle = lefts[place[1]], _middle(layout, place)
        bend = (x + left) / 2
        text += f"C{bend:.1f} {y:.1f} {bend:.1f} {middle:.1f} {left:.1f} {middle:.1f}"
        x, y = left, middle
        if place is not route[-1]:
            x += ends[place]
            text += f"H{x:.1f}"
    return text
