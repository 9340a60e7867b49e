"""What is wrong with a requirements file: all of it in one error, each with its place and probable meaning."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from driverenv.errors import DriverEnvError, PolicyViolation, RequirementsInvalid, foreign, masked
from driverenv.requirements.limits import PROBLEMS

_SHOWN = 50
_WIDTH = 110
_SETTING = re.compile(r"((?:--config-settings?|-C)[=\s]\s*[^=\s]*=)\S+")

SYNTAX = "REQUIREMENTS_SYNTAX"
MISSING = "REQUIREMENTS_MISSING"
INCLUDE, INCLUDED_URL, INCLUDED_PATH, INCLUDED_GONE, TOML, GROUP, BUNDLED, NO_DIGEST, TOO_MUCH = (
    "include",
    "included-url",
    "included-path",
    "included-gone",
    "toml",
    "group",
    "bundled",
    "no-digest",
    "too-much",
)
"""Reasons with a remedy of their own, where the code's would not help."""

REMEDIES = {
    SYNTAX: "correct the file; every line is NAME, NAME==1.2 or NAME>=1.0,<2.0, one requirement each",
    MISSING: "give the path of a driver's folder, or of a requirements file that is there",
    "POLICY_URL": "write NAME==VERSION, which is taken from an index; "
    "put the file into the local index if no index has it yet; "
    "addresses of files, each with its #sha256=, can be allowed in the site's settings: direct_urls",
    "POLICY_VCS": "write NAME==VERSION, which is taken from an index; "
    "build a wheel of the project and put it into the local index if no index has it yet",
    NO_DIGEST: "add the digest of the file to its address: #sha256= and its 64 hexadecimal digits",
    BUNDLED: "put a wheel into the driver's folder and name it by its path there, such as ./wheels/NAME.whl",
    TOML: "correct the file where the message says; PEP 723, 621, 735 and 751 show how such a file is written",
    TOO_MUCH: "name the requirements themselves only, and constrain the rest in the site's settings; "
    "or make a lock file of them",
    GROUP: "name a group that is there, or leave it out",
    INCLUDE: "let files include each other in one direction only, and no more than ten deep",
    INCLUDED_URL: "put the included file into the driver's folder and name it by its path there",
    INCLUDED_GONE: "put the included file where the line says, relative to the file that includes it; or take the line out",
    INCLUDED_PATH: "keep included files inside the driver's folder",
    "POLICY_INDEX": "take the option out: the site's settings say which indexes are asked, not a driver's file; "
    "an index that is named there (local, extra, public) makes the line harmless",
    "POLICY_PATH": "write NAME==VERSION, which is taken from an index; put the file into the local index; "
    "wheels in the driver's own folder can be allowed in the site's settings: bundled",
    "POLICY_TLS": "take the option out; if an index needs it, ask who runs this site: a certificate authority belongs "
    "into the trust store of this machine or into the site's settings (ca_file of the index; verify, proxy likewise)",
    "POLICY_ENV": "write names and versions without variables; if the variable holds a password or token for an index, "
    "take it out and ask who runs this site: credentials belong in the site's settings, never in a driver's file; "
    "others can be allowed there: expand_vars",
    "POLICY_OPTION": "take the option out, and put a ready wheel into the local index where the build needs it",
}


class Problem(NamedTuple):
    """One thing that is wrong, and where."""

    code: str
    file: str
    line: int
    column: int
    raw: str
    message: str
    meaning: str = ""
    """What the author probably meant, ready to be written."""
    reason: str = ""
    """The key of the remedy, where it is not that of the code."""

    @property
    def place(self) -> str:
        """File, line and column; the file alone where there are no lines."""
        return f"{self.file}:{self.line}:{self.column}" if self.line else self.file


def complaint(problems: Sequence[Problem], shown: str) -> DriverEnvError:
    """All problems as one error: `RequirementsInvalid` where anything is malformed, else `PolicyViolation`."""
    invalid = [problem for problem in problems if problem.code in (SYNTAX, MISSING)]
    first = (invalid or problems)[0]
    kind = RequirementsInvalid if invalid else PolicyViolation
    if len(problems) == 1:
        where = f"{first.file} line {first.line}" if first.line else first.file
        summary = f"{where}: {first.message}"
    else:
        summary = f"{shown}: {len(problems):,} lines cannot be used"
        if len(problems) >= PROBLEMS:
            summary += ", and what comes after them was not read"
    facts = [("problem", _tell(problem, first.code)) for problem in problems[:_SHOWN]]
    if len(problems) > _SHOWN:
        facts.append(("problem", f"and {len(problems) - _SHOWN} more"))
    if len(problems) == 1 and not (first.raw or first.meaning):  # the summary says it all
        facts = []
    reasons = dict.fromkeys(problem.reason or problem.code for problem in problems)
    return kind(
        summary,
        code=first.code,
        facts=tuple(facts),
        remedies=tuple(REMEDIES[reason] for reason in reasons),
        data={"problems": [_as_data(problem) for problem in problems]},
    )


@lru_cache(maxsize=32)  # many problems may stand on one line
def redacted(text: str) -> str:
    """`text` without what may be a password or a token in it: in URLs, also in malformed ones, and in options."""
    return _SETTING.sub(r"\1***", masked(text))


def _tell(problem: Problem, main: str) -> str:
    code = "" if problem.code == main else f"{problem.code}: "
    lines = [f"{problem.place}: {code}{problem.message}"]
    if problem.raw:
        before, after = _cut(problem.raw, problem.column - 1)
        before = foreign(before[-_WIDTH:], limit=4 * _WIDTH)
        lines += ["    " + before + foreign(after, limit=_WIDTH), "    " + " " * len(before) + "^"]
    if problem.meaning:
        lines.append(f"probably meant: {problem.meaning}")
    return "\n".join(lines)


def _cut(raw: str, offset: int) -> tuple[str, str]:
    """The line before and after the caret; where something in it is masked, the caret stands there at the latest."""
    shown = redacted(raw)
    if shown != raw:
        same = next(
            (at for at, (one, other) in enumerate(zip(raw, shown, strict=False)) if one != other), offset
        )
        offset = min(offset, same)
    return shown[:offset], shown[offset:]


def _as_data(problem: Problem) -> dict[str, object]:
    data = problem._asdict()
    data["text"] = foreign(redacted(data.pop("raw")))
    del data["reason"]
    return data
