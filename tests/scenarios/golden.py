"""Whole error texts, compared with `tests/golden/scenario-<name>.txt`.

What differs from machine to machine is replaced by placeholders before. UPDATE_GOLDEN=1 in the
environment writes the files anew (only ever by hand: read the difference before you commit it).
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[1] / "golden"
SWITCH = "UPDATE_GOLDEN"

_TARGET = re.compile(r"Python (\d\.\d+) \(\w+, \w+ \w+\)")


def with_placeholders(text: str, places: Mapping[str, str]) -> str:
    """`text` with each place (a URL, a path) replaced by its placeholder, longest first."""
    for place in sorted(places, key=len, reverse=True):
        text = text.replace(place, places[place])
    return _TARGET.sub(r"Python \1 (<platform>)", text)


def check(name: str, text: str, *, may_update: bool = True) -> None:
    """Fail where `text` is not what the golden file says."""
    path = FOLDER / f"scenario-{name}.txt"
    if may_update and os.environ.get(SWITCH):
        path.parent.mkdir(exist_ok=True)
        path.write_text(text + "\n", encoding="utf-8")
    expected = path.read_text(encoding="utf-8") if path.is_file() else f"(there is no {path.name})\n"
    assert text + "\n" == expected
