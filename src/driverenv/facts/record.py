"""The noun of a facts document: what a resolution depends on, and how its launch ended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from packaging.utils import NormalizedName

from driverenv.errors import DriverEnvError
from driverenv.model.answers import Found, NowhereFound, ProjectFile
from driverenv.model.requirement import Requirements, Target
from driverenv.model.resolution import Available, Dependencies, Facts, Failed, Unusable
from driverenv.model.site import Policy

Known = Dependencies | Unusable | Failed


@dataclass(frozen=True, slots=True)
class Record:
    """Everything that a resolution depends on; and how the launch ended, where that does not follow from it."""

    driver: str
    """Absolute path, as the request had it."""
    name: str
    """The driver's readable name."""
    policy: Policy
    target: Target | None = None
    """None: the launch ended before the interpreter was known."""
    requirements: Requirements | None = None
    """None: it ended before they were read."""
    listings: Mapping[NormalizedName, Found | NowhereFound] = field(default_factory=dict)
    dependencies: Mapping[str, Known] = field(default_factory=dict)
    """By `Candidate.key`."""
    digests: Mapping[str, str] = field(default_factory=dict)
    """By `Candidate.key`: the SHA-256 of files that were fetched."""
    warnings: tuple[tuple[str, str], ...] = ()
    """Pairs of code and text."""
    error: DriverEnvError | None = None
    """What the launch failed with."""


def answers(
    facts: Facts, requirements: Requirements, policy: Policy
) -> dict[NormalizedName, Found | NowhereFound]:
    """The indexes' answers in `facts`, without what the resolution does not look at."""
    whole = any(root.hashes for root in (*requirements.roots, *requirements.constraints))
    return {
        project: _thin(one, whole=whole, dated=policy.exclude_newer is not None)
        if isinstance(one, Available)
        else one
        for project, one in facts.listings.items()
    }


def _thin(available: Available, *, whole: bool, dated: bool) -> Found:
    """Of a file that is no candidate: its name, and what it is judged by.

    A public page may list thousands of them. `whole`: hashes are judged by; `dated`: upload times are.
    """
    kept = {candidate.file.filename for candidate in available.candidates}
    listing = available.listing
    if whole:
        return listing
    files = (file if file.filename in kept else _bare(file, dated=dated) for file in listing.files)
    return replace(listing, files=tuple(files))


def _bare(file: ProjectFile, *, dated: bool) -> ProjectFile:
    return ProjectFile(
        file.filename,
        "",
        requires_python=file.requires_python,
        yanked=file.yanked,
        upload_time=file.upload_time if dated else None,
    )
