"""Requirements that stand in TOML: a script's header (PEP 723) and ``pyproject.toml`` (PEP 621, PEP 735).

Both become lines that know where they stand in the file, so that errors can point at them.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from packaging.dependency_groups import DependencyGroupResolver
from packaging.requirements import Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import canonicalize_name

from driverenv import _toml as _toml_room
from driverenv._toml import NotToml
from driverenv.requirements.limits import REQUIREMENT, REQUIREMENTS
from driverenv.requirements.limits import TOML as TOML_SIZE
from driverenv.requirements.problem import GROUP, TOML
from driverenv.requirements.text import Logical, Piece

_OPENING = re.compile(r"# /// ([a-zA-Z0-9-]+)[ \t]*")
_NAMED = 50
"""So many groups are named where the wanted one is not there."""
_STRING = re.compile(r""""(?:[^"\\\n]|\\.)*"|'[^'\n]*\'""")


class Malformed(ValueError):
    """The TOML, or what it says, is not as it must be: where (1-based line, 0 for the whole file) and what."""

    def __init__(self, line: int, detail: str, reason: str = TOML) -> None:
        super().__init__(detail)
        self.line = line
        self.detail = detail
        self.reason = reason
        """The key of the remedy."""


class Stated(NamedTuple):
    """What a header or project table says of what it needs."""

    lines: tuple[Logical, ...]
    requires_python: str = ""
    """A specifier set, or empty."""


def script(text: str) -> Stated | None:
    """What the header of a Python script says (PEP 723); None where the script has no such header.

    Raises `Malformed`.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    lines = text.split("\n")
    blocks = list(_headers(lines))
    if not blocks:
        return None
    if len(blocks) > 1:
        raise Malformed(blocks[1].start, "the script has two headers, and it may have one (PEP 723)")
    raw = [lines[number] for number in blocks[0]]
    first = blocks[0].start + 1
    table = _toml("".join(f"{line[2:] if line.startswith('# ') else line[1:]}\n" for line in raw), first)
    needed = _strings(table.get("dependencies", []), "dependencies", first)
    return Stated(tuple(_placed(needed, raw, first)), _python(table.get("requires-python", ""), first))


def _headers(lines: Sequence[str]) -> Iterator[range]:
    """The lines inside of each block of the kind "script", counted from 0, as PEP 723 finds them.

    A block ends with the last `# ///` of the comment lines that follow its beginning. Raises `Malformed`
    where one has no end.
    """
    number = 0
    while number < len(lines):
        opened = _OPENING.fullmatch(lines[number])
        number += 1
        if opened is None:
            continue
        first, end, last = number, number, 0
        while end < len(lines) and (lines[end] == "#" or lines[end].startswith("# ")):
            last = end if lines[end].rstrip(" \t") == "# ///" else last
            end += 1
        if last:
            number = last + 1
            if opened[1] == "script":
                yield range(first, last)
        elif opened[1] == "script":
            raise Malformed(first, "the script's header has no end: a line `# ///` is missing")
        else:
            number = end


def project(text: str, groups: Sequence[str] = ()) -> Stated:
    """What ``pyproject.toml`` says: the project's dependencies, and those of the named `groups`.

    A group is one of ``[dependency-groups]`` (PEP 735), else an extra of the project. Raises `Malformed`.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    document = _toml(text, 1)
    table = document.get("project", {})
    if not isinstance(table, dict):
        raise Malformed(0, "[project] must be a table")
    named = [
        name for name in ("dependencies", "optional-dependencies") if name in _list(table.get("dynamic", []))
    ]
    if "dependencies" in named:
        raise Malformed(
            0, "its dependencies are dynamic: only a build would tell them; write them into [project]"
        )
    needed = _strings(table.get("dependencies", []), "project.dependencies", 0)
    for group in groups:
        needed += _group(document, table, group)
    lines = text.split("\n")
    return Stated(tuple(_placed(needed, lines, 1)), _python(table.get("requires-python", ""), 0))


