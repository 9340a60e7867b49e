"""What a person should know about a resolution that is good: pre-releases, withdrawn files, unknown extras."""

from __future__ import annotations

from packaging.utils import canonicalize_name

from driverenv.errors import foreign
from driverenv.model.resolution import Dependencies, Facts, Pin, Resolution, Rules


def notes(resolution: Resolution, facts: Facts, rules: Rules) -> tuple[tuple[str, str], ...]:
    """Pairs of a stable code and a text, in the order of the pins."""
    found: list[tuple[str, str]] = []
    for pin in resolution.pins:
        candidate = pin.candidate
        if candidate.file.yanked is not None:
            why = f": {foreign(candidate.file.yanked)}" if candidate.file.yanked else ""
            found.append(("YANKED", f"{candidate} was withdrawn by its authors{why}"))
        if candidate.version.is_prerelease and rules.prereleases != "allow" and not _is_explicit(pin):
            found.append(("PRERELEASE", f"{candidate} is a pre-release: no final release fits"))
        found += _unknown_extras(pin, facts)
    return tuple(found)


def _is_explicit(pin: Pin) -> bool:
    return any(demand.requirement.specifier.prereleases for demand in pin.demands)


def _unknown_extras(pin: Pin, facts: Facts) -> list[tuple[str, str]]:
    known = facts.dependencies.get(pin.candidate.key)
    if not isinstance(known, Dependencies):
        return []
    return [
        ("UNKNOWN_EXTRA", f"{pin.candidate} has no extra {foreign(extra)!r}; nothing was added for it")
        for extra in pin.extras
        if extra not in known.extras and not _is_named(extra, known)
    ]


def _is_named(extra: str, known: Dependencies) -> bool:
    """Old metadata has markers with extras that it does not list."""
    markers = (canonicalize_name(str(requirement.marker)) for requirement in known.requires)
    return any(f'"{extra}"' in marker for marker in markers)
