"""The last answer to the same requirements, kept with everything that it followed from.

A resolution follows from the requirements, the rules, the target, what the indexes list and what the
candidates need, and from nothing else. Where all of these are what they were, so is the resolution, and
no solver is asked.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from packaging.utils import NormalizedName, canonicalize_name

from driverenv import resolve, warm
from driverenv.model.answers import NowhereFound
from driverenv.model.requirement import Requirements
from driverenv.model.resolution import Available, Candidate, Conflict, Demand, Facts, Resolution, Rules
from driverenv.stories.workshop import Workshop

KIND = "settled"
_SCHEMA = "1"
Answers = Mapping[NormalizedName, Available | NowhereFound]


@dataclass(frozen=True, slots=True)
class Settled:
    """What requirements led to the last time."""

    names: tuple[NormalizedName, ...]
    """The projects that were asked for, whoever's they were."""
    absent: bool
    """Whether the first index lacked one of them."""
    needs: frozenset[str] = frozenset()
    """The candidates (`Candidate.key`) whose needs were looked at."""
    chosen: Mapping[NormalizedName, str] | None = None
    """The candidates of the resolution; None where there was none."""
    print: str = ""
    """Of everything that the resolution followed from."""


UNKNOWN = Settled((), absent=True)
"""These requirements are new here."""


def before(workshop: Workshop, requirements: Requirements) -> Settled:
    """What these requirements led to the last time."""
    raw = workshop.store.read(KIND, _key(workshop, requirements))
    return UNKNOWN if raw is None else _parsed(json.loads(raw))


def keep(
    workshop: Workshop,
    requirements: Requirements,
    *,
    demands: tuple[Demand, ...],
    facts: Facts,
    rules: Rules,
    result: Resolution | Conflict,
) -> str:
    """Remember what these requirements led to. Gives the print of what that followed from; "" for a conflict."""
    first = next(iter(workshop.policy.indexes), None)
    answers = facts.listings.values()
    print_ = print_of(demands, facts, rules, workshop) if isinstance(result, Resolution) else ""
    now = {
        "names": sorted(facts.listings),
        "absent": any(isinstance(one, NowhereFound) or one.listing.index != first for one in answers),
        "needs": sorted(facts.dependencies),
        "chosen": {one.candidate.project: one.candidate.key for one in result.pins}
        if isinstance(result, Resolution)
        else None,
        "print": print_,
    }
    data = json.dumps(now, separators=(",", ":")).encode()
    key = _key(workshop, requirements)
    if workshop.store.read(KIND, key) != data:
        workshop.store.write(KIND, key, data)
    return print_


def again(
    settled: Settled, demands: tuple[Demand, ...], facts: Facts, rules: Rules, workshop: Workshop
) -> Resolution | None:
    """The same resolution, where all that it followed from is the same; None where it must be sought anew."""
    if settled.chosen is None or settled.print != print_of(demands, facts, rules, workshop):
        return None
    target = workshop.interpreter.target
    return resolve.again(demands, facts, target, rules, settled.chosen)


def print_of(demands: tuple[Demand, ...], facts: Facts, rules: Rules, workshop: Workshop) -> str:
    """The print of everything that a resolution follows from; where it is written down makes no difference."""
    parts = [
        _SCHEMA,
        workshop.interpreter.identity,
        workshop.policy.described(without=frozenset({"fleet"})),
        *_ruled(rules),
    ]
    parts += [str(demand.requirement) for demand in demands]
    for project, answer in sorted(facts.listings.items()):
        parts += (project, *_listed(answer))
    for key, known in sorted(facts.dependencies.items()):
        parts += (key, repr(known))
    return warm.key(tuple(part.encode("utf-8", "surrogatepass") for part in parts))


def _ruled(rules: Rules) -> Iterable[str]:
    constraints = {
        project: [str(one.requirement) for one in demands] for project, demands in rules.constraints.items()
    }
    hashes = sorted((project, sorted(found)) for project, found in (rules.hashes or {}).items())
    return (
        repr(sorted(constraints.items())),
        repr((rules.hashes is None, hashes)),
        repr(sorted((project, str(one)) for project, one in rules.overrides.items())),
        repr(sorted(rules.corrections.items())),
        repr((rules.prereleases, rules.yanked, rules.exact, sorted(rules.groups))),
    )


def _listed(answer: Available | NowhereFound) -> Iterable[str]:
    if isinstance(answer, NowhereFound):
        return ("nowhere",)
    files = (repr((*one.file, one.is_wheel, one.tag_rank, one.build)) for one in answer.candidates)
    return (answer.listing.index.location, repr(answer.listing.public), *files)


def candidates(settled: Settled, answers: Answers) -> tuple[Candidate, ...]:
    """The candidates whose needs were looked at, as far as they are there still."""
    return tuple(
        one
        for answer in answers.values()
        if isinstance(answer, Available)
        for one in answer.candidates
        if one.key in settled.needs
    )


def _parsed(known: Mapping[str, Any]) -> Settled:
    chosen = known["chosen"]
    return Settled(
        tuple(map(canonicalize_name, known["names"])),
        absent=known["absent"],
        needs=frozenset(known["needs"]),
        chosen=None if chosen is None else {canonicalize_name(name): key for name, key in chosen.items()},
        print=known["print"],
    )


def _key(workshop: Workshop, requirements: Requirements) -> str:
    roots = sorted(str(root.requirement) for root in requirements.roots)
    indexes = (index.location for index in workshop.policy.indexes)
    return "\n".join((workshop.interpreter.identity, workshop.policy.mode, *indexes, "", *roots))
