"""Many drivers for many targets, this machine's or others', each resolved by the same policy; nothing is installed.

All go by one snapshot of the indexes. What would have to be built is followed to the tools of its build,
whose versions are chosen by the same policy as well.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import NamedTuple

from packaging.utils import canonicalize_name
from packaging.version import Version

from driverenv import _http, build, interpreter, requirements
from driverenv.build.failures import Asked, cycle
from driverenv.candidates import Sieve
from driverenv.errors import BuildFailed, DriverEnvError, InterpreterNotFound, foreign
from driverenv.events import Event, Listener, Warned
from driverenv.index.metadata import parse_metadata
from driverenv.index.overlay import PublicAnswers, Snapshot
from driverenv.interpreter import elsewhere
from driverenv.model.launch import Request
from driverenv.model.requirement import Interpreter, Requirements, Target
from driverenv.model.resolution import Candidate, Conflict, Failed, Pin, Resolution
from driverenv.model.site import Policy
from driverenv.stories import making
from driverenv.stories.fleet import Member
from driverenv.stories.remembering import Known
from driverenv.stories.resolving import Outcome, settle
from driverenv.stories.site import base_executable, open_site
from driverenv.stories.workshop import Workshop, open_workshop

_NEEDS_NO_WHEEL = Version("70.1")
"""Since this release setuptools makes wheels by itself; older ones ask for `wheel`, but only once they run."""
_COMPILED = frozenset({".c", ".cc", ".cpp", ".cxx", ".f", ".f90", ".for", ".pyx", ".rs"})


@dataclass(frozen=True, slots=True)
class Terms:
    """How drivers are launched at the site."""

    policy: Policy
    home: str
    default_python: str | None = None


class Aim(NamedTuple):
    """What is resolved for: a Python, on this machine unless a platform is named."""

    python: str = ""
    """A version; on this machine also a path; "" for what a launch would take."""
    platform: str = ""
    """"win_amd64", "linux_x86_64" ...; "" for this machine as it is."""

    def name(self, target: Target) -> str:
        """What lists call it: "3.9-win_amd64"."""
        version = ".".join(target.python_full_version.split(".")[:2])
        return f"{version}-{self.platform or elsewhere.platform_of(target)}"


def aims(pythons: Sequence[str], platforms: Sequence[str]) -> tuple[Aim, ...]:
    """Each Python on each platform. Raises `InterpreterNotFound` where a platform, or a version for it, says nothing."""
    found = tuple(
        dict.fromkeys(Aim(python, one) for one in platforms or ("",) for python in pythons or ("",))
    )
    for one in found:
        if one.platform:
            elsewhere.interpreter(one.python or "3.12", one.platform)
    return found


class Toolset(NamedTuple):
    """What the build of one sdist needs."""

    sdist: Candidate
    requires: tuple[str, ...]
    """As the sdist says, and what is known of its backend besides."""
    outcome: Outcome
    compiles: bool
    """Whether it has code that a compiler must be there for."""


class Abroad:
    """One transport and one snapshot of the indexes for all drivers and targets."""

    def __init__(
        self,
        terms: Terms,
        opened: contextlib.ExitStack,
        on_event: Listener,
        transport: _http.Transport | None = None,
    ) -> None:
        self._terms, self._opened, self._transport = terms, opened, transport
        self._on_event = _once(on_event)
        self._first: Workshop | None = None
        self._public = PublicAnswers()
        self._sieves: dict[Hashable, Sieve] = {}

    @contextlib.contextmanager
    def workshop(self, member: Member, aim: Aim) -> Iterator[Workshop]:
        """The bench of a driver for a target; the first one that opens is kept, since all share its local indexes."""
        terms, first = self._terms, self._first
        site = open_site(
            Request(
                member.driver,
                policy=terms.policy,
                home=terms.home,
                python=(aim.python if not aim.platform else "") or member.python or None,
                default_python=terms.default_python,
                name=member.name,
            )
        )
        opening = partial(open_workshop, site, self._on_event, transport=self._transport)
        take = partial(_interpreter, aim)
        if first is None:
            first = self._first = self._opened.enter_context(opening(aim=take))
        with opening(aim=take) as workshop:
            asker = Snapshot(workshop.asker, first.asker, self._public)
            yield replace(workshop, asker=asker, sharing=first.sharing, sieves=self._sieves)

    def lasting(self, workshop: Workshop) -> Workshop:
        """The same bench, good for fetching until all is done, also after `workshop` has closed."""
        first = self._first
        assert first is not None  # noqa: S101 (it was opened for `workshop` at the latest)
        return replace(workshop, store=first.store, transport=first.transport, asker=first.asker)


def _once(on_event: Listener) -> Listener:
    """What many drivers would be warned of is told once."""
    told: set[Warned] = set()

    def hear(event: Event) -> None:
        if isinstance(event, Warned):
            if event in told:
                return
            told.add(event)
        on_event(event)

    return hear


def _interpreter(aim: Aim, here: Callable[[], Interpreter]) -> Interpreter:
    if not aim.platform:
        try:
            return here()
        except InterpreterNotFound as error:
            raise _not_here(error) if aim.python else error from None
    python = aim.python or here().target.python_full_version
    return elsewhere.interpreter(python, aim.platform)


def _not_here(error: InterpreterNotFound) -> InterpreterNotFound:
    """Without a platform a Python of this machine is meant; with one, none needs to be here."""
    return InterpreterNotFound(
        error.summary,
        code=error.code,
        facts=error.facts,
        remedies=(
            "if it is for another machine, name its platform too: --platform win_amd64",
            *error.remedies,
        ),
        data=error.data,
    )


def builder(workshop: Workshop) -> Interpreter | None:
    """The Python of this machine that builds for the target: of its version and its platform; None where there is none."""
    found = stand_in(workshop)
    if found is None or found is workshop.interpreter:
        return found
    mine, its = found.target.markers, workshop.interpreter.target.markers
    same = all(mine[one] == its[one] for one in ("sys_platform", "platform_machine"))
    return found if same else None


def stand_in(workshop: Workshop) -> Interpreter | None:
    """The Python of this machine with the target's version: the target itself where it is of this machine."""
    if workshop.interpreter.executable:
        return workshop.interpreter
    version = ".".join(workshop.interpreter.target.python_full_version.split(".")[:2])
    here = Path(base_executable())
    with contextlib.suppress(InterpreterNotFound):
        found = interpreter.find(version, default=here, environ=os.environ, store=workshop.store)
        return interpreter.inspect(found, store=workshop.store)
    return None


