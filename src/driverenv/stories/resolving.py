"""Ask, solve, ask again: from requirements to a resolution, by way of facts.

The solver is pure and asks `Questions`; this module has them answered, many at once, and keeps
what was learned: within one launch in memory, across launches in the store, by sha256.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from packaging.requirements import Requirement
from packaging.utils import NormalizedName, canonicalize_name

from driverenv import index, resolve
from driverenv.candidates import Sieve
from driverenv.events import Resolving, Solved, Warned
from driverenv.model.answers import Found, NowhereFound
from driverenv.model.requirement import Requirements
from driverenv.model.resolution import (
    Available,
    Candidate,
    Conflict,
    Dependencies,
    Facts,
    Failed,
    Questions,
    Resolution,
    Rules,
    Unusable,
)
from driverenv.stories.workshop import Workshop

KIND = "metadata"
Known = Dependencies | Unusable | Failed
ReadFile = Callable[[Candidate], Known]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What solving came to, and all that was known then."""

    result: Resolution | Conflict
    facts: Facts
    requirements: Requirements
    rules: Rules


@dataclass(frozen=True, slots=True)
class _Ledger:
    """What one resolve has learned; grows only."""

    listings: dict[NormalizedName, Available | NowhereFound] = field(default_factory=dict)
    dependencies: dict[str, Known] = field(default_factory=dict)

    def facts(self) -> Facts:
        return Facts(dict(self.listings), dict(self.dependencies))


def settle(workshop: Workshop, requirements: Requirements, read_file: ReadFile) -> Outcome:
    """Ask and solve until there is an outcome.

    Raises `IndexUnavailable` where an index could not answer, `Unresolvable` (`TOO_DEEP`), and what
    `read_file` failed with where the solver needs that very candidate.
    """
    target = workshop.interpreter.target
    sieve = Sieve(target, requirements=requirements, builds=workshop.policy.builds)
    demands = resolve.demands(requirements)
    rules = resolve.rules(requirements, target, prereleases=workshop.policy.prereleases)
    ledger, memory = _Ledger(), resolve.Memory()
    while True:
        facts = ledger.facts()
        result = resolve.solve(demands, facts, target, rules, memory=memory)
        if not isinstance(result, Questions):
            break
        workshop.on_event(Resolving(len(ledger.listings), len(ledger.dependencies)))
        _answer(workshop, sieve, ledger, result, read_file)
    if isinstance(result, Resolution) and not workshop.building:
        for code, text in resolve.notes(result, facts, rules):
            workshop.on_event(Warned(code, text))
        local = sum(not pin.candidate.public for pin in result.pins)
        workshop.on_event(Solved(len(result.pins), local))
    return Outcome(result, facts, requirements, rules)


def _answer(
    workshop: Workshop, sieve: Sieve, ledger: _Ledger, questions: Questions, read_file: ReadFile
) -> None:
    answers = index.listings(
        questions.projects,
        workshop.policy,
        transport=workshop.transport,
        on_event=workshop.on_event,
        asker=workshop.asker,
    )
    for project, answer in answers.items():
        ledger.listings[project] = sieve.sift(project, answer) if isinstance(answer, Found) else answer
    ledger.dependencies.update(_dependencies(workshop, questions.candidates, read_file))


def _dependencies(
    workshop: Workshop, candidates: Sequence[Candidate], read_file: ReadFile
) -> Mapping[str, Known]:
    known: dict[str, Known] = {}
    for candidate in candidates:
        found = _remembered(workshop, candidate)
        if found is not None:
            known[candidate.key] = found
    unknown = [candidate for candidate in candidates if candidate.key not in known]
    learned = index.dependencies(unknown, transport=workshop.transport, read_file=read_file)
    for candidate in unknown:
        _remember(workshop, candidate, learned[candidate.key])
    return {**known, **learned}


def _key(workshop: Workshop, candidate: Candidate) -> str | None:
    """Metadata of a wheel follows from its bytes; that of an sdist also from who builds it."""
    sha256 = candidate.file.digest("sha256")
    if sha256 is None or candidate.is_wheel:
        return sha256
    return f"{sha256} {workshop.interpreter.identity}"


def _remembered(workshop: Workshop, candidate: Candidate) -> Dependencies | None:
    key = _key(workshop, candidate)
    raw = workshop.store.read(KIND, key) if key else None
    if raw is None:
        return None
    data = json.loads(raw)
    return Dependencies(
        requires=tuple(Requirement(text) for text in data["requires"]),
        requires_python=data["requires_python"],
        extras=frozenset(canonicalize_name(extra) for extra in data["extras"]),
    )


def _remember(workshop: Workshop, candidate: Candidate, known: Known) -> None:
    key = _key(workshop, candidate)
    if key is None or not isinstance(known, Dependencies):
        return
    data = {
        "requires": [str(requirement) for requirement in known.requires],
        "requires_python": known.requires_python,
        "extras": sorted(known.extras),
    }
    workshop.store.write(KIND, key, json.dumps(data, separators=(",", ":")).encode())
