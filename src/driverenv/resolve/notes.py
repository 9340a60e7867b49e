"""What a person should know about a resolution that is good: pre-releases, withdrawn files, unknown extras."""

from __future__ import annotations

from driverenv.errors import foreign
from driverenv.model.resolution import Dependencies, Facts, Pin, Resolution, Rules
from driverenv.resolve.memory import provided

_LIMIT = 10
"""How many of anything one note names."""


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
    unknown = [told for pin in resolution.pins if (told := _unknown_extras(pin, facts))]
    if unknown:
        more = f"; and {len(unknown) - _LIMIT} more projects lack extras" if len(unknown) > _LIMIT else ""
        found.append(("UNKNOWN_EXTRA", f"{'; '.join(unknown[:_LIMIT])}{more}; nothing was added for it"))
    return tuple(found)


def _is_explicit(pin: Pin) -> bool:
    return any(demand.requirement.specifier.prereleases for demand in pin.demands)


def _unknown_extras(pin: Pin, facts: Facts) -> str:
    known = facts.dependencies.get(pin.candidate.key)
    if not pin.extras or not isinstance(known, Dependencies):
        return ""
    there = provided(known)
    unknown = [extra for extra in pin.extras if extra not in there]
    if not unknown:
        return ""
    shown = ", ".join(repr(foreign(extra, limit=60)) for extra in unknown[:_LIMIT])
    more = f" and {len(unknown) - _LIMIT} more" if len(unknown) > _LIMIT else ""
    return f"{pin.candidate} has no extra {shown}{more}"