def resolve(workshop: Workshop, wanted: Requirements) -> Outcome:
    """Solve `wanted` for the target, which may be elsewhere. Raises what `settle` raises."""
    return settle(workshop, wanted, partial(_read_file, workshop))


def _read_file(workshop: Workshop, candidate: Candidate) -> Known:
    """What a file needs; where only a build tells, a Python of this machine with the target's version builds it."""
    if workshop.interpreter.executable or candidate.is_wheel:
        return making.read_file(workshop, candidate)
    try:
        sha256 = making.fetched(workshop, [candidate], deciding=True)[candidate.key]
        raw = making.static(workshop, candidate, sha256)
    except DriverEnvError as error:
        return Failed(error)
    if raw is not None:
        return parse_metadata(raw)
    other = stand_in(workshop)
    if other is None:
        return Failed(_untold(candidate, workshop.interpreter.target))
    return making.read_file(replace(workshop, interpreter=other), candidate)


def _untold(candidate: Candidate, target: Target) -> BuildFailed:
    version = ".".join(target.python_full_version.split(".")[:2])
    return BuildFailed(
        f"only a build tells what {candidate} needs, and there is no Python {version} here that could build it",
        facts=(("file", foreign(candidate.file.filename)), ("target", target.short)),
        remedies=(
            f"put a wheel of {candidate.project} for {target.short} into a local index",
            f"or install a Python {version} on this machine: it builds the sdist to learn what it needs",
        ),
        data={"project": candidate.project, "file": candidate.file.filename, "python": version},
    )


