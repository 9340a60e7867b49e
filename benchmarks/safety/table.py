"""All situations, in the order of the decision table."""

from __future__ import annotations

from benchmarks.safety import demands, files, pages
from benchmarks.safety.situation import Situation, at_each_depth

SITUATIONS: tuple[Situation, ...] = tuple(
    one
    for situation in (*pages.SITUATIONS, *files.SITUATIONS, *demands.SITUATIONS)
    for one in at_each_depth(situation)
)


def chosen(rows: str) -> list[Situation]:
    """Those of these rows or names ("A1,A9v,A14 403"); all where nothing is said.

    Raises:
        ValueError: nothing is called so.
    """
    if not rows:
        return list(SITUATIONS)
    found: list[Situation] = []
    for wanted in rows.split(","):
        some = [one for one in SITUATIONS if wanted in (one.row, one.name)]
        if not some:
            raise ValueError(f"no situation is called {wanted!r}")
        found += some
    return found
