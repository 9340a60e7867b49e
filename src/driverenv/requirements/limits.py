"""How much a driver's requirements may be: beyond that nobody meant it, and nobody's memory or time is spent on it.

Real ones have four lines, and 45 at most. What is counted is counted over all files that include each other.
"""

from __future__ import annotations

from dataclasses import dataclass

SIZE = 16 * 1024 * 1024
"""Bytes of all files together."""
FILES = 100
"""Files that are read, each as often as it is included."""
LINES = 100_000
LENGTH = 100_000
"""Characters of a line; a thousand hashes fit."""
REQUIREMENT = 10_000
"""Characters of a requirement, without its hashes."""
REQUIREMENTS = 10_000
"""Requirements and constraints."""
PROBLEMS = 1_000
"""Of so many wrong lines each is told; then reading ends."""
NOTES = 100
"""So many lines that have no effect are told."""
TOML = 1024 * 1024
"""Characters of a script's header, or of ``pyproject.toml``."""


class Enough(Exception):
    """Nothing more is read: why stands among the problems."""


@dataclass(slots=True)
class Spent:
    """What was read so far; each call says why it is too much, or ""."""

    size: int = 0
    files: int = 0
    lines: int = 0

    def file(self, size: int) -> str:
        """One more file of so many bytes."""
        self.size += size
        self.files += 1
        if self.size > SIZE:
            return f"a driver's requirements have at most {SIZE:,} bytes, in all files together"
        if self.files > FILES:
            return f"at most {FILES} files are read, each counted as often as it is included"
        return ""

    def text(self, lines: int) -> str:
        """So many lines more."""
        self.lines += lines
        if self.lines > LINES:
            return f"a driver's requirements have at most {LINES:,} lines, in all files together"
        return ""
