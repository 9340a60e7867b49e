"""The headers of core metadata (METADATA, PKG-INFO, WHEEL), scanned: an email parser is eight times slower.

They are read as Python's email parser reads them, for that is what every installer and `importlib.metadata`
go by; where other readers would see something else, `check_form` refuses.
"""

from __future__ import annotations

import re

from packaging.utils import InvalidName, NormalizedName, canonicalize_name
from packaging.version import Version

from driverenv.archive.rules import MAX_HEADER_LINES, Label

_KEPT = frozenset(
    {
        "metadata-version",
        "name",
        "version",
        "requires-dist",
        "requires-python",
        "provides-extra",
        "dynamic",
        "wheel-version",
        "root-is-purelib",
    }
)
"""What anybody here asks for; the rest could be millions of lines."""
_BLANK_LINE = re.compile(rb"(?>\r\n|\r|\n)(?>\r\n|\r|\n)")
_LINE = re.compile(r"[^\r\n]+")
_FIELD = re.compile(r"[\x21-\x39\x3b-\x7e]*:")
_LONE_CR = re.compile(rb"\r(?!\n)")
_FROM = "From "


def scan(data: bytes) -> dict[str, list[str]]:
    """Lower-case field names with their values in order, up to the first line that is no header.

    Folded lines are joined. Only the fields that something here depends on are kept.
    """
    pieces: dict[str, list[list[str]]] = {}
    last: list[str] | None = None
    for found in _LINE.finditer(_head(data).decode("utf-8", "surrogateescape")):
        line = found[0]
        if line[0] in " \t":
            if last is not None:
                last.append("\n" + line)
            continue
        last = None
        if line.startswith(_FROM):
            continue
        if not _FIELD.match(line):
            break
        name, _, value = line.partition(":")
        key = name.lower()
        if key in _KEPT:
            last = [value.strip()]
            pieces.setdefault(key, []).append(last)
    return {key: ["".join(value).rstrip() for value in values] for key, values in pieces.items()}


def _head(data: bytes) -> bytes:
    """What stands before the first empty line."""
    if data[:1] in (b"\r", b"\n"):
        return b""
    found = _BLANK_LINE.search(data)
    return data[: found.start()] if found else data


def are_endless(data: bytes) -> bool:
    """Whether there are more lines of headers than anybody writes; they cost time that bytes alone do not."""
    head = _head(data)
    return max(head.count(b"\n"), head.count(b"\r")) > MAX_HEADER_LINES


def fields(data: bytes, label: Label, member: str) -> dict[str, list[str]]:
    """What `scan` finds; refuses what would take too long."""
    if are_endless(data):
        label.refuse("size", f"its metadata has more than {MAX_HEADER_LINES:,} lines", member)
    return scan(data)


def check_form(data: bytes, label: Label, member: str) -> None:
    """Refuse headers in which two readers would see different fields."""
    head = _head(data)
    if b"\0" in head or _LONE_CR.search(head):
        label.refuse("metadata", "its metadata has control characters", member)
    follows = False
    for found in _LINE.finditer(head.decode("utf-8", "surrogateescape")):
        line = found[0]
        is_field = line[0] != ":" and _FIELD.match(line)
        if not (is_field or (follows and line[0] in " \t")):
            label.refuse("metadata", f"its metadata has a line that is no header: {line[:80]}", member)
        follows = True


def same_version(text: str, version: Version) -> bool:
    """Whether `text` is a spelling of `version` (PEP 440); in names of folders `-` may be written `_`."""
    if not text.isascii():
        return False
    for spelling in (text, text.replace("_", "-")):
        try:
            if Version(spelling) == version:
                return True
        except ValueError:  # InvalidVersion, or more digits than Python converts
            continue
    return False


def same_name(text: str, project: str) -> bool:
    """Whether `text` is a spelling of the name `project` (PEP 503)."""
    return normalized(text) == canonicalize_name(project)


def normalized(text: str) -> NormalizedName | None:
    """The normalised name; None where `text` is no name (PEP 508)."""
    try:
        return canonicalize_name(text, validate=True) if text.isascii() else None
    except InvalidName:
        return None


def check_identity(
    found: dict[str, list[str]], project: str, version: Version, label: Label, member: str
) -> None:
    """Refuse metadata without exactly one Name and Version, or with another project's."""
    names, versions = found.get("name", []), found.get("version", [])
    if len(names) != 1 or len(versions) != 1:
        label.refuse("metadata", "its metadata does not have exactly one Name and one Version", member)
    if not same_name(names[0], project) or not same_version(versions[0], version):
        detail = f"its metadata says {names[0]} {versions[0]}, not {project} {version}"
        label.refuse("metadata", detail.encode("utf-8", "replace").decode(), member)
