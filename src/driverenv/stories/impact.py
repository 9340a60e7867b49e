"""The story of an impact check: what would become of each driver if an index had other files. Nothing is placed.

Each driver is resolved as a launch would do it, and once more with the answers that the index would give then.
All drivers go by one snapshot of the indexes; what their distributions need is remembered from their launches.
"""

from __future__ import annotations

import contextlib
import shutil
import time
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from packaging.utils import NormalizedName, canonicalize_name

from driverenv import _http, resolve
from driverenv.errors import DriverEnvError, RepositoryRefused, foreign
from driverenv.events import Listener, Working, ignore
from driverenv.index.filenames import claimants
from driverenv.index.metadata import parse_metadata
from driverenv.index.overlay import Overlay
from driverenv.model.answers import ProjectFile
from driverenv.model.resolution import Conflict, Pin, Resolution
from driverenv.model.site import Index, Policy
from driverenv.repository.checking import Checked
from driverenv.store.names import Names
from driverenv.stories import abroad, making, reading
from driverenv.stories.fleet import Member
from driverenv.stories.remembering import Known
from driverenv.stories.resolving import Outcome
from driverenv.stories.workshop import Workshop

UNCHANGED = "unchanged"
CHANGES = "changes"
FAILS = "fails"
FAILED_BEFORE = "failed-before"
MENDED = "mended"
STATUSES = (FAILS, FAILED_BEFORE, CHANGES, MENDED, UNCHANGED)
"""The worst first."""
_BUILD_TOOLS = ("setuptools", "wheel", "pip")


class Change(NamedTuple):
    """A project that a driver would get otherwise."""

    project: str
    before: str
    """Version and index, "4.12.0 (public PyPI)"; "" for nothing."""
    after: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What would become of one driver."""

    member: Member
    python: str
    """The target's full version; "" where there is none."""
    status: str
    """One of `STATUSES`."""
    changes: tuple[Change, ...] = ()
    error: DriverEnvError | None = None
    """Of a driver that fails: what its launch would fail with; if it failed before, what it fails with now."""


@dataclass(frozen=True, slots=True)
class Impact:
    """What would become of all."""

    index: Index
    added: tuple[str, ...]
    """Names of files."""
    removed: tuple[str, ...]
    verdicts: tuple[Verdict, ...]
    """The worst first, then by name."""
    notes: tuple[str, ...] = ()

    def count(self, status: str) -> int:
        """How many drivers have it."""
        return sum(one.status == status for one in self.verdicts)


@dataclass(frozen=True, slots=True)
class Terms(abroad.Terms):
    """How drivers are launched here."""

    python: str | None = None
    """For all drivers: a path or version; None: what their last launch had, else what they say."""


def impact(
    members: Sequence[Member],
    terms: Terms,
    *,
    index: Index,
    come: Sequence[Checked] = (),
    go: Sequence[str] = (),
    on_event: Listener = ignore,
    transport: _http.Transport | None = None,
) -> Impact:
    """What would become of `members` if `index` had the files of `come`, and no more those called `go`.

    The indexes are asked as launches ask them; nothing is installed, and nothing of what comes is placed. Raises
    `RepositoryRefused` (`NOT_A_LOCAL_INDEX`) where launches do not ask `index`.
    """
    if all(one.location != index.location for one in (*terms.policy.local, *terms.policy.extra)):
        raise _not_asked(index, terms.policy)
    added = _files(come, index)
    verdicts = []
    with contextlib.ExitStack() as opened:
        bench = _Bench(terms, _Plan(index, come, go, added), opened, transport)
        for number, member in enumerate(members, 1):
            on_event(Working("judging", member.name, number, len(members)))
            verdicts.append(bench.judge(member))
    return Impact(
        index=index,
        added=tuple(one.named.filename for one in come),
        removed=tuple(go),
        verdicts=tuple(sorted(verdicts, key=lambda one: (STATUSES.index(one.status), one.member))),
        notes=tuple(_notes(come)),
    )


def _files(come: Sequence[Checked], index: Index) -> dict[NormalizedName, list[ProjectFile]]:
    """The files as the index would list them; where they can be read now, for a folder."""
    found: dict[NormalizedName, list[ProjectFile]] = defaultdict(list)
    for one in come:
        name = one.named.filename
        url = str(one.path) if index.is_folder else f"{index.location.rstrip('/')}/{name}"
        found[one.named.project].append(ProjectFile(name, url, (("sha256", one.sha256),), size=one.size))
    return dict(found)


def _notes(come: Sequence[Checked]) -> Iterator[str]:
    tools = sorted({one.named.project for one in come} & set(_BUILD_TOOLS))
    if tools:
        yield (
            f"{', '.join(tools)} would build the sdists of every driver, too; "
            "what was built before stays as it is, and new builds were not tried"
        )


@dataclass(frozen=True, slots=True)
class _Plan:
    """What would be done to an index."""

    index: Index
    come: Sequence[Checked]
    go: Sequence[str]
    added: Mapping[NormalizedName, Sequence[ProjectFile]]
    """The files of `come` as the index would list them."""

    @property
    def projects(self) -> frozenset[str]:
        """Whose files come or go."""
        return frozenset(self.added) | {name for file in self.go for name in claimants(file)}


