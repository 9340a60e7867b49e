"""Ask, solve, ask again: from requirements to a resolution, by way of facts.

The solver is pure and asks `Questions`; this module has them answered, many at once, and keeps
what was learned within one launch. What is known from earlier launches comes from `remembering`.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from packaging.utils import NormalizedName

from driverenv import index, resolve
from driverenv.candidates import Sieve
from driverenv.errors import DriverEnvError
from driverenv.events import Resolving, Solved, Warned
from driverenv.model.answers import Found, NowhereFound
from driverenv.model.requirement import Requirements, Target
from driverenv.model.resolution import (
    Available,
    Candidate,
    Conflict,
    Demand,
    Facts,
    Questions,
    Resolution,
    Rules,
)
from driverenv.model.site import Policy
from driverenv.stories import remembering
from driverenv.stories.remembering import Known
from driverenv.stories.workshop import Workshop

ReadFile = Callable[[Candidate], Known]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What solving came to, and all that was known then."""

    result: Resolution | Conflict
    facts: Facts
    requirements: Requirements
    rules: Rules

    @property
    def demands(self) -> tuple[Demand, ...]:
        """What the requirements ask for."""
        return resolve.demands(self.requirements)


@dataclass(frozen=True, slots=True)
class Terms:
    """What requirements, policy and target come to, before anybody is asked."""

    sieve: Sieve
    demands: tuple[Demand, ...]
    rules: Rules


def terms(requirements: Requirements, target: Target, policy: Policy) -> Terms:
    """What a resolution goes by, beside the facts. Pure: a replay goes by the same."""
    return Terms(
        Sieve(target, requirements=requirements, builds=policy.builds),
        resolve.demands(requirements),
        resolve.rules(requirements, target, prereleases=policy.prereleases),
    )


@dataclass(frozen=True, slots=True)
class _Ledger:
    """What one resolve has learned; grows only."""

    listings: dict[NormalizedName, Available | NowhereFound] = field(default_factory=dict)
    dependencies: dict[str, Known] = field(default_factory=dict)

    def facts(self) -> Facts:
        return Facts(dict(self.listings), dict(self.dependencies))


def settle(
    workshop: Workshop,
    requirements: Requirements,
    read_file: ReadFile,
    *,
    truths: Mapping[str, Known] | None = None,
) -> Outcome:
    """Ask and solve until there is an outcome.

    `truths` is what is known already, by `Candidate.key`, whatever indexes and files say.
    Raises `IndexUnavailable` where an index could not answer, `Unresolvable` (`TOO_DEEP`), and what
    `read_file` failed with where the solver needs that very candidate.
    """
    target = workshop.interpreter.target
    by = terms(requirements, target, workshop.policy)
    ledger, memory = _Ledger(dependencies=dict(truths or {})), resolve.Memory()
    while True:
        facts = ledger.facts()
        workshop.learned(requirements, facts)
        result = resolve.solve(by.demands, facts, target, by.rules, memory=memory)
        if not isinstance(result, Questions):
            break
        workshop.on_event(Resolving(len(ledger.listings), len(ledger.dependencies)))
        with traced(by.demands, facts):
            _answer(workshop, by.sieve, ledger, result, read_file)
    if isinstance(result, Resolution) and not workshop.building:
        for code, text in resolve.notes(result, facts, by.rules):
            workshop.on_event(Warned(code, text))
        local = sum(not pin.candidate.public for pin in result.pins)
        workshop.on_event(Solved(len(result.pins), local))
    return Outcome(result, facts, requirements, by.rules)


@contextlib.contextmanager
def traced(demands: Sequence[Demand], facts: Facts) -> Iterator[None]:
    """Add to an error about a project how the requirements lead there, unless it says so itself."""
    try:
        yield
    except DriverEnvError as error:
        way = resolve.way_to(str(error.data.get("project")), demands, facts)
        if not way or any(label == "required by" for label, _ in error.facts):
            raise
        raise error.with_facts(("required by", resolve.tell(way))) from error


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
    known = remembering.recalled(workshop, questions.candidates)
    unknown = [candidate for candidate in questions.candidates if candidate.key not in known]
    learned = index.dependencies(
        unknown, transport=workshop.transport, read_file=read_file, on_event=workshop.on_event
    )
    remembering.told(workshop, unknown, learned)
    ledger.dependencies.update({**known, **learned})
