"""What one look at one thing of a site found (`Finding`): the lines of a check-up."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

OK, WARN, FAIL = "ok", "warn", "fail"
STATUSES = (OK, WARN, FAIL)
"""From the best to the worst."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of a check-up.

    Args:
        code: stable, lower-case words with hyphens: "index-certificate".
        status: "ok", "warn" (it works, and should be looked at) or "fail" (launches will fail, or may).
        what: what was looked at, in a word or two.
        detail: what was found; a sentence without a full stop. Foreign text in it is escaped already.
        remedy: what to do, a sentence or a ready command, each on a line; "" where nothing is to be done.
        data: the same for programs, JSON-able.
    """

    code: str
    status: str
    what: str
    detail: str
    remedy: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """The JSON shape."""
        told = {"code": self.code, "status": self.status, "what": self.what, "detail": self.detail}
        return {**told, "remedy": self.remedy or None, "data": dict(self.data)}


@dataclass(frozen=True, slots=True)
class Section:
    """The findings about one thing: an index, the home folder."""

    name: str
    """What it is called: "local index lab (http://pypi.lab:8036)"."""
    findings: tuple[Finding, ...]

    @property
    def status(self) -> str:
        """The worst of its findings."""
        return worst(finding.status for finding in self.findings)

    def as_dict(self) -> dict[str, Any]:
        """The JSON shape."""
        findings = [finding.as_dict() for finding in self.findings]
        return {"name": self.name, "status": self.status, "findings": findings}


def worst(statuses: Iterable[str]) -> str:
    """The worst of them; "ok" of none."""
    return max(statuses, key=STATUSES.index, default=OK)
