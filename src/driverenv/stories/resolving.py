"""Ask, solve, ask again: from requirements to a resolution, by way of facts.

The solver is pure and asks `Questions`; this module has them answered, many at once, and keeps
what was learned within one launch. What is known from earlier launches comes from `remembering`.
"""

from __future__ import annotations

import contextlib
import hashlib
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from packaging.utils import NormalizedName, canonicalize_name

from driverenv import fetch, index, resolve
from driverenv.candidates import Sieve
from driverenv.errors import DriverEnvError
from driverenv.events import Event, Listener, Resolving, Solved, Warned
from driverenv.model.answers import Found, NowhereFound, ProjectFile
from driverenv.model.requirement import Requirements, Root, Target
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
from driverenv.stories import remembering, settled
from driverenv.stories.remembering import Known
from driverenv.stories.settled import Settled
from driverenv.stories.workshop import Workshop

ReadFile = Callable[[Candidate], Known]

_ENDS = ("-", ".tar.gz", ".zip")
"""What follows the version in the name of a file."""

RESOLVE_SECONDS = 120.0
"""How long a whole resolve may take; the time in which sdists are built is not counted, it has its own bounds."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What solving came to, and all that was known then."""

    result: Resolution | Conflict
    facts: Facts
    requirements: Requirements
    rules: Rules
    baseline: tuple[str, ...] = ()
    """What the site adds to the requirements of every driver."""
    memory: resolve.Memory = field(default_factory=resolve.Memory, compare=False, repr=False)
    """What the solver worked out; it saves work, and follows from the rest."""
    print: str = ""
    """Of everything that the resolution followed from; "" where it was a trial, or is a conflict."""

    @property
    def demands(self) -> tuple[Demand, ...]:
        """What the requirements ask for, and the site's baseline."""
        return resolve.demands(self.requirements, self.baseline)


@dataclass(frozen=True, slots=True)
class Terms:
    """What requirements, policy and target come to, before anybody is asked."""

    sieve: Sieve
    demands: tuple[Demand, ...]
    rules: Rules
    direct: Mapping[NormalizedName, Root]
    """The lines that name a file themselves."""
    held: frozenset[NormalizedName] = frozenset()
    """Projects whose version and hashes a lock pins."""


def terms(requirements: Requirements, target: Target, policy: Policy, *, building: bool = False) -> Terms:
    """What a resolution goes by, beside the facts. Pure: a replay goes by the same.

    What every driver of the site has besides (`Policy.baseline`) is not for the environments of builds.
    Raises `SettingsInvalid` where a requirement of the policy is none, and `Unresolvable` where two lines
    name different files of one project.
    """
    baseline = () if building else policy.baseline
    rules = resolve.rules(
        requirements,
        target,
        prereleases=policy.prereleases,
        yanked=policy.yanked,
        constraints=policy.constraints,
        overrides=policy.overrides,
        baseline=baseline,
        corrections=policy.corrections,
    )
    sieve = Sieve(
        target,
        requirements=requirements,
        builds=policy.builds,
        may_build=tuple(one.project for one in policy.exceptions if one.allow == "build"),
        exclude_newer=policy.exclude_newer,
        corrections=rules.corrections,
    )
    named = resolve.named_files(requirements, target)
    held = frozenset(one.project for one in requirements.constraints if one.hashes)
    return Terms(sieve, resolve.demands(requirements, baseline), rules, named, held)


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
    listings: Mapping[NormalizedName, Available | NowhereFound] | None = None,
    seconds: float = RESOLVE_SECONDS,
) -> Outcome:
    """Ask and solve until there is an outcome.

    `truths` is what is known already, by `Candidate.key`, whatever indexes and files say. `listings` is what
    indexes answered already about the very same target and requirements; then this is a trial, and the next
    launch learns nothing of it.
    `seconds` bounds the whole of it.
    Raises `IndexUnavailable` where an index could not answer, `Unresolvable` (`TOO_DEEP`), `SettingsInvalid`
    where a requirement of the policy is none, and what `read_file` failed with where the solver needs
    that very candidate.
    """
    by = terms(requirements, workshop.interpreter.target, workshop.policy, building=bool(workshop.building))
    if workshop.sieves is not None:
        sieve = workshop.sieves.get(by.sieve.key)
        by = replace(by, sieve=sieve or workshop.sieves.setdefault(by.sieve.key, by.sieve.remembering()))
    ledger = _Ledger(dict(listings or {}), dict(truths or {}))
    watch, begun, memory = _Watch(seconds), time.monotonic(), resolve.Memory()
    likely = settled.before(workshop, requirements)
    is_new = likely.absent and bool(by.demands)
    index.look_ahead(likely.names, workshop.policy, asker=workshop.asker, root=is_new, direct=by.direct)
    found = None if truths or listings is not None else _as_before(workshop, requirements, by, ledger, likely)
    result = found or _sought(
        workshop, requirements, by, ledger, memory=memory, watch=watch, read=watch.around(read_file)
    )
    facts, print_ = ledger.facts(), likely.print if found else ""
    if found is None and listings is None:
        print_ = settled.keep(
            workshop, requirements, demands=by.demands, facts=facts, rules=by.rules, result=result
        )
    if isinstance(result, Resolution):
        for code, text in resolve.notes(result, facts, by.rules):
            workshop.on_event(Warned(code, text))
        if not workshop.building:
            local = sum(not pin.candidate.public for pin in result.pins)
            workshop.on_event(Solved(len(result.pins), local, time.monotonic() - begun))
    baseline = () if workshop.building else workshop.policy.baseline
    return Outcome(result, facts, requirements, by.rules, baseline, memory, print_)


