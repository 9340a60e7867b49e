"""A chart as SVG, written by hand: bars relative to uv, long ones cut off and labelled."""

from __future__ import annotations

from xml.sax.saxutils import escape

from benchmarks.figures import Row, duration, reference_of, summarize

COLOURS = {
    "driverenv in process": "#1a7f5a",
    "driverenv CLI": "#5fb894",
    "uv": "#8250df",
    "uv --compile-bytecode": "#b89af0",
    "uv with its defaults": "#d8c8f8",
    "pip": "#b0b0b0",
}
LEFT, FULL, RIGHT = 190, 420, 200
BAR, HEAD = 18, 26
CUT = 2.0


def chart(rows: list[Row], caption: str) -> str:
    """One panel for each set, index and case; uv's median is the line at 1.0."""
    parts: list[str] = []
    y = 40
    for panel in dict.fromkeys(row[:3] for row in rows):
        mine = [row for row in rows if row[:3] == panel]
        parts.append(_text(10, y + 16, f"{panel[2]} - set {panel[0]}, {panel[1]}", weight="bold"))
        y += HEAD
        top = y
        for row in mine:
            parts += _bar(row, rows, y)
            y += BAR
        if reference_of(mine[0], rows):
            at = LEFT + FULL / CUT
            parts.append(
                f'<line x1="{at}" x2="{at}" y1="{top - 2}" y2="{y}" stroke="#555" stroke-dasharray="3 3"/>'
            )
        y += 12
    width = LEFT + FULL + RIGHT
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {y + 30}" font-family="sans-serif">'
    background = f'<rect width="{width}" height="{y + 30}" fill="#fff"/>'
    title = _text(10, 24, "Time to an environment, uv = 1.0 (shorter is better)", size=15, weight="bold")
    foot = _text(10, y + 16, caption, size=10)
    return "\n".join([head, background, title, *parts, foot, "</svg>", ""])


def _bar(row: Row, rows: list[Row], y: int) -> list[str]:
    one = summarize(row, reference_of(row, rows))
    share = one.ratio if one.ratio is not None else 1.0
    width = max(1.0, FULL * min(share, CUT) / CUT)
    label = duration(one.median) + ("" if one.ratio is None else f"  ({one.ratio:.2f})")
    colour = COLOURS.get(row.tool, "#444")
    bar = f'<rect x="{LEFT}" y="{y}" width="{width:.1f}" height="{BAR - 4}" fill="{colour}"/>'
    more = " ▸" if share > CUT else ""
    return [
        _text(LEFT - 8, y + 12, row.tool, anchor="end"),
        bar,
        _text(LEFT + width + 6, y + 12, label + more),
    ]


def _text(
    x: float, y: float, text: str, *, size: int = 12, weight: str = "normal", anchor: str = "start"
) -> str:
    where = f'x="{x:.0f}" y="{y:.0f}" font-size="{size}" font-weight="{weight}" text-anchor="{anchor}"'
    return f'<text {where} fill="#222">{escape(text)}</text>'
