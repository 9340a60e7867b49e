"""What has been read of a requirements file so far: the one mutable thing of this room."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from os import PathLike

from packaging.utils import canonicalize_name

from driverenv.model.requirement import ALL, Requirements, Root
from driverenv.model.site import Policy
from driverenv.requirements.limits import NOTES, PROBLEMS, REQUIREMENTS, Enough, Spent
from driverenv.requirements.problem import SYNTAX, TOO_MUCH, Problem
from driverenv.requirements.text import Logical

NOTHING = Policy(public=None)
"""No index, and nothing that is allowed beyond."""


@dataclass(slots=True)
class Draft:
    """Grows line by line; `finished` makes it the noun."""

    variables: Mapping[str, str | None] = field(default_factory=dict)
    """Those that lines may use, by name; None: it is not set."""
    policy: Policy = NOTHING
    """The site's: its indexes, and which files lines may name themselves."""
    folder: str = ""
    """Where the file is that was named; empty for lines that stand in no file."""
    root: str = ""
    """The same without links: bundled wheels must be in it."""
    shown_root: str = ""
    """What messages call it."""
    roots: list[Root] = field(default_factory=list)
    constraints: list[Root] = field(default_factory=list)
    inputs: list[str] = field(default_factory=list)
    prereleases: bool = False
    only_binary: set[str] = field(default_factory=set)
    no_binary: set[str] = field(default_factory=set)
    prefer_binary: bool = False
    require_hashes: list[tuple[str, Logical]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    requires_python: str = ""
    exact: bool = False
    groups: frozenset[str] = frozenset()
    problems: list[Problem] = field(default_factory=list)
    spent: Spent = field(default_factory=Spent)

    @property
    def sources(self) -> tuple[str, ...]:
        """Locations of the site's indexes: an option that names one of them says nothing new."""
        return tuple(index.location for index in self.policy.indexes)

    def stands_in(self, file: str | PathLike[str], shown: str) -> None:
        """Say which file is read, and what messages call it: paths in its lines are relative to its folder."""
        self.folder = os.path.dirname(os.path.abspath(file))
        self.root = os.path.realpath(self.folder)
        self.shown_root = os.path.dirname(shown)

    def complain(
        self,
        place: tuple[str, Logical, int],
        code: str,
        message: str,
        *,
        meaning: str = "",
        reason: str = "",
    ) -> None:
        """Add a problem at a place: file, line, offset in the line. Raises `Enough` after a thousand."""
        file, line, offset = place
        number, column, raw = line.place(offset)
        self.problems.append(Problem(code, file, number, column, raw, message, meaning, reason))
        if len(self.problems) >= PROBLEMS:
            raise Enough

    def end(self, why: str, file: str, line: int = 0) -> None:
        """Read no more, where `why` says something. Raises `Enough`."""
        if why:
            self.problems.append(Problem(SYNTAX, file, line, 1, "", why, reason=TOO_MUCH))
            raise Enough

    def add(self, root: Root, *, constraint: bool) -> None:
        """Add a requirement, or a constraint. Raises `Enough` where there are too many."""
        (self.constraints if constraint else self.roots).append(root)
        if len(self.roots) + len(self.constraints) > REQUIREMENTS:
            why = f"a driver has at most {REQUIREMENTS:,} requirements and constraints"
            self.end(why, root.source.file, root.source.line)

    def note(self, text: str) -> None:
        """Add a note; after a hundred only that there are more."""
        if len(self.notes) < NOTES:
            self.notes.append(text)
        elif len(self.notes) == NOTES:
            self.notes.append("more lines than these have no effect")

    def binary(self, chosen: set[str], other: set[str], value: str) -> None:
        """``--only-binary`` or ``--no-binary``, the later line winning, as in pip."""
        for name in filter(None, (part.strip() for part in value.split(","))):
            if name == ALL:
                other.clear()
                chosen.clear()
                chosen.add(ALL)
            elif name == ":none:":
                chosen.clear()
            else:
                other.discard(canonicalize_name(name))
                chosen.add(canonicalize_name(name))

    def finished(self) -> Requirements:
        """The noun."""
        return Requirements(
            roots=tuple(self.roots),
            constraints=tuple(self.constraints),
            inputs=tuple(dict.fromkeys(self.inputs)),
            prereleases=self.prereleases,
            only_binary=frozenset(self.only_binary),
            no_binary=frozenset(self.no_binary),
            prefer_binary=self.prefer_binary,
            notes=tuple(self.notes),
            requires_python=self.requires_python,
            exact=self.exact,
            groups=self.groups,
        )