def _as_before(
    workshop: Workshop, requirements: Requirements, by: Terms, ledger: _Ledger, likely: Settled
) -> Resolution | None:
    """The last resolution, where all that it followed from is the same; the ledger then has it all."""
    if likely.chosen is None:
        return None
    workshop.on_event(Resolving(0, 0))
    told: list[Event] = []
    listings: dict[NormalizedName, Available | NowhereFound] = {}
    result = None
    with contextlib.suppress(DriverEnvError):  # raised again if that project is needed still
        _list(workshop, by, listings, likely.names, told.append)
        known = remembering.recalled(workshop, settled.candidates(likely, listings))
        facts = Facts(listings, known)
        result = settled.again(likely, by.demands, facts, by.rules, workshop)
    for event in told:
        if result is not None or isinstance(event, Warned):  # the rest will be told when it is asked again
            workshop.on_event(event)
    if result is not None:
        ledger.listings.update(listings)
        ledger.dependencies.update(known)
        workshop.learned(requirements, facts)
    return result


def _sought(
    workshop: Workshop,
    requirements: Requirements,
    by: Terms,
    ledger: _Ledger,
    *,
    memory: resolve.Memory,
    watch: _Watch,
    read: ReadFile,
) -> Resolution | Conflict:
    """Ask and solve until there is an outcome."""
    target = workshop.interpreter.target
    effort = resolve.Effort(watch.is_over, seconds=watch.seconds)
    while True:
        facts = ledger.facts()
        workshop.learned(requirements, facts)
        result = resolve.solve(by.demands, facts, target, by.rules, memory=memory, effort=effort)
        if not isinstance(result, Questions):
            return result
        workshop.on_event(Resolving(len(ledger.listings), len(ledger.dependencies)))
        with traced(by.demands, facts, by.rules):
            _answer(workshop, by, ledger, result, read)


class _Watch:
    """The time of one resolve; it stands still while an sdist is built."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._end = time.monotonic() + seconds
        self._lock = threading.Lock()
        self._building = 0
        self._since = 0.0

    def is_over(self) -> bool:
        """Whether the time is over."""
        return time.monotonic() > self._end

    def around(self, read_file: ReadFile) -> ReadFile:
        """`read_file`, with the watch stopped while it builds."""

        def read(candidate: Candidate) -> Known:
            if candidate.is_wheel:
                return read_file(candidate)
            with self._stopped():
                return read_file(candidate)

        return read

    @contextlib.contextmanager
    def _stopped(self) -> Iterator[None]:
        with self._lock:
            if not self._building:
                self._since = time.monotonic()
            self._building += 1
        try:
            yield
        finally:
            with self._lock:
                self._building -= 1
                if not self._building:
                    self._end += time.monotonic() - self._since


@contextlib.contextmanager
def traced(demands: Sequence[Demand], facts: Facts, rules: Rules | None = None) -> Iterator[None]:
    """Add to an error about a project how the requirements lead there, unless it says so itself.

    `rules` has the site's overrides, which may lead elsewhere than what is stated.
    """
    try:
        yield
    except DriverEnvError as error:
        way = resolve.way_to(str(error.data.get("project")), demands, facts, rules)
        if not way or any(label == "required by" for label, _ in error.facts):
            raise
        raise error.with_facts(("required by", resolve.tell(way))) from error


def _told_apart(answer: Found, by: Terms) -> Found:
    """A folder says no digests: where a lock pins a version of which it has several files, those are read for theirs."""
    if not (answer.index.is_folder and (by.rules.exact or answer.project in by.held)):
        return answer
    pins = by.demands if by.rules.exact else by.rules.constraints.get(answer.project, ())
    pinned = [one.requirement for one in pins if canonicalize_name(one.requirement.name) == answer.project]
    ends = tuple(f"-{one.version}{end}" for pin in pinned for one in pin.specifier for end in _ENDS)
    meant = [file for file in answer.files if any(end in file.filename for end in ends)]
    if len(meant) < 2:  # noqa: PLR2004 (there is nothing to choose)
        return answer
    return replace(answer, files=tuple(_digested(one) if one in meant else one for one in answer.files))


def _digested(file: ProjectFile) -> ProjectFile:
    try:
        with open(file.url, "rb") as content:
            digest = hashlib.file_digest(content, "sha256").hexdigest()
    except OSError:  # who fetches it says what is wrong with it
        return file
    return file._replace(hashes=(*file.hashes, ("sha256", digest)))


def _answer(
    workshop: Workshop, by: Terms, ledger: _Ledger, questions: Questions, read_file: ReadFile
) -> None:
    _list(workshop, by, ledger.listings, questions.projects, workshop.on_event)
    known = remembering.recalled(workshop, questions.candidates)
    unknown = [candidate for candidate in questions.candidates if candidate.key not in known]
    workshop.store.expect(sum(one.is_wheel and fetch.is_new(one, workshop.store) for one in unknown))
    learned = index.dependencies(
        unknown, transport=workshop.transport, read_file=read_file, on_event=workshop.on_event
    )
    remembering.told(workshop, unknown, learned)
    ledger.dependencies.update({**known, **learned})


def _list(
    workshop: Workshop,
    by: Terms,
    listings: dict[NormalizedName, Available | NowhereFound],
    projects: Sequence[NormalizedName],
    on_event: Listener,
) -> None:
    """Take what the indexes have of `projects` into `listings`."""
    answers = index.listings(
        projects,
        workshop.policy,
        transport=workshop.transport,
        on_event=on_event,
        asker=workshop.asker,
        direct=by.direct,
    )
    for project, answer in answers.items():
        listings[project] = (
            by.sieve.sift(project, _told_apart(answer, by)) if isinstance(answer, Found) else answer
        )
