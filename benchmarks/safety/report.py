"""The results as Markdown and as JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path

from benchmarks.safety.installers import Installer
from benchmarks.safety.judge import CRASHED, FOREIGN, HUNG, NOT_ASKED, NOTHING, OTHER, Verdict
from benchmarks.safety.situation import Situation

BEGIN, END = "<!-- safety bench: begin -->", "<!-- safety bench: end -->"
WORDS = {
    FOREIGN: "**FOREIGN**",
    HUNG: "hangs",
    NOTHING: "says well, nothing there",
    OTHER: "another local version",
}


def totals(situations: Sequence[Situation], verdicts: Sequence[Verdict]) -> list[tuple[str, str]]:
    """What the cells of one tool come to, each with its name."""
    right = {one.name: one.right for one in situations}
    verdicts = [one for one in verdicts if one.outcome != NOT_ASKED]
    from_public = [one for one in verdicts if right[one.situation] == "public"]
    rows = {
        "situations": len(verdicts),
        "**foreign file installed**": sum(one.outcome == FOREIGN for one in verdicts),
        "**an owned name asked elsewhere, or a stranger asked**": sum(one.requests > 0 for one in verdicts),
        "requests of that kind": sum(one.requests for one in verdicts),
        "came out right": sum(one.is_right for one in verdicts),
        "installed where failing is right, nothing foreign": sum(
            right[one.situation] == "fails" and one.outcome not in ("fails", CRASHED, FOREIGN, HUNG)
            for one in verdicts
        ),
        "failed where installing is right": sum(
            right[one.situation] != "fails" and one.outcome in ("fails", CRASHED, HUNG) for one in verdicts
        ),
        "crashed": sum(one.outcome == CRASHED for one in verdicts),
        "did not end within 50 s": sum(one.outcome == HUNG for one in verdicts),
    }
    found = [(name, str(count)) for name, count in rows.items()]
    taken = sum(one.is_right for one in from_public)
    return [*found, ("must come from public, and did", f"{taken} of {len(from_public)}")]


def cell(verdict: Verdict) -> str:
    """One cell: what came of it, driverenv's code, and how many requests went astray."""
    code = f" `{verdict.said}`" if re.fullmatch(r"[A-Z][A-Z_]+", verdict.said) else ""
    astray = f" · {verdict.requests}" if verdict.requests else ""
    return f"{WORDS.get(verdict.outcome, verdict.outcome)}{code}{astray}"


def markdown(
    situations: Sequence[Situation],
    tools: Sequence[Installer],
    verdicts: Sequence[Verdict],
    about: Sequence[str],
) -> str:
    """Totals, and the table of all cells."""
    names = [tool.name for tool in tools]
    by_tool = {name: [one for one in verdicts if one.tool == name] for name in names}
    columns = [totals(situations, by_tool[name]) for name in names]
    lines = [*about, "", f"| | {' | '.join(names)} |", f"|---{'|--:' * len(names)}|"]
    lines += [
        f"| {row[0][0]} | {' | '.join(value for _, value in row)} |" for row in zip(*columns, strict=True)
    ]
    lines += ["", f"| row | situation | right | {' | '.join(names)} |", f"|---|---|---{'|---' * len(names)}|"]
    for number, one in enumerate(situations):
        cells = [cell(by_tool[name][number]) for name in names]
        lines.append(f"| {one.name} | {one.title} | {one.right} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def put_into(page: Path, text: str, begin_mark: str = BEGIN, end_mark: str = END) -> None:
    """Replace what is between the marks of a page.

    Raises:
        ValueError: the page has no such marks.
    """
    before, begin, rest = page.read_text(encoding="utf-8").partition(begin_mark)
    _, end, after = rest.partition(end_mark)
    if not (begin and end):
        raise ValueError(f"{page.name} has no lines {begin_mark} and {end_mark}")
    page.write_text(f"{before}{begin}\n\n{text}\n{end}{after}", encoding="utf-8")


def as_json(about: dict[str, object], verdicts: Sequence[Verdict]) -> str:
    """Everything."""
    return json.dumps({"about": about, "verdicts": [one._asdict() for one in verdicts]}, indent=1) + "\n"
