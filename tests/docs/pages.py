"""The documentation as data: the pages, and the fenced blocks on them.

What a block is for is seen from its fence and from the comment in front of it:

- with `title="PATH"` it is a file, to be saved there;
- `console`: commands after `$` (`>` where one goes on), each followed by what it prints; a line `...` stands for
  any lines;
- `python`: a program;
- `<!-- not run: why -->` in front: only looked at; `<!-- goes on -->`: after the program before it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]

_BLOCK = re.compile(
    r"(?:^<!-- (?P<comment>[^>]*) -->\n)?^```(?P<language>\w+)(?P<more>[^\n]*)\n(?P<text>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
_TITLE = re.compile(r'title="([^"]*)"')


class Block(NamedTuple):
    """A fenced block."""

    line: int
    language: str
    title: str
    comment: str
    text: str

    @property
    def is_run(self) -> bool:
        """Whether it is run (or saved)."""
        return not self.comment.startswith("not run: ")


class Step(NamedTuple):
    """A command of a console block, and what it prints."""

    command: str
    output: list[str]


def name(page: Path) -> str:
    """The page's path, as tests are called by."""
    return page.relative_to(ROOT).as_posix()


def blocks(page: Path) -> Iterator[Block]:
    """The fenced blocks of a page, in their order."""
    text = page.read_text(encoding="utf-8")
    for found in _BLOCK.finditer(text):
        title = _TITLE.search(found["more"])
        yield Block(
            line=text.count("\n", 0, found.start("language")) + 1,
            language=found["language"],
            title=title[1] if title else "",
            comment=found["comment"] or "",
            text=found["text"],
        )


def steps(block: Block) -> list[Step]:
    """The commands of a console block."""
    found: list[Step] = []
    for line in block.text.splitlines():
        if line.startswith("$ "):
            found.append(Step(line[2:], []))
        elif line.startswith("> ") and found and not found[-1].output:
            found[-1] = found[-1]._replace(command=f"{found[-1].command}\n{line[2:]}")
        else:
            found[-1].output.append(line)
    return found
