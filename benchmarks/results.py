"""What a run leaves behind as JSON, for `benchmarks.goals` and for whoever wants the raw numbers."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.figures import Row, reference_of, summarize


def write(path: Path, bench: str, about: dict[str, object], **found: object) -> None:
    """Write the results of one bench."""
    written = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    everything = {"bench": bench, "written": written, "about": about, **found}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(everything, indent=1) + "\n", encoding="utf-8")


def of_rows(rows: Sequence[Row]) -> list[dict[str, object]]:
    """Rows with their seconds and what is made of them."""
    every = list(rows)
    return [row._asdict() | summarize(row, reference_of(row, every))._asdict() for row in every]
