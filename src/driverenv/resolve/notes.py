"""What a person should know about a resolution that is good: pre-releases, withdrawn files, unknown extras."""

from __future__ import annotations

from collections.abc import Mapping

from packaging.utils import canonicalize_name

from driverenv.errors import foreign
from driverenv.model.requirement import Target
from driverenv.model.resolution import Candidate, Dependencies, Facts, Pin, Resolution, Rules
from driverenv.resolve.corrected import Known, believed, corrected
from driverenv.resolve.memory import provided
from driverenv.resolve.rules import BASELINE
from driverenv.resolve.want import applies

_LIMIT = 10
"""How many of anything one note names."""


def notes(resolution: Resolution, facts: Facts, rules: Rules) -> tuple[tuple[str, str], ...]:
    """Pairs of a stable code and a text, in the order of the pins."""
    found: list[tuple[str, str]] = []
    facts = corrected(facts, rules)
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


def incomplete(truths: Mapping[Candidate, Known], target: Target, rules: Rules) -> tuple[str, ...]:
    """What a lock lacks although its packages need it, or every driver of the site has it: one text, or none.

    `truths` is what the lock's packages say themselves. A lock is complete by definition: nothing is added.
    """
    if not rules.exact:
        return ()
    there = {candidate.project for candidate in truths}
    missing: dict[str, str] = {}
    for candidate, truth in truths.items():
        known = believed(candidate, truth, rules)
        for one in known.requires if isinstance(known, Dependencies) else ():
            if canonicalize_name(one.name) not in there and applies(one, target, ""):
                missing.setdefault(canonicalize_name(one.name), f"{foreign(one.name)} (for {candidate})")
    for project, demands in rules.constraints.items():
        if project not in there and any(one.source and one.source.file == BASELINE for one in demands):
            missing.setdefault(project, f"{project} (for {BASELINE})")
    if not missing:
        return ()
    more = f", and {len(missing) - _LIMIT} more" if len(missing) > _LIMIT else ""
    shown = ", ".join([missing[project] for project in sorted(missing)][:_LIMIT])
    return (f"the lock lacks what is needed: {shown}{more}; nothing was added to it",)


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
