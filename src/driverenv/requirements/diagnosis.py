"""What the author of a malformed requirement probably meant, from the mistakes that real drivers were seen to have."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from packaging.requirements import InvalidRequirement, Requirement

from driverenv.requirements.text import comment


class Diagnosis(NamedTuple):
    """Where (offset in the text) it goes wrong, what is wrong there, and a line that would be right."""

    offset: int
    message: str
    meaning: str = ""


class _Mistake(NamedTuple):
    pattern: re.Pattern[str]
    message: str
    mend: Callable[[re.Match[str]], str] | None = None


def _blanks(match: re.Match[str]) -> str:
    return re.sub(r"[^\S ]|[\u200b\ufeff]", " ", match.string).strip()


def _unquoted(match: re.Match[str]) -> str:
    return match.string.replace(match.group(), "")


def _put(replacement: str) -> Callable[[re.Match[str]], str]:
    return lambda match: match.string[: match.start()] + replacement + match.string[match.end() :]


def _operator(match: re.Match[str]) -> str:
    return _put(match.group(1))(match)


def _equals(match: re.Match[str]) -> str:
    return _put("==")(match)


def _turned(match: re.Match[str]) -> str:
    return _put(match.group()[::-1])(match)


def _comma(match: re.Match[str]) -> str:
    return _put(match.group(1).rstrip() + ",")(match)


def _upper(match: re.Match[str]) -> str:
    before = match.string[: match.start()].rpartition(",")[2]
    return _put(",<")(match) if ">" in before else ""


def _apart(match: re.Match[str]) -> str:
    return _put("  " + match.group())(match)


def _quoted(match: re.Match[str]) -> str:
    return _put(f' "{match.group().strip()}"')(match)


def _lengthened(match: re.Match[str]) -> str:
    return _put(match.group() + ".0")(match)


def _unquote_version(match: re.Match[str]) -> str:
    return _put(match.group().strip(" \"'"))(match)


def _unstar(match: re.Match[str]) -> str:
    return _put(match.group().removesuffix(".*"))(match)


_STRANGE = _Mistake(
    re.compile(r"[^\S \t]|[\u200b\ufeff]"), "a blank of another kind (such as a non-breaking space)", _blanks
)

# In this order: a mistake that hides others comes first.
_MISTAKES = (
    _Mistake(re.compile(r"^(?:<{7}|={7}|>{7})"), "a conflict of a merge was left in the file"),
    _Mistake(
        re.compile(r"^pip3?\s+install\s+"),
        "a command stands here; the file wants the requirement alone",
        _put(""),
    ),
    _Mistake(re.compile(r"""^["'\u201c\u201d\u2018\u2019]+"""), "quotes around a requirement", _unquoted),
    _Mistake(re.compile(r"(?<=[^\s#])#.*"), "a comment needs a blank before its #", _apart),
    _Mistake(re.compile(r"\\\s*$"), "a backslash continues a line only as its very last character", _put("")),
    _Mistake(re.compile(r"(?<!=)==+\s*([<>]=?)"), "two operators in a row", _operator),
    _Mistake(re.compile(r"(?<!=)(?:={4,}|={2,3}\s+=+)"), "two operators in a row", _equals),
    _Mistake(re.compile(r"=[<>](?!=)"), "the operator is turned round", _turned),
    _Mistake(re.compile(r"(?<![=<>!~])=(?!=)"), "a single = compares nothing", _equals),
    _Mistake(re.compile(r"(?<=[=<>~!])\s*[\"'][^\"';]+[\"']"), "quotes around a version", _unquote_version),
    _Mistake(
        re.compile(r"(?<=[=<>~])(\s*[\w.*+!-]+\s*)(?=[<>=!~]=?)"),
        "a comma is missing between two comparisons",
        _comma,
    ),
    _Mistake(re.compile(r"(?:===|[=~!]=|[<>]=?)\s*(?=$|[,)])"), "no version stands after the operator"),
    _Mistake(
        re.compile(r"(?<=[\w\]])(\s+)(?=[A-Za-z][\w.-]*(?:\s|\[|[<>=!~]|$))"),
        "a second name stands on the line; each requirement has a line of its own",
    ),
    _Mistake(re.compile(r"\[[^\[\]]*$"), "the bracket of the extras is not closed"),
    _Mistake(re.compile(r"^[<>=!~]"), "a name is missing in front of the operator"),
    _Mistake(re.compile(r"\.\*(?=[.\w])"), ".* may stand at the end of a version only"),
    _Mistake(re.compile(r",\s*,"), "nothing stands between two commas", _put(",")),
    _Mistake(re.compile(r",\s*(?=\d)"), "the version after the comma has no operator", _upper),
    _Mistake(re.compile(r"(?<=[<>])=?\s*[\d.]+\.\*"), "a version with .* goes with == and != only", _unstar),
    _Mistake(re.compile(r"~=\s*\d+(?![\d.])"), "~= needs a version of two parts or more", _lengthened),
    _Mistake(re.compile(r"(?<=[\w\]])\s+(?=v?\d)"), "an operator is missing before the version", _put("==")),
    _Mistake(re.compile(r"(?<=[\w\]]):(?=\d)"), "a colon is no operator", _put("==")),
)


