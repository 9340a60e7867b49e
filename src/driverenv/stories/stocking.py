"""The story of a repository's files: put in, taken out, listed. What that means for names is told each time."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import NamedTuple

from packaging.utils import canonicalize_name

from driverenv.errors import RepositoryRefused, foreign
from driverenv.events import Listener, Working, ignore
from driverenv.index.filenames import claimants, is_archive, is_distribution, is_opaque
from driverenv.policy import canonical, matches
from driverenv.repository import keeping
from driverenv.repository.checking import Checked, digest
from driverenv.repository.folder import Folder, Held, unusable
from driverenv.repository.manifest import Item, Manifest
from driverenv.repository.names import readings
from driverenv.stories import offers
from driverenv.stories.offers import Offer

Approve = Callable[[Sequence[Checked], Sequence[Item]], None]
"""Called before anything changes, with what comes and what goes; what it raises ends it."""


def _anything(come: Sequence[Checked], go: Sequence[Item]) -> None:
    """Nobody wants to know."""


class Placed(NamedTuple):
    """A file that was put in."""

    path: str
    project: str
    version: str
    sha256: str
    size: int
    origin: str
    """Where it came from."""
    replaces: str = ""
    """The sha256 of what had its name before; "" for nothing."""
    same_as: tuple[str, ...] = ()
    """Other files there with the same content."""


@dataclass(frozen=True, slots=True)
class Added:
    """What became of an offer."""

    folder: str
    placed: tuple[Placed, ...]
    there: tuple[str, ...]
    """Names of files that were there before, byte for byte."""
    offer: Offer
    owned: tuple[str, ...]
    """Projects that the repository did not have before."""
    removal: str = ""
    """The id by which what was replaced can be put back; "" where nothing was."""
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class Removed:
    """What was taken out."""

    folder: str
    items: tuple[Item, ...]
    removal: str
    """The id by which it can be put back; "" for a dry run."""
    disowned: tuple[str, ...]
    """Projects of which no file is left."""
    kept: Mapping[str, tuple[str, ...]]
    """By project that has files left: their versions."""


def add(
    paths: Sequence[str | PathLike[str]],
    folder: str | PathLike[str],
    *,
    replace: bool = False,
    skip_bad: bool = False,
    dry_run: bool = False,
    approve: Approve = _anything,
    on_event: Listener = ignore,
) -> Added:
    """Put all that is at `paths` into the repository at `folder`: files, folders, bundles.

    Each file is read whole and checked first; then all are placed, each by one rename. Nothing is placed
    where one of them is refused, unless `skip_bad`. What has the name of a file that is there must have its
    content, unless `replace`: then the old one is taken out, and can be put back.

    Raises:
        RepositoryRefused: `NOT_A_DISTRIBUTION`, `OTHER_CONTENT`, `REPOSITORY_UNUSABLE`; and what `approve` raises.
        ArchiveRejected: a file breaks a rule of archives.
    """
    into = Folder(Path(folder))
    with into.staging() as scratch:
        offer = offers.gather(map(Path, paths), scratch=scratch, on_event=on_event)
        if not skip_bad:
            offer.raise_refused()
        with into.changing():
            stock = _Stock(into)
            plan = stock.plan(offer.files)
            if plan.conflicts and not replace:
                raise _other_content(plan.conflicts)
            come = [one for one, _ in plan.come]
            go = tuple(item for items in plan.conflicts.values() for item in items)
            approve(come, go)
            removal = "" if dry_run else _place(into, plan, go, on_event)
    return Added(
        folder=str(into.path),
        placed=tuple(_placed(one, path, plan) for one, path in plan.come),
        there=tuple(one.named.filename for one in plan.there),
        offer=offer,
        owned=tuple(sorted({one.named.project for one in come} - stock.projects)),
        removal=removal,
        dry_run=dry_run,
    )


class _Plan(NamedTuple):
    come: list[tuple[Checked, str]]
    """What is put in, and the path it gets."""
    there: list[Checked]
    conflicts: dict[Checked, list[Item]]
    """What has the same name and another content, by what comes."""
    same: dict[str, list[str]]
    """By sha256: the paths that have it under other names."""


class _Stock:
    """What a repository has, its contents read only where they may matter."""

    def __init__(self, folder: Folder) -> None:
        self._folder = folder
        self.held = [one for one in folder.held() if is_file_of_an_index(one.filename)]
        self._by_name: dict[str, list[Held]] = defaultdict(list)
        self._by_size: dict[int, list[Held]] = defaultdict(list)
        for one in self.held:
            self._by_name[canonicalize_name(one.filename)].append(one)
            self._by_size[one.size].append(one)
        self.projects = {project for one in self.held for project in claimants(one.filename)}

    def plan(self, files: Iterable[Checked]) -> _Plan:
        plan = _Plan([], [], {}, {})
        for one in files:
            named = [self.item(held) for held in self._by_name[canonicalize_name(one.named.filename)]]
            others = [item for item in named if item.sha256 != one.sha256]
            if others:
                plan.conflicts[one] = others
            if named and not others:
                plan.there.append(one)
                continue
            alike = [self.item(held) for held in self._by_size[one.size]]
            plan.same[one.sha256] = [item.path for item in alike if item.sha256 == one.sha256]
            plan.come.append((one, others[0].path if others else one.named.filename))
        return plan

    def item(self, held: Held) -> Item:
        """The file with its sha256."""
        try:
            sha256, size = digest(self._folder.path / held.path)
        except OSError as error:
            raise unusable(self._folder.path, error) from error
        return item_of(held, sha256, size)


def is_file_of_an_index(filename: str) -> bool:
    """Whether an index would look at a file of this name."""
    return is_distribution(filename) or is_archive(filename) or is_opaque(filename)


def item_of(held: Held, sha256: str, size: int) -> Item:
    """A file of a repository, as manifests have it."""
    named = readings(held.filename)
    project, version = (named[0].project, named[0].version) if named else ("", "")
    return Item(held.path, project, version, sha256, size, instant(held.modified))


def instant(seconds: float) -> str:
    """ISO 8601, UTC."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


