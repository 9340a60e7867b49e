"""Whole error texts, compared with `tests/golden/scenario-<name>.txt`.

What differs from machine to machine is replaced by placeholders before. UPDATE_GOLDEN=1 in the
environment writes the files anew (only ever by hand: read the difference before you commit it).

The texts of a scenario's variants are in `scenario-<name>.variants.txt`, a section for each that
differs from the scenario's own text: the lines that differ, or the whole where the code is another one.
"""

from __future__ import annotations

import difflib
import os
import re
import tempfile
from collections.abc import Mapping
from pathlib import Path

import pytest
from filelock import FileLock

FOLDER = Path(__file__).resolve().parents[1] / "golden"
SWITCH = "UPDATE_GOLDEN"

_VOLATILE = (
    (re.compile(r"Python (\d\.\d+) \(\w+, \w+ \w+\)"), r"Python \1 (<platform>)"),
    (re.compile(r"^( +)(Traceback .*)\n(?:\1 .*\n)+", re.MULTILINE), r"\1\2 <lines>\n"),
    (re.compile(r"(which takes)\n(?:( +)[\w.-]+\n)+ +and \d+ more$", re.MULTILINE), r"\1\n\2<tags>"),
    (re.compile(r"(build-[\w.-]+)-[0-9a-f]{12}-"), r"\1-<key>-"),
    (re.compile(r"\b(until|since|last on|first on) 20\d\d-\d\d-\d\d"), r"\1 <day>"),
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


def check_variant(name: str, key: str, text: str, *, medium: str = "", may_update: bool = True) -> None:
    """Fail where the text of the variant `key` is not what its section says; a `medium` has sections of its own."""
    common = _text_of(FOLDER / f"scenario-{name}.{medium}.txt") or _text_of(FOLDER / f"scenario-{name}.txt")
    said = _difference(common, text)
    own = f"{key} {medium}".strip()
    if may_update and os.environ.get(SWITCH):
        _update(name, own, said)
    expected = read_sections(name).get(own, "")
    if said != expected:
        lines = difflib.ndiff(expected.splitlines(), said.splitlines())
        pytest.fail(
            f"{_variants(name).name} says otherwise of {own} (- golden, + now):\n"
            + "\n".join(lines)
            + f"\n\n{text}",
            pytrace=False,
        )


def read_sections(name: str) -> dict[str, str]:
    """What the golden file says of each variant of a scenario."""
    found: dict[str, str] = {}
    for part in _text_of(_variants(name)).split("\n\n=== "):
        heading, _, body = part.removeprefix("=== ").partition("\n")
        found |= dict.fromkeys(heading.split(", "), body) if part else {}
    return found


def _variants(name: str) -> Path:
    return FOLDER / f"scenario-{name}.variants.txt"


def _text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8").removesuffix("\n") if path.is_file() else ""


def _difference(common: str, text: str) -> str:
    """The lines that differ, or all of `text` where it is another error."""
    if common.partition(":")[0] != text.partition(":")[0]:
        return text
    lines = difflib.unified_diff(common.splitlines(), text.splitlines(), n=0, lineterm="")
    return "\n".join(line for line in list(lines)[2:] if not line.startswith("@@"))


def _update(name: str, key: str, said: str) -> None:
    """Many workers write one file: one at a time."""
    path = _variants(name)
    with FileLock(Path(tempfile.gettempdir()) / f"driverenv-{path.name}.lock"):
        sections = {**read_sections(name), key: said}
        together: dict[str, list[str]] = {}
        for one in sorted(sections):
            together.setdefault(sections[one], []).append(one)
        together.pop("", None)
        parts = [f"=== {', '.join(keys)}\n{body}" for body, keys in together.items()]
        path.write_text("\n\n".join(parts) + "\n", encoding="utf-8")
        if not parts:
            path.unlink()


def _write(own: Path, common: Path, text: str) -> None:
    if own != common and common.is_file() and common.read_text(encoding="utf-8") == text:
        own.unlink(missing_ok=True)
        return
    own.parent.mkdir(exist_ok=True)
    own.write_text(text, encoding="utf-8")
