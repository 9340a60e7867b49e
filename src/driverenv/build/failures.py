"""What to say where an sdist does not become a wheel."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from driverenv.build.diagnosis import find_cause, last_lines, last_text
from driverenv.errors import BuildFailed, PolicyViolation, foreign


class Asked(NamedTuple):
    """The sdist that is to be built, as it was offered."""

    project: str
    version: str
    filename: str
    sha256: str

    @property
    def name(self) -> str:
        """Project and version, as a candidate's text has them."""
        return f"{self.project} {self.version}"

    @property
    def data(self) -> dict[str, str]:
        """For programs."""
        return {"project": self.project, "version": self.version, "file": self.filename}


def failed(asked: Asked, detail: str, log: Path | None = None, *, code: str = "") -> BuildFailed:
    """`BuildFailed`: what happened, the likely cause, the end of the log and where all of it is."""
    text = last_text(log) if log else ""
    cause = find_cause(text)
    facts = [("sdist", foreign(asked.filename)), ("what happened", foreign(detail))]
    facts += [("likely cause", cause.text)] if cause else []
    facts += [("end of log", last_lines(text))] if text.strip() else []
    facts += [("whole log", str(log))] if log else []
    remedy = (
        cause.remedy if cause else "put a wheel of it on the local index: then nothing has to be built here"
    )
    return BuildFailed(
        f"{asked.name} has only an sdist, and that could not be built into a wheel",
        code=code,
        facts=tuple(facts),
        remedies=(remedy,),
        data={**asked.data, "log": str(log) if log else None, "cause": cause.text if cause else None},
    )


def timed_out(asked: Asked, seconds: float, log: Path) -> BuildFailed:
    """The build did not end; it was ended."""
    return failed(
        asked, f"the build did not end within {seconds:g} s and was stopped", log, code="BUILD_TIMEOUT"
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
