"""What stands in other forms than pip's, taken into the draft: a header's or project's lines, a lock's packages."""

from __future__ import annotations

from driverenv.requirements.draft import Draft
from driverenv.requirements.embedded import Stated
from driverenv.requirements.line import requirement
from driverenv.requirements.lockfile import locked


def take_stated(draft: Draft, stated: Stated, shown: str) -> None:
    """Take the lines of a script's header or of ``pyproject.toml``."""
    draft.requires_python = stated.requires_python
    for line in stated.lines:
        requirement(draft, shown, line, constraint=False, folder=draft.folder)


def take_lock(draft: Draft, text: str, shown: str) -> None:
    """Take the packages of ``pylock.toml``: these and no others. Raises `Malformed`."""
    found = locked(draft, text, shown)
    draft.exact = True
    draft.groups = found.groups
    draft.requires_python = found.requires_python
    draft.roots += found.roots
    draft.problems += found.problems
