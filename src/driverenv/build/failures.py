"""What to say where an sdist does not become a wheel."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from driverenv._cell.terms import TIME, Limits, Report
from driverenv.build.causes import WHEEL
from driverenv.build.diagnosis import Cause, find_cause, last_lines, last_text
from driverenv.build.limits import WORDS, shown
from driverenv.errors import BuildFailed, PolicyViolation, foreign

_KILLED = 9
"""The signal."""


class Asked(NamedTuple):
    """The sdist that is to be built, as it was offered."""

    project: str
    version: str
    filename: str
    sha256: str
    python: tuple[int, int] = (3, 0)
    """What it is built for."""

    @property
    def name(self) -> str:
        """Project and version, as a candidate's text has them."""
        return f"{self.project} {self.version}"

    @property
    def data(self) -> dict[str, str]:
        """For programs."""
        return {"project": self.project, "version": self.version, "file": self.filename}


def failed(asked: Asked, detail: str, log: Path | None = None) -> BuildFailed:
    """`BuildFailed`: what happened, the likely cause, the end of the log and where all of it is."""
    return _failed(asked, detail, log, _cause(asked, log))


def _cause(asked: Asked, log: Path | None) -> Cause | None:
    return find_cause(last_text(log), project=asked.project, python=asked.python) if log else None


def _failed(
    asked: Asked, detail: str, log: Path | None, cause: Cause | None, *, code: str = "", limit: str = ""
) -> BuildFailed:
    text = last_text(log) if log else ""
    facts = [("sdist", foreign(asked.filename)), ("what happened", foreign(detail))]
    facts += [("likely cause", cause.text)] if cause and cause.text else []
    facts += [("end of log", last_lines(text))] if text.strip() else []
    facts += [("whole log", str(log))] if log else []
    remedy = (
        cause.remedy if cause else "put a wheel of it on the local index: then nothing has to be built here"
    )
    told = {
        "log": str(log) if log else None,
        "cause": cause.text if cause else None,
        "older": cause.older or None if cause else None,
        "limit": limit or None,
    }
    return BuildFailed(
        f"{asked.name} has only an sdist, and that could not be built into a wheel",
        code=code,
        facts=tuple(facts),
        remedies=(remedy,),
        data={**asked.data, **told},
    )


def ended(asked: Asked, backend: str, status: int, limits: Limits, log: Path) -> BuildFailed:
    """Its code ended with an error; which may be how a limit shows itself."""
    cause = _cause(asked, log)
    if cause is not None and cause.limit:
        words = WORDS[cause.limit]
        value = shown(limits)[words.setting]
        detail = f"{cause.text}: a build may have {words.may_have.format(value)}"
        return _failed(asked, detail, log, cause, code="BUILD_LIMIT", limit=words.setting)
    how = f"ended with status {status}"
    if status == -_KILLED:
        how = "was killed by the system, which mostly means that the machine ran out of memory"
    return _failed(asked, f"its build backend {backend} {how}", log, cause)


def limit_reached(asked: Asked, report: Report, limits: Limits, log: Path) -> BuildFailed:
    """The build reached a limit and was ended, with everything that it had started."""
    words = WORDS[report.breach]
    happened = words.happened.format(shown(limits)[words.setting])
    if report.detail:
        happened = f"{happened}, or more than is right: {report.detail}"
    remedy = (
        f"if it is right to need more, raise `{words.setting}` in `build_limits` of the settings; or {WHEEL}"
    )
    code = "BUILD_TIMEOUT" if report.breach == TIME else "BUILD_LIMIT"
    return _failed(
        asked,
        f"{happened}, and was stopped, with everything that it had started",
        log,
        Cause("", remedy),
        code=code,
        limit=words.setting,
    )


def unconfined(asked: Asked, because: str) -> PolicyViolation:
    """What the policy requires, the machine does not give."""
    return PolicyViolation(
        f"{asked.name} has only an sdist, and this site builds in a sandbox only, which this machine does not give",
        code="BUILD_UNCONFINED",
        facts=(
            ("sdist", foreign(asked.filename)),
            ("policy", "build_sandbox = required"),
            ("why", foreign(because)),
        ),
        remedies=(
            "build it where the sandbox works, and put the wheel on the local index",
            "or let the system give it: user namespaces for this account (Linux)",
        ),
        data={**asked.data, "because": because},
    )


def cycle(asked: Asked, building: tuple[str, ...]) -> BuildFailed:
    """A build needs, in the end, itself."""
    chain = " -> ".join((*building[building.index(asked.name) :], asked.name))
    return BuildFailed(
        f"{asked.name} cannot be built: its build needs itself",
        code="BUILD_CYCLE",
        facts=(("sdist", foreign(asked.filename)), ("chain", chain)),
        remedies=("put a wheel of one of them on the local index: then nothing has to be built for it",),
        data={**asked.data, "chain": [*building, asked.name]},
    )


def forbidden(asked: Asked, builds: str) -> PolicyViolation:
    """The site does not build this."""
    whose = "sdists" if builds == "never" else "sdists of public indexes"
    return PolicyViolation(
        f"{asked.name} has only an sdist, and this site does not build {whose}",
        code="BUILD_FORBIDDEN",
        facts=(("sdist", foreign(asked.filename)), ("policy", f"builds = {builds}")),
        remedies=("put a wheel of it on the local index",),
        data=asked.data,
    )
