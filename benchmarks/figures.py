"""Medians, spreads, ratios: what is made of the raw seconds."""

from __future__ import annotations

from collections.abc import Iterable
from statistics import median
from typing import NamedTuple

REFERENCE = "uv"
_MOST_ROUNDS = 10_000


class Row(NamedTuple):
    """All measurements of one tool in one case; `rounds` gives the round of each of the seconds."""

    set_name: str
    server: str
    case: str
    tool: str
    rounds: tuple[int, ...]
    seconds: tuple[float, ...]


class Summary(NamedTuple):
    """What the table says of a row; `ratio` is None where there is no reference."""

    median: float
    low: float
    high: float
    deviation: float
    ratio: float | None


def summarize(row: Row, reference: Row | None) -> Summary:
    """Median, minimum, maximum, median absolute deviation, and the ratio to the reference."""
    middle = median(row.seconds)
    deviation = median(abs(one - middle) for one in row.seconds)
    return Summary(middle, min(row.seconds), max(row.seconds), deviation, ratio(row, reference))


def ratio(row: Row, reference: Row | None) -> float | None:
    """The median of the ratios of the single rounds: what slows a whole round down cancels out."""
    if reference is None:
        return None
    other = dict(zip(reference.rounds, reference.seconds, strict=True))
    pairs = [
        seconds / other[at] for at, seconds in zip(row.rounds, row.seconds, strict=True) if other.get(at)
    ]
    return median(pairs) if pairs else None


def reference_of(row: Row, rows: list[Row]) -> Row | None:
    """The row of uv for the same case on the same index."""
    return next((one for one in rows if one[:3] == row[:3] and one.tool == REFERENCE), None)


def merged(runs: Iterable[Iterable[Row]]) -> list[Row]:
    """The rows of several runs as those of one, each round of each run being a round of its own."""
    found: dict[tuple[str, str, str, str], Row] = {}
    for number, rows in enumerate(runs):
        for row in rows:
            mine = row._replace(rounds=tuple(number * _MOST_ROUNDS + at for at in row.rounds))
            before = found.get(row[:4], mine._replace(rounds=(), seconds=()))
            found[row[:4]] = mine._replace(
                rounds=before.rounds + mine.rounds, seconds=before.seconds + mine.seconds
            )
    return list(found.values())


def duration(seconds: float) -> str:
    """Three digits, in the unit that suits."""
    if seconds >= 1:
        return f"{seconds:.2f} s"
    digits = 0 if seconds >= 0.1 else 1 if seconds >= 0.01 else 2
    return f"{seconds * 1000:.{digits}f} ms"


def table(rows: list[Row]) -> str:
    """The rows as a Markdown table."""
    lines = [
        "| set | index | case | tool | median | min - max | MAD | ratio to uv | n |",
        "|---|---|---|---|--:|--:|--:|--:|--:|",
    ]
    for row in rows:
        one = summarize(row, reference_of(row, rows))
        against = "-" if one.ratio is None else f"{one.ratio:.3f}" if one.ratio < 0.1 else f"{one.ratio:.2f}"
        spread = f"{duration(one.low)} - {duration(one.high)}"
        cells = [*row[:4], duration(one.median), spread, duration(one.deviation), against]
        lines.append(f"| {' | '.join(cells)} | {len(row.seconds)} |")
    return "\n".join(lines)