def toolsets(workshop: Workshop, pins: Sequence[Pin], *, learn: bool = False) -> tuple[Toolset, ...]:
    """What the builds of all sdists among `pins` need, and the builds of their tools in turn.

    With `learn` those that this machine can build are built, unless that was done before: some backends say only
    then what they ask for besides.
    Raises what `resolve` raises, `BuildFailed` where an sdist does not say how it is built, or needs itself.
    """
    found: dict[str, tuple[Toolset, ...]] = {}
    queue = [(workshop, pin.candidate) for pin in pins if not pin.candidate.is_wheel]
    for bench, sdist in queue:
        inner = _limited(bench, sdist)
        if sdist.key in found:
            continue
        one = _toolset(inner, sdist)
        found[sdist.key] = (one, *(_learned(bench, inner, one) if learn else ()))
        for each in found[sdist.key]:
            if isinstance(each.outcome.result, Resolution):
                sdists = [pin.candidate for pin in each.outcome.result.pins if not pin.candidate.is_wheel]
                queue += [(inner, candidate) for candidate in sdists]
    return tuple(one for several in found.values() for one in several)


def _learned(workshop: Workshop, inner: Workshop, one: Toolset) -> Iterator[Toolset]:
    """What a build of it here used besides what was expected, where this machine can build it."""
    here = builder(workshop)
    if here is None or isinstance(one.outcome.result, Conflict):
        return
    sha256 = making.fetched(workshop, [one.sdist], deciding=True)[one.sdist.key]
    record = making.brought_one(replace(workshop, interpreter=here), one.sdist, sha256).record
    assert record is not None  # noqa: S101 (of an sdist)
    chosen = {(pin.candidate.project, str(pin.candidate.version)) for pin in one.outcome.result.pins}
    more = [tool for tool in record.tools if (tool.name, tool.version) not in chosen]
    if more:
        texts = (*one.requires, *(f"{tool.name}=={tool.version}" for tool in more))
        policy = inner.policy.replace(constraints=(*inner.policy.constraints, *record.constraints))
        wanted = requirements.parse_lines(texts, file=f"build of {one.sdist}")
        yield one._replace(requires=texts, outcome=resolve(replace(inner, policy=policy), wanted))


def _limited(workshop: Workshop, sdist: Candidate) -> Workshop:
    """The bench inside the build of `sdist`, with what the policy says of its tools."""
    name = f"{sdist.project} {sdist.version}"
    if name in workshop.building:
        asked = Asked(sdist.project, str(sdist.version), sdist.file.filename, "")
        raise cycle(asked, workshop.building)
    policy = workshop.policy
    more = build.tool_constraints(policy, sdist.project)
    inner = workshop.within(name)
    return replace(inner, policy=policy.replace(constraints=(*policy.constraints, *more)))


def _toolset(workshop: Workshop, sdist: Candidate) -> Toolset:
    sha256 = making.fetched(workshop, [sdist], deciding=True)[sdist.key]
    archive = workshop.store.archive(sha256)
    assert archive is not None, sha256  # noqa: S101 (fetch just put it there)
    with workshop.store.staging() as folder:
        recipe = build.recipe_of(
            archive,
            project=sdist.project,
            version=str(sdist.version),
            filename=sdist.file.filename,
            sha256=sha256,
            into=folder,
        )
        compiles = any(path.suffix.lower() in _COMPILED for path in folder.rglob("*"))
    texts = tuple(str(one) for one in recipe.requires)
    reason = f"build of {sdist}"
    outcome = resolve(workshop, requirements.parse_lines(texts, file=reason))
    if _asks_for_wheel(recipe.backend, outcome):
        texts = (*texts, "wheel")
        outcome = resolve(workshop, requirements.parse_lines(texts, file=reason))
    return Toolset(sdist, texts, outcome, compiles)


def _asks_for_wheel(backend: str, outcome: Outcome) -> bool:
    if not backend.startswith("setuptools.") or isinstance(outcome.result, Conflict):
        return False
    chosen = {pin.candidate.project: pin.candidate.version for pin in outcome.result.pins}
    version = chosen.get(canonicalize_name("setuptools"))
    return version is not None and version < _NEEDS_NO_WHEEL and "wheel" not in chosen