def ident() -> str:
    """For what is kept: in order of names is in order of time."""
    now = time.time()
    return f"{time.strftime('%Y%m%dT%H%M%S', time.gmtime(now))}.{int(now % 1 * 1_000_000):06d}Z"


def _place(into: Folder, plan: _Plan, go: tuple[Item, ...], on_event: Listener) -> str:
    removal = ""
    if go:
        removal = ident()
        keeping.take_out(into, go, ident=removal, when=instant(time.time()), why="replaced")
    for number, (one, path) in enumerate(plan.come, 1):
        on_event(Working("placing", path, number, len(plan.come)))
        into.put(one.path, path, move=into.own in one.path.parents)
    return removal


def _placed(one: Checked, path: str, plan: _Plan) -> Placed:
    replaces = next((item.sha256 or "" for item in plan.conflicts.get(one, ())), "")
    same = tuple(plan.same.get(one.sha256, ()))
    return Placed(path, one.named.project, one.named.version, one.sha256, one.size, one.shown, replaces, same)


def _other_content(conflicts: Mapping[Checked, Sequence[Item]]) -> RepositoryRefused:
    facts: list[tuple[str, str]] = []
    for one, items in conflicts.items():
        facts.append(("offered", f"{foreign(one.shown)}, {one.size} bytes, sha256 {one.sha256}"))
        facts += [
            ("is there", f"{foreign(item.path)} of {item.modified}, {item.size} bytes, sha256 {item.sha256}")
            for item in items
        ]
    names = [one.named.filename for one in conflicts]
    what = names[0] if len(names) == 1 else f"{len(names)} files"
    return RepositoryRefused(
        f"the repository has {foreign(what)} with another content, and nothing was changed",
        code="OTHER_CONTENT",
        facts=tuple(facts),
        remedies=(
            "give a changed distribution a version of its own: drivers may have the old content already",
            "if the new content is meant to take its place: --replace (the old file can be put back)",
        ),
        data={"files": names},
    )


