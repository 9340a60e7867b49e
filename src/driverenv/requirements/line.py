"""One logical line of a requirements file that is no option: a requirement with its hashes, or a reason why not."""

from __future__ import annotations

import re
from typing import NamedTuple

from packaging.requirements import InvalidRequirement, Requirement

from driverenv.errors import foreign
from driverenv.model.requirement import Direct, Root, Source
from driverenv.requirements.diagnosis import checked, diagnose
from driverenv.requirements.direct import DIGEST_LENGTHS, Named, Refused, named
from driverenv.requirements.draft import Draft
from driverenv.requirements.limits import REQUIREMENT
from driverenv.requirements.problem import SYNTAX, redacted
from driverenv.requirements.text import Logical

MAX_DEPTH = 100
"""Of parentheses in a marker; parsers of markers recurse, and each has a limit of its own."""
VARIABLE = re.compile(r"\$\{(\w+)\}")

_OPTIONS = re.compile(r"(?<=\s)-")
_VCS = re.compile(r"(?:^|@\s*)(?:(?:git|hg|svn|bzr)(?:\+|://)|git@)", re.IGNORECASE)
_FILE = re.compile(r"(?:^|@\s*)file:", re.IGNORECASE)
_URL = re.compile(r"(?:^|@\s*)[a-z][a-z0-9+.-]*://", re.IGNORECASE)
_PATH_ALSO = re.compile(
    r"^~[\\/]|^[\w.\[\], -]+@\s*(?:\.{1,2}[\\/]|[\w.-]+[\\/]|[\\/~]|[A-Za-z]:[\\/])", re.ASCII
)
_NAME_ENDS = re.compile(r"[\s<>=!~;\[(@#,\"']")
_PATH = re.compile(r"^(?:[.~]|[A-Za-z]:[\\/])|[\\/]|\.(?:whl|egg|zip|tgz|tar|tar\.\w+)$", re.IGNORECASE)

_AT = re.compile(r"@\s*")
_PARENTHESIS = re.compile(r"[()]")
_LONG_NUMBER = re.compile(r"\d{1000}")
_HASH = re.compile(r"--hash(?:=|\s+)(\S+)")
_BUILD_OPTION = re.compile(r"--(?:global-option|install-option|build-option|config-settings?)\b|-C\b")


def refusal(text: str) -> tuple[str, str] | None:
    """Code and reason where `text` names a place instead of a project."""
    if _VCS.search(text):
        return "POLICY_VCS", "a repository of source code is no index"
    if _FILE.search(text):
        return "POLICY_PATH", "a file is named directly instead of a project of the index"
    if _URL.search(text):
        return "POLICY_URL", "a URL is named directly instead of a project of the index"
    if _PATH.search(_NAME_ENDS.split(text, maxsplit=1)[0]) or _PATH_ALSO.match(text):
        return "POLICY_PATH", "a path is named instead of a project of the index"
    return None


def requirement(
    draft: Draft,
    file: str,
    line: Logical,
    *,
    constraint: bool,
    numbered: bool = True,
    stated: str = "",
    folder: str = "",
) -> None:
    """Add the requirement that `line` says, or what is wrong with it.

    `stated` is how the file says it, if otherwise; `folder` is where the file is, for paths in the line.
    """
    cut = _OPTIONS.search(line.text)
    text = line.text[: cut.start()].rstrip() if cut else line.text
    if len(text) > REQUIREMENT:
        draft.complain((file, line, 0), SYNTAX, f"a requirement has at most {REQUIREMENT:,} characters")
        return
    place = _Place(draft, file, line)
    parsed, direct = _taken(place, text, folder, may_name=not constraint)
    hashes = _hashes(draft, file, line, cut.start()) if cut else ()
    if parsed is None or hashes is None:
        return
    if constraint and parsed.extras:
        draft.complain((file, line, text.find("[")), SYNTAX, "a constraint has no extras")
        return
    said = _OPTIONS.split(stated, maxsplit=1)[0].rstrip() if stated else text
    source = Source(file, line.line if numbered else 0, said)
    draft.add(Root(parsed, source, hashes, direct), constraint=constraint)


class _Place(NamedTuple):
    draft: Draft
    file: str
    line: Logical


def _taken(
    place: _Place, text: str, folder: str, *, may_name: bool
) -> tuple[Requirement | None, Direct | None]:
    """The requirement, and the file that the line names itself, if it does; constraints never do."""
    refused = refusal(text)
    if refused is None:
        return _parse(*place, text), None
    is_file = may_name and refused[0] != "POLICY_VCS"
    found = named(place.draft, text, shown=place.file, folder=folder) if is_file else None
    if isinstance(found, Named):
        return found
    at = _AT.search(text) if found is not None else None
    why = Refused(*refused) if found is None else found
    offset = at.end() if at else 0
    place.draft.complain((place.file, place.line, offset), why.code, why.message, reason=why.reason)
    return None, None


def _parse(draft: Draft, file: str, line: Logical, text: str) -> Requirement | None:
    number = _LONG_NUMBER.search(text)
    if number is not None:
        draft.complain((file, line, number.start()), SYNTAX, "a number has too many digits")
        return None
    if _depth(text) > MAX_DEPTH:
        draft.complain((file, line, text.find("(")), SYNTAX, "parentheses are nested too deeply")
        return None
    try:
        stated = checked(text)
    except InvalidRequirement as error:
        found = diagnose(text, error)
        draft.complain((file, line, found.offset), SYNTAX, found.message, meaning=found.meaning)
        return None
    if stated.url is not None:
        meaning = f"{stated.name}=={stated.url}" if stated.url[:1].isdigit() else ""
        draft.complain(
            (file, line, text.find("@")), SYNTAX, "@ is for URLs, and this is none", meaning=meaning
        )
        return None
    return stated


def _depth(text: str) -> int:
    deepest = depth = 0
    for one in _PARENTHESIS.findall(text):
        depth += 1 if one == "(" else -1
        deepest = max(deepest, depth)
    return deepest


def _hashes(draft: Draft, file: str, line: Logical, start: int) -> tuple[tuple[str, str], ...] | None:
    """The hashes of ``--hash`` options; None where anything else stands there."""
    hashes: list[tuple[str, str]] = []
    position = start
    while position < len(line.text):
        found = _HASH.match(line.text, position)
        if found is None:
            _strange_option(draft, file, line, position)
            return None
        algorithm, _, digest = found.group(1).partition(":")
        length = DIGEST_LENGTHS.get(algorithm.lower())
        if length is None or not re.fullmatch(rf"[0-9a-fA-F]{{{length}}}", digest):
            message = "a hash is sha256:, sha384: or sha512: with a hexadecimal digest of full length"
            draft.complain((file, line, found.start(1)), SYNTAX, message)
            return None
        hashes.append((algorithm.lower(), digest.lower()))
        position = found.end()
        while position < len(line.text) and line.text[position].isspace():
            position += 1
    return tuple(hashes)


def _strange_option(draft: Draft, file: str, line: Logical, position: int) -> None:
    word = line.text[position:].split(None, 1)[0]
    place, shown = (file, line, position), foreign(redacted(word), limit=80)
    if _BUILD_OPTION.match(word):
        draft.complain(place, "POLICY_OPTION", f"{shown} would change how a distribution is built")
    else:
        draft.complain(place, SYNTAX, f"only --hash may follow a requirement, not {shown}")
