"""The story of what is missing: all that the local indexes lack for a fleet of drivers, for every target, in one list."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from driverenv import _http
from driverenv import resolve as solver
from driverenv.errors import DriverEnvError, HomeUnusable, IndexUnavailable
from driverenv.events import Listener, Working, ignore
from driverenv.model.requirement import Requirements
from driverenv.model.resolution import Conflict, Demand, Pin, Resolution
from driverenv.stories import abroad, reading
from driverenv.stories.abroad import Abroad, Aim, Terms
from driverenv.stories.fleet import Member
from driverenv.stories.resolving import Outcome
from driverenv.stories.workshop import Workshop

ABSENT = "absent"
UNFIT = "unfit"
FAILED = "failed"
_ABSENCES = frozenset({"ABSENT_OFFLINE", "NOT_FOUND", "PUBLIC_FORBIDDEN"})


@dataclass(frozen=True, slots=True)
class Lack:
    """One thing that one driver would not get from the local indexes, for one target."""

    kind: str
    """"absent": no local index has the project; "unfit": one has it, and nothing that fits; "failed": nobody knows more."""
    project: str
    """"" where it is the driver as a whole."""
    wanted: str
    """The version that public has for it, "4.12.0"; else what is asked for, "humanize>=4.9"."""
    driver: Member
    target: str
    """"3.9-win_amd64"."""
    filename: str = ""
    """The file that public has for it; "" where that is not known."""
    size: int | None = None
    for_build_of: str = ""
    """The sdist whose build needs it; "" for what the driver needs."""
    is_sdist: bool = False
    """Public has it as an sdist only: it must be built."""
    error: DriverEnvError | None = None
    """What a launch would fail with."""


@dataclass(frozen=True, slots=True)
class Lacking:
    """What all drivers lack."""

    targets: tuple[str, ...]
    drivers: tuple[Member, ...]
    lacks: tuple[Lack, ...]

    @property
    def is_complete(self) -> bool:
        """Whether every driver has all it needs for every target."""
        return not self.lacks


def lacking(
    members: Sequence[Member],
    aims: Sequence[Aim],
    terms: Terms,
    *,
    on_event: Listener = ignore,
    transport: _http.Transport | None = None,
) -> Lacking:
    """What the local indexes lack of all that `members` need, for each of `aims`.

    By the site's policy: where it is online, public is asked for what is absent, so that all that this needs in
    turn is known as well; offline the list ends where nobody knows more. What is wrong with one line of a
    driver does not hide what its other lines lack. Nothing is installed.

    Raises `IndexUnavailable` and `HomeUnusable`.
    """
    lacks: list[Lack] = []
    targets: dict[str, None] = {}
    jobs = [(member, aim) for member in members for aim in aims]
    with contextlib.ExitStack() as opened:
        bench = Abroad(terms, opened, on_event, transport)
        for number, (member, aim) in enumerate(jobs, 1):
            on_event(Working("resolving", member.name, number, len(jobs)))
            target, found = _of(bench, member, aim)
            targets |= dict.fromkeys([target] if target else [])
            lacks += found
    return Lacking(tuple(targets), tuple(members), tuple(dict.fromkeys(lacks)))


def _of(bench: Abroad, member: Member, aim: Aim) -> tuple[str, list[Lack]]:
    target, found = "-".join(filter(None, aim)), list[Lack]()
    try:
        with bench.workshop(member, aim) as workshop:
            target = aim.name(workshop.interpreter.target)
            wanted = reading.read(workshop).requirements
            look = _Look(member, target)
            found += look.at(workshop, wanted)
    except (IndexUnavailable, HomeUnusable):
        raise
    except DriverEnvError as error:
        found.append(Lack(FAILED, "", "", member, target, error=error))
    return target, found


@dataclass(frozen=True, slots=True)
class _Look:
    member: Member
    target: str
    build: str = ""

    def at(self, workshop: Workshop, wanted: Requirements) -> Iterator[Lack]:
        """What is lacking; lines that lead to something wrong are left out for the next round."""
        pins: tuple[Pin, ...] = ()
        while True:
            outcome = abroad.resolve(workshop, wanted)
            if isinstance(outcome.result, Resolution):
                pins = outcome.result.pins
                break
            wrong = _troubles(outcome, workshop)
            yield from (self.wrong(one.error) for one in wrong)
            left = _without(wanted, [root for one in wrong for root in one.roots])
            if len(left.roots) == len(wanted.roots):
                return
            wanted = left
        yield from (self.absent(pin) for pin in pins if pin.candidate.public)
        yield from self._tools(workshop, pins)

    def _tools(self, workshop: Workshop, pins: Sequence[Pin]) -> Iterator[Lack]:
        """What the builds of sdists need."""
        for pin in pins:
            if pin.candidate.is_wheel:
                continue
            name = str(pin.candidate)
            try:
                sets = abroad.toolsets(workshop, [pin])
            except (IndexUnavailable, HomeUnusable):
                raise
            except DriverEnvError as error:
                yield Lack(FAILED, pin.candidate.project, name, self.member, self.target, error=error)
                continue
            for one in sets:
                inner = replace(self, build=str(one.sdist))
                result = one.outcome.result
                if isinstance(result, Conflict):
                    yield from (inner.wrong(trouble.error) for trouble in _troubles(one.outcome, workshop))
                else:
                    yield from (inner.absent(tool) for tool in result.pins if tool.candidate.public)

    def absent(self, pin: Pin) -> Lack:
        """Public alone has it."""
        candidate = pin.candidate
        return Lack(
            ABSENT,
            candidate.project,
            str(candidate.version),
            self.member,
            self.target,
            filename=candidate.file.filename,
            size=candidate.file.size,
            for_build_of=self.build,
            is_sdist=not candidate.is_wheel,
        )

    def wrong(self, error: DriverEnvError) -> Lack:
        """Nobody who may serve it has it."""
        return Lack(
            ABSENT if error.code in _ABSENCES else UNFIT,
            str(error.data.get("project") or ""),
            str(error.data.get("requirement") or ""),
            self.member,
            self.target,
            for_build_of=self.build,
            error=error,
        )


def _troubles(outcome: Outcome, workshop: Workshop) -> tuple[solver.Trouble, ...]:
    assert isinstance(outcome.result, Conflict)  # noqa: S101 (the caller's part)
    target = workshop.interpreter.target
    return solver.troubles(outcome.result, outcome.facts, target, outcome.rules, policy=workshop.policy)


def _without(wanted: Requirements, roots: Sequence[Demand]) -> Requirements:
    """The requirements without the lines of these demands."""
    gone = {one.source for one in roots}
    left = tuple(root for root in wanted.roots if root.source not in gone)
    return replace(wanted, roots=left)