def _group(document: Mapping[str, Any], table: Mapping[str, Any], group: str) -> list[str]:
    defined = document.get("dependency-groups", {})
    extras = table.get("optional-dependencies", {})
    if not isinstance(defined, dict) or not isinstance(extras, dict):
        raise Malformed(0, "[dependency-groups] and [project.optional-dependencies] must be tables")
    wanted = canonicalize_name(group)
    if wanted in map(canonicalize_name, defined):
        try:
            _check_size({canonicalize_name(name): _list(rows) for name, rows in defined.items()}, wanted)
            return [str(one) for one in DependencyGroupResolver(defined).resolve(group)]
        except (ValueError, TypeError, LookupError, RecursionError, ExceptionGroup) as error:
            raise Malformed(0, f"the dependency group {group} cannot be read: {_told(error)}") from None
    for name, needed in extras.items():
        if canonicalize_name(name) == wanted:
            return _strings(needed, f"project.optional-dependencies.{name}", 0)
    names = sorted({*map(str, defined), *map(str, extras)})
    known = ", ".join(names[:_NAMED] + (["..."] if len(names) > _NAMED else [])) or "none"
    raise Malformed(0, f"there is no dependency group or extra {group}; there is: {known}", GROUP)


def _check_size(defined: Mapping[str, list[object]], wanted: str) -> None:
    """Raise `ValueError` where a group has too many lines, with all groups that it includes.

    A group that is not there, or that includes itself, is told by whoever resolves them.
    """
    known: dict[str, int] = {}

    def size(group: str) -> int:
        if group not in known:
            known[group] = 0
            included = (
                row.get("include-group") if isinstance(row, dict) else 0 for row in defined.get(group, ())
            )
            known[group] = sum(
                size(canonicalize_name(one)) if isinstance(one, str) else 1 for one in included
            )
        return known[group]

    if size(wanted) > REQUIREMENTS:
        raise ValueError(f"with all that it includes it has more than {REQUIREMENTS:,} lines")


def _told(error: BaseException) -> str:
    if isinstance(error, ExceptionGroup):
        return "; ".join(_told(one) for one in error.exceptions)
    return str(error).split("\n")[0]


def _toml(content: str, first: int) -> dict[str, Any]:
    try:
        return _toml_room.loads(content, limit=TOML_SIZE)
    except NotToml as error:
        line = first + error.line - 1 if error.line else first
        raise Malformed(line, f"it is no TOML that can be read: {error.detail}") from None


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _strings(value: object, key: str, line: int) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise Malformed(line, f"{key} must be a list of texts")
    return list(value)


def _python(value: object, line: int) -> str:
    if not isinstance(value, str):
        raise Malformed(line, "requires-python must be a text")
    try:
        SpecifierSet(value)
    except InvalidSpecifier:
        raise Malformed(line, f"requires-python is {value!r}, which compares no versions (PEP 440)") from None
    return value


def _line_of(text: str, offset: int) -> int:
    return text.count("\n", 0, offset) + 1


def _placed(needed: Sequence[str], lines: Sequence[str], first: int) -> Iterator[Logical]:
    """Each requirement with its place: the first string in the file, after the one before, that says it."""
    places = _strings_in(lines, first)
    for text in needed:
        place = places.get(text) or places.get(_same(text))
        number, column, raw = place or (0, 0, text)
        yield Logical(text.strip(), (Piece(0, number, column if place else 0, raw),))


def _same(text: str) -> str:
    """A requirement as `packaging` writes it: what came through a dependency group is no longer as written."""
    try:
        return str(Requirement(text)) if len(text) <= REQUIREMENT else text
    except (ValueError, RecursionError):
        return text


def _strings_in(lines: Sequence[str], first: int) -> dict[str, tuple[int, int, str]]:
    places: dict[str, tuple[int, int, str]] = {}
    for number, raw in enumerate(lines, first):
        if raw.lstrip("# \t").startswith("#"):
            continue
        for found in _STRING.finditer(raw):
            try:
                value = tomllib.loads(f"x = {found.group()}")["x"]
            except (tomllib.TOMLDecodeError, ValueError):
                continue
            place = (number, found.start() + 1, raw)
            places.setdefault(value, place)
            places.setdefault(_same(value), place)
    return places