def checked(text: str) -> Requirement:
    """The requirement `text`. Raises `InvalidRequirement`, also where ``===`` takes an operator for a version."""
    found = Requirement(text)
    if any(one.version[:1] in "=<>" for one in found.specifier):
        raise InvalidRequirement("two operators in a row")
    return found


_MARKER_MISTAKES = (
    _Mistake(
        re.compile(r"(?<=[=<>~])\s*[\w.*]+(?=[\s)]|$)"), "a value in a marker stands in quotes", _quoted
    ),
    _Mistake(re.compile(r"(?<![=<>!~])=(?!=)"), "a single = compares nothing", _equals),
)
"""Those of the part after the semicolon; told only where mending them is enough."""


def diagnose(text: str, error: InvalidRequirement | None = None) -> Diagnosis:
    """The first mistake that is known, with a corrected line where correcting it makes the line valid."""
    head, semicolon, marker = text.partition(";")
    strange = _STRANGE.pattern.search(text)
    if strange is not None:
        return Diagnosis(strange.start(), _STRANGE.message, _valid(_blanks(strange), depth=3))
    if semicolon and _is_valid(head):
        return _of_marker(head, marker, error)
    for mistake in _MISTAKES:
        found = mistake.pattern.search(head)
        if found is not None:
            mended = mistake.mend(found) if mistake.mend else ""
            meaning = _valid(mended + semicolon + marker, depth=3) if mended else ""
            return Diagnosis(found.start() + _skip(found), mistake.message, meaning)
    return Diagnosis(_caret(str(error)), _reason(error))


def _of_marker(head: str, marker: str, error: InvalidRequirement | None) -> Diagnosis:
    for mistake in _MARKER_MISTAKES:
        found = mistake.pattern.search(marker)
        if found is not None and mistake.mend is not None:
            meaning = _valid(f"{head};{mistake.mend(found)}", depth=1)
            if meaning:
                return Diagnosis(len(head) + 1 + found.start(), mistake.message, meaning)
    return Diagnosis(max(_caret(str(error)), len(head)), f"the marker after ; is malformed: {_reason(error)}")


def _reason(error: InvalidRequirement | None) -> str:
    message = str(error).split("\n")[0] if error else "not a requirement"
    return message[:1].lower() + message[1:]


def _skip(match: re.Match[str]) -> int:
    """How far inside the match the mistake itself stands: after a version that lacks its comma."""
    return len(match.group(1)) if match.re.groups and not match.group().startswith("=") else 0


def _is_valid(text: str) -> bool:
    try:
        checked(text)
    except (ValueError, RecursionError):
        return False
    return True


def _valid(text: str, *, depth: int) -> str:
    """`text` if it is a requirement, else what further mending makes of it, else nothing."""
    bare = text[: comment(text)]
    if not bare or depth == 0:
        return ""
    if _is_valid(bare):
        return text.strip()
    head, semicolon, marker = bare.partition(";")
    for mistake in _MISTAKES:
        found = mistake.pattern.search(head)
        if found and mistake.mend:
            return _valid(mistake.mend(found) + semicolon + marker, depth=depth - 1)
    return ""


def _caret(message: str) -> int:
    last = message.rpartition("\n")[2]
    return max(last.find("^") - 4, 0) if last.endswith("^") else 0
