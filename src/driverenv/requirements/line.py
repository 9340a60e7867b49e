"""One logical line of a requirements file that is no option: a requirement with its hashes, or a reason why not."""

from __future__ import annotations

import re

from packaging.requirements import InvalidRequirement, Requirement

from driverenv.errors import foreign
from driverenv.model.requirement import Root, Source
from driverenv.requirements.diagnosis import diagnose
from driverenv.requirements.draft import Draft
from driverenv.requirements.problem import SYNTAX, redacted
from driverenv.requirements.text import Logical

MAX_LENGTH = 10_000
VARIABLE = re.compile(r"\$\{(\w+)\}")

_OPTIONS = re.compile(r"\s+(?=-)")
_VCS = re.compile(r"(?:^|@\s*)(?:(?:git|hg|svn|bzr)(?:\+|://)|git@)", re.IGNORECASE)
_FILE = re.compile(r"(?:^|@\s*)file:", re.IGNORECASE)
_URL = re.compile(r"(?:^|@\s*)[a-z][a-z0-9+.-]*://", re.IGNORECASE)
_NAME_ENDS = re.compile(r"[\s<>=!~;\[(@#,\"']")
_PATH = re.compile(r"^(?:[.~]|[A-Za-z]:[\\/])|[\\/]|\.(?:whl|egg|zip|tgz|tar|tar\.\w+)$", re.IGNORECASE)

_LONG_NUMBER = re.compile(r"\d{1000}")
_HASH = re.compile(r"--hash(?:=|\s+)(\S+)")
_DIGEST_LENGTHS = {"sha256": 64, "sha384": 96, "sha512": 128}
_BUILD_OPTION = re.compile(r"--(?:global-option|install-option|build-option|config-settings?)\b|-C\b")


def refusal(text: str) -> tuple[str, str] | None:
    """Code and reason where `text` names a place instead of a project."""
    if _VCS.search(text):
        return "POLICY_VCS", "a repository of source code is no index"
    if _FILE.search(text):
        return "POLICY_PATH", "a file is named directly instead of a project of the index"
    if _URL.search(text):
        return "POLICY_URL", "a URL is named directly instead of a project of the index"
    if _PATH.search(_NAME_ENDS.split(text, maxsplit=1)[0]):
        return "POLICY_PATH", "a path is named instead of a project of the index"
    return None


def requirement(
    draft: Draft, file: str, line: Logical, *, constraint: bool, numbered: bool = True, stated: str = ""
) -> None:
    """Add the requirement that `line` says, or what is wrong with it; `stated` is how the file says it, if otherwise."""
    cut = _OPTIONS.search(line.text)
    text = line.text[: cut.start()] if cut else line.text
    if len(text) > MAX_LENGTH:
        draft.complain((file, line, 0), SYNTAX, f"a requirement has at most {MAX_LENGTH:,} characters")
        return
    refused = refusal(text)
    if refused is not None:
        draft.complain((file, line, 0), *refused)
        return
    parsed = _parse(draft, file, line, text)
    hashes = _hashes(draft, file, line, cut.end()) if cut else ()
    if parsed is None or hashes is None:
        return
    if constraint and parsed.extras:
        draft.complain((file, line, text.find("[")), SYNTAX, "a constraint has no extras")
        return
    said = _OPTIONS.split(stated, maxsplit=1)[0] if stated else text
    source = Source(file, line.line if numbered else 0, said)
    (draft.constraints if constraint else draft.roots).append(Root(parsed, source, hashes))


def _parse(draft: Draft, file: str, line: Logical, text: str) -> Requirement | None:
    number = _LONG_NUMBER.search(text)
    if number is not None:
        draft.complain((file, line, number.start()), SYNTAX, "a number has too many digits")
        return None
    try:
        stated = Requirement(text)
    except InvalidRequirement as error:
        found = diagnose(text, error)
        draft.complain((file, line, found.offset), SYNTAX, found.message, meaning=found.meaning)
        return None
    except RecursionError:
        draft.complain((file, line, text.find("(")), SYNTAX, "parentheses are nested too deeply")
        return None
    if stated.url is not None:
        meaning = f"{stated.name}=={stated.url}" if stated.url[:1].isdigit() else ""
        draft.complain(
            (file, line, text.find("@")), SYNTAX, "@ is for URLs, and this is none", meaning=meaning
        )
        return None
    return stated


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
        length = _DIGEST_LENGTHS.get(algorithm.lower())
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