class _Bench:
    """One transport and one snapshot of the indexes for all drivers."""

    def __init__(
        self, terms: Terms, plan: _Plan, opened: contextlib.ExitStack, transport: _http.Transport | None
    ) -> None:
        self._python, self._plan = terms.python, plan
        self._abroad = abroad.Abroad(terms, opened, ignore, transport)
        self._truths = dict(_truths(plan))

    def judge(self, member: Member) -> Verdict:
        """What would become of a driver."""
        python = ""
        try:
            chosen = member._replace(python=self._python or member.python)
            with self._abroad.workshop(chosen, abroad.Aim()) as workshop:
                self._have(workshop)
                python = workshop.interpreter.target.python_full_version
                before, after = self._answers(workshop)
        except DriverEnvError as error:  # no index needs to be asked to know that
            return Verdict(member, python, FAILED_BEFORE, error=error)
        return _verdict(member, python, before, after, first=self._plan.projects)

    def _answers(self, workshop: Workshop) -> tuple[Answer, Answer]:
        """What a launch comes to now, and what it would come to."""
        wanted = reading.read(workshop).requirements
        before = _attempt(lambda: making.resolve_for(workshop, wanted), workshop)
        known, touched = workshop.journal.known, self._overlay(workshop).touched
        if not touched & known.listings.keys():
            return before, before  # the same answers to the same questions
        truths = {**known.dependencies, **self._truths}
        listings = {name: one for name, one in known.listings.items() if name not in touched}
        with self._changed(workshop) as changed:
            after = _attempt(lambda: making.resolve_for(changed, wanted, truths, listings), changed)
        return before, after

    def _have(self, workshop: Workshop) -> None:
        """What comes lies in the store: a server cannot be asked for it yet."""
        for one in self._plan.come:
            if workshop.store.archive(one.sha256) is None:
                with workshop.store.staging() as folder:
                    shutil.copyfile(one.path, folder / "file")
                    workshop.store.admit(folder / "file", one.sha256)

    def _overlay(self, workshop: Workshop) -> Overlay:
        plan = self._plan
        return Overlay(workshop.asker, index=plan.index, added=plan.added, removed=plan.go)

    @contextlib.contextmanager
    def _changed(self, workshop: Workshop) -> Iterator[Workshop]:
        """The same bench, where the index has other files; what it learns of names is forgotten."""
        with workshop.store.staging() as scratch:
            yield replace(workshop, asker=self._overlay(workshop), names=Names(scratch, time.time()))


Answer = Resolution | DriverEnvError


def _truths(plan: _Plan) -> Iterator[tuple[str, Known]]:
    """What is known of files that come, by `Candidate.key`: what they say themselves."""
    urls = {file.filename: file.url for files in plan.added.values() for file in files}
    for one in plan.come:
        if one.metadata is not None:
            yield urls[one.named.filename], parse_metadata(one.metadata)


def _attempt(solve: Callable[[], Outcome], workshop: Workshop) -> Answer:
    """A resolution, or the error that a launch would end with."""
    try:
        outcome = solve()
    except DriverEnvError as error:
        return error
    if isinstance(outcome.result, Conflict):
        target = workshop.interpreter.target
        return resolve.explain(outcome.result, outcome.facts, target, outcome.rules, policy=workshop.policy)
    return outcome.result


def _verdict(
    member: Member, python: str, before: Answer, after: Answer, *, first: Collection[str]
) -> Verdict:
    if isinstance(before, DriverEnvError):
        if isinstance(after, DriverEnvError):
            return Verdict(member, python, FAILED_BEFORE, error=before)
        return Verdict(member, python, MENDED, error=before)
    if isinstance(after, DriverEnvError):
        return Verdict(member, python, FAILS, error=after)
    changes = tuple(sorted(_changes(before, after), key=lambda one: one.project not in first))
    return Verdict(member, python, CHANGES if changes else UNCHANGED, changes)


def _changes(before: Resolution, after: Resolution) -> Iterator[Change]:
    was = {pin.candidate.project: pin for pin in before.pins}
    now = {pin.candidate.project: pin for pin in after.pins}
    for project in sorted({*was, *now}):
        old, new = was.get(project), now.get(project)
        if old is None or new is None or _file(old) != _file(new):
            yield Change(project, _shown(old), _shown(new))


def _file(pin: Pin) -> tuple[str, str, bool, str | None]:
    candidate = pin.candidate
    return (
        canonicalize_name(candidate.file.filename),
        candidate.index.location,
        candidate.public,
        candidate.file.digest("sha256"),
    )


def _shown(pin: Pin | None) -> str:
    return "" if pin is None else f"{pin.candidate.version} ({pin.candidate.index.name})"


def refuse(found: Impact) -> None:
    """Raise `RepositoryRefused` (`WOULD_FAIL`) where drivers would fail that do not fail now."""
    failing = [one for one in found.verdicts if one.status == FAILS]
    if not failing:
        return
    facts = [
        ("would fail", f"{foreign(one.member.name)}: {one.error.code}: {one.error.summary}")
        for one in failing[:_SHOWN]
        if one.error is not None
    ]
    if len(failing) > _SHOWN:
        facts.append(("", f"and {len(failing) - _SHOWN} more"))
    raise RepositoryRefused(
        f"{len(failing)} of {len(found.verdicts)} drivers would fail, and nothing was changed",
        code="WOULD_FAIL",
        facts=tuple(facts),
        remedies=(
            "put versions that fit beside it, or leave it out; driverenv impact tells of each driver",
            "to do it all the same: --anyway",
        ),
        data={"drivers": [one.member.driver for one in failing]},
    )


_SHOWN = 10


def _not_asked(index: Index, policy: Policy) -> RepositoryRefused:
    return RepositoryRefused(
        f"launches do not ask {foreign(index)}: it is none of the local indexes of the settings",
        code="NOT_A_LOCAL_INDEX",
        facts=tuple(("local index", str(one)) for one in policy.local) or (("local index", "none"),),
        remedies=("name it as launches do: --local, or `local` in the settings file",),
        data={"index": index.location},
    )
