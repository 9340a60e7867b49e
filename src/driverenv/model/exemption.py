"""What a site knows better, or allows for a while: `Correction` and `Exemption`."""

from __future__ import annotations

from driverenv.model.index import one_of
from driverenv.model.noun import Noun


class Exemption(Noun):
    """A dated exception from the rules, for one project or pattern, with a reason and an owner.

    Args:
        project: a normalised name or a pattern ("acme-*").
        allow: "public" (the local indexes are passed over: public may serve it) or "build" (its
            sdists may be built whatever `builds` says) or "build-network" (its builds keep the network).
        until: the last day on which it holds, ISO 8601 ("2026-12-01").
        reason: why; every receipt shows it while it holds.
        owner: who answers for it.

    Raises:
        ValueError: `allow` is neither, the date is none, or a text is empty.
    """

    __slots__ = ("allow", "owner", "project", "reason", "until")

    project: str
    allow: str
    until: str
    reason: str
    owner: str

    def __init__(self, project: str, *, allow: str, until: str, reason: str, owner: str) -> None:
        one_of("allow", allow, ("public", "build", "build-network"))
        if not _is_day(until):
            raise ValueError(f"until must be a day such as 2026-12-01, not {until!r}")
        for name, text in (("project", project), ("reason", reason), ("owner", owner)):
            if not text.strip():
                raise ValueError(f"an exception needs its {name}")
        self._set(project=project, allow=allow, until=until, reason=reason, owner=owner)

    def __str__(self) -> str:
        """One line, as receipts and messages show it."""
        return f"allow {self.allow} {self.project} until {self.until}: {self.reason} ({self.owner})"


def _is_day(text: str) -> bool:
    from datetime import date  # noqa: PLC0415 (only where a policy has exceptions)

    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


class Correction(Noun):
    """What a site knows better than a release's own metadata, for releases that are broken and stay so.

    Where several corrections are for one release, the last one counts, for each field by itself. What an
    index or a file says is remembered as it was said; a correction is laid over it.

    Args:
        project: a normalised name.
        versions: a specifier set (PEP 440), such as "==0.15.33"; empty for every version.
        requires: what these releases need (PEP 508), in place of what they say; None leaves it.
        requires_python: the same for the Python they are for; None leaves it.

    Raises:
        ValueError: the project is empty, or nothing is corrected.
    """

    __slots__ = ("project", "requires", "requires_python", "versions")

    project: str
    versions: str
    requires: tuple[str, ...] | None
    requires_python: str | None

    def __init__(
        self,
        project: str,
        *,
        versions: str = "",
        requires: tuple[str, ...] | list[str] | None = None,
        requires_python: str | None = None,
    ) -> None:
        if not project.strip():
            raise ValueError("a correction needs its project")
        if requires is None and requires_python is None:
            raise ValueError("a correction needs requires, requires_python, or both")
        self._set(
            project=project,
            versions=versions,
            requires=None if requires is None else tuple(requires),
            requires_python=requires_python,
        )
