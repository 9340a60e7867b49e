"""What has been read of a requirements file so far: the one mutable thing of this room."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from packaging.utils import canonicalize_name

from driverenv.model.requirement import ALL, Requirements, Root
from driverenv.requirements.problem import Problem
from driverenv.requirements.text import Logical


@dataclass(slots=True)
class Draft:
    """Grows line by line; `finished` makes it the noun."""

    sources: Sequence[str] = ()
    """Locations of the site's indexes: an option that names one of them says nothing new."""
    variables: Mapping[str, str | None] = field(default_factory=dict)
    """Those that lines may use, by name; None: it is not set."""
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

    def complain(
        self,
        place: tuple[str, Logical, int],
        code: str,
        message: str,
        *,
        meaning: str = "",
        reason: str = "",
    ) -> None:
        """Add a problem at a place: file, line, offset in the line."""
        file, line, offset = place
        number, column, raw = line.place(offset)
        self.problems.append(Problem(code, file, number, column, raw, message, meaning, reason))

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
