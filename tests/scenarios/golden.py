"""Whole error texts, compared with `tests/golden/scenario-<name>.txt`.

What differs from machine to machine is replaced by placeholders before. UPDATE_GOLDEN=1 in the
environment writes the files anew (only ever by hand: read the difference before you commit it).
"""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Mapping
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parents[1] / "golden"
SWITCH = "UPDATE_GOLDEN"

_VOLATILE = (
    (re.compile(r"Python (\d\.\d+) \(\w+, \w+ \w+\)"), r"Python \1 (<platform>)"),
    (re.compile(r"^( +)(Traceback .*)\n(?:\1 .*\n)+", re.MULTILINE), r"\1\2 <lines>\n"),
    (re.compile(r"(which takes)\n(?:( +)[\w.-]+\n)+ +and \d+ more$", re.MULTILINE), r"\1\n\2<tags>"),
    (re.compile(r"(build-[\w.-]+)-[0-9a-f]{12}-"), r"\1-<key>-"),
)


def with_placeholders(text: str, places: Mapping[str, str]) -> str:
    """`text` with each place (a URL, a path) replaced by its placeholder, longest first."""
    for place in sorted(places, key=len, reverse=True):
        text = text.replace(place, places[place])
    for pattern, placeholder in _VOLATILE:
        text = pattern.sub(placeholder, text)
    return text


def check(name: str, text: str, *, variant: str = "", may_update: bool = True) -> None:
    """Fail where `text` is not what the golden file says; a `variant` has a file of its own where it differs."""
    common = FOLDER / f"scenario-{name}.txt"
    own = FOLDER / f"scenario-{name}.{variant}.txt" if variant else common
    if may_update and os.environ.get(SWITCH):
        _write(own, common, text + "\n")
    path = own if own.is_file() else common
    expected = path.read_text(encoding="utf-8") if path.is_file() else f"(there is no {path.name})\n"
    if text + "\n" != expected:
        lines = difflib.ndiff(expected.splitlines(), text.splitlines())
        pytest.fail(f"{path.name} says otherwise (- golden, + now):\n" + "\n".join(lines), pytrace=False)


def _write(own: Path, common: Path, text: str) -> None:
    if own != common and common.is_file() and common.read_text(encoding="utf-8") == text:
        own.unlink(missing_ok=True)
        return
    own.parent.mkdir(exist_ok=True)
    own.write_text(text, encoding="utf-8")