# ------------------------------------------------------------------------------------------- taking out


def remove(
    names: Sequence[str],
    folder: str | PathLike[str],
    *,
    dry_run: bool = False,
    approve: Approve = _anything,
) -> Removed:
    """Take out the files of projects (``NAME``, ``NAME==VERSION``; ``*`` stands for any text) or single files.

    They go to where they can be put back from. Raises `RepositoryRefused`: `NOT_IN_REPOSITORY`, then nothing
    is taken out; `REPOSITORY_UNUSABLE`.
    """
    into = Folder(Path(folder))
    with into.changing():
        stock = _Stock(into)
        taken: dict[str, Held] = {}
        for name in names:
            found = [held for held in stock.held if is_meant(name, held.filename, held.path)]
            if not found:
                raise _not_there(name, [*stock.projects, *(held.filename for held in stock.held)])
            taken |= {held.path: held for held in found}
        items = tuple(stock.item(taken[path]) for path in sorted(taken))
        approve((), items)
        removal = "" if dry_run else ident()
        if removal:
            why = f"remove {' '.join(names)}"
            keeping.take_out(into, items, ident=removal, when=instant(time.time()), why=why)
    left = [held for held in stock.held if held.path not in taken]
    return _removed(into, items, removal, left)


def chosen(manifest: Manifest, names: Sequence[str]) -> tuple[str, ...]:
    """The names of the files that `remove` would take out. Raises `RepositoryRefused` (`NOT_IN_REPOSITORY`)."""
    found: dict[str, None] = {}
    for name in names:
        meant = [item.filename for item in manifest.items if is_meant(name, item.filename, item.path)]
        if not meant:
            projects = {project for item in manifest.items for project in claimants(item.filename)}
            raise _not_there(name, [*projects, *(item.filename for item in manifest.items)])
        found |= dict.fromkeys(meant)
    return tuple(sorted(found))


def _removed(into: Folder, items: tuple[Item, ...], removal: str, left: Sequence[Held]) -> Removed:
    versions: dict[str, set[str]] = defaultdict(set)
    for held in left:
        for project in claimants(held.filename):
            versions[project] |= {one.version for one in readings(held.filename) if one.project == project}
    touched = {project for item in items for project in _projects(item)}
    return Removed(
        folder=str(into.path),
        items=items,
        removal=removal,
        disowned=tuple(sorted(touched - versions.keys())),
        kept={project: tuple(sorted(versions[project])) for project in sorted(touched & versions.keys())},
    )


def _projects(item: Item) -> frozenset[str]:
    return frozenset({item.project}) if item.project else frozenset(claimants(item.filename))


def is_meant(name: str, filename: str, path: str) -> bool:
    """Whether `name` (a project, NAME==VERSION, a file) means this file."""
    if name in (filename, path):
        return True
    project, _, version = name.partition("==")
    ways = readings(filename)
    if version:
        return any(matches(project.strip(), one.project) and _same(version, one.version) for one in ways)
    if is_file_of_an_index(name):
        return False
    return any(matches(name, one) for one in claimants(filename))


def _same(version: str, other: str) -> bool:
    from packaging.version import InvalidVersion, Version  # noqa: PLC0415 (only where a version is named)

    try:
        return Version(version) == Version(other)
    except InvalidVersion:
        return False


def _not_there(name: str, known: Sequence[str]) -> RepositoryRefused:
    import difflib  # noqa: PLC0415 (only for this error)

    wanted = canonical(name.partition("==")[0])
    near = difflib.get_close_matches(wanted, sorted(known), n=3, cutoff=0.6)
    return RepositoryRefused(
        f"the repository has no file of {foreign(name)}, and nothing was taken out",
        code="NOT_IN_REPOSITORY",
        facts=(("similar", foreign(", ".join(near))),) if near else (),
        remedies=("look at what is there: driverenv index list",),
        data={"name": name, "similar": near},
    )
