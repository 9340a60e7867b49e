"""A folder of wheels and sdists as an index: sub-folders too, one scan for each resolve."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from packaging.utils import NormalizedName, canonicalize_name

from driverenv.errors import IndexUnavailable, IntegrityError, foreign
from driverenv.index import trouble
from driverenv.index.bundles import Content, content
from driverenv.index.filenames import claimants, has_version, is_archive
from driverenv.index.once import Once
from driverenv.index.scan import Entry, Scan, scan_folder
from driverenv.index.settling import Settling
from driverenv.index.trouble import Question
from driverenv.model.answers import Absent, Evidence, Found, ProjectFile
from driverenv.model.site import Index

_KINDS = {
    "folder-link": "this is a link to outside",
    "folder-hidden": "this is a link to a hidden folder",
    "folder-dangling": "this is a link that leads nowhere",
    "folder-moving": "this is a file that is being written, or was there a moment ago",
    "folder-special": "this is neither a file nor a folder",
    "folder-archive": "this is an archive here whose content cannot be seen",
}


class _Bundle(NamedTuple):
    path: str
    files: Mapping[NormalizedName, frozenset[str]]
    """The names of the distribution files inside, by the projects that they may belong to."""


class _Shelf(NamedTuple):
    """What the folder has to offer."""

    files: Mapping[NormalizedName, Sequence[Entry]]
    bundles: Sequence[_Bundle]
    versioned: Sequence[str]
    """Archives whose name has a version: sdists most likely, but a bundle may be called so, too."""
    claims: Sequence[tuple[str, str]]
    """Files that cannot be used, by kind of trouble, and path: each claims its project."""
    unseen: Sequence[tuple[str, str]]
    """What may hold files of any project, likewise."""
    total: int


class FolderIndex:
    """One resolve's view of a folder; safe for threads.

    Hidden names are skipped. Whatever may be or hold a file of a project claims it, though it cannot be
    used: an archive of distributions that nobody extracted, a link that leads outside (unless the index
    follows them) or nowhere, half a copy. With a folder or archive that cannot be looked into, nothing
    is proven to be absent.
    """

    def __init__(self, index: Index, *, settling: Settling = Settling()) -> None:  # noqa: B008 (immutable)
        self._index = index
        self._settling = settling
        self._shelf = Once(self._look)
        self._versioned = Once(self._read_versioned)

    def answer(self, project: NormalizedName) -> Found | Absent:
        """Whether the folder has `project`.

        Raises `IndexUnavailable` (`LOCAL_DOWN`): it cannot be read, or not all of it; `IntegrityError`:
        it has two different files of the same name; `LocalVersionMismatch`: files are in a bundle.
        """
        shelf = self._shelf.get()
        self._check_bundles(project, shelf.bundles)
        self._check_claims(project, shelf)
        if project in shelf.files:
            entries = [self._at_rest(project, entry) for entry in sorted(shelf.files[project])]
            try:
                files = tuple(_distinct(self._index, entries))
            except OSError as error:
                raise self._down(error.filename or self._index.location, error) from error
            return Found(project, self._index, files, self._index.location)
        bundles, unseen = self._versioned.get()
        self._check_bundles(project, bundles)
        for kind, path in (*shelf.unseen, *unseen):
            raise self._unseen(project, kind, path)
        is_empty = not (shelf.total or shelf.bundles or shelf.claims)
        return Absent(
            project,
            self._index,
            _proof(shelf.total),
            Evidence(self._index.location, listing=_proof(shelf.total)),
            notes=(f"the folder {self._index} has no distribution file at all",) if is_empty else (),
            among=shelf.files.keys(),
            lists_nothing=is_empty,
        )

    def _at_rest(self, project: NormalizedName, entry: Entry) -> Entry:
        """The file as it is when nobody writes to it any more."""
        stamp = self._settling.rest(entry.path, entry.stamp)
        if stamp is None:
            raise self._unseen(project, "folder-moving", entry.path)
        return entry._replace(stamp=stamp)

    def _check_claims(self, project: NormalizedName, shelf: _Shelf) -> None:
        """Refuse to answer where a file of the project cannot be used, and lies nowhere else."""
        present = {entry.filename for entry in shelf.files.get(project, ())}
        for kind, path in shelf.claims:
            filename = os.path.basename(path)
            if filename not in present and project in claimants(filename):
                raise self._unseen(project, kind, path)

    def _check_bundles(self, project: NormalizedName, bundles: Iterable[_Bundle]) -> None:
        """Refuse to answer where a bundle has files of the project that lie nowhere else."""
        extracted = {entry.filename for entry in self._shelf.get().files.get(project, ())}
        waiting = {bundle.path: bundle.files.get(project, frozenset()) - extracted for bundle in bundles}
        if any(waiting.values()):
            raise trouble.in_bundles(
                project, self._index, {path: waiting[path] for path in waiting if waiting[path]}
            )

    def _unseen(self, project: NormalizedName, kind: str, path: str) -> IndexUnavailable:
        question = Question(project, self._index, public=False, url=path)
        return trouble.unavailable(question, kind, _KINDS[kind])

    def _down(self, path: str, error: OSError) -> IndexUnavailable:
        question = Question(None, self._index, public=False, url=path)
        return trouble.unavailable(question, "down", error.strerror or str(error))

    # ------------------------------------------------------------------------------------- looking

    def _look(self) -> _Shelf:
        try:
            scan = scan_folder(self._index.location, follow=self._index.follow_symlinks)
        except OSError as error:
            raise self._down(error.filename or self._index.location, error) from error
        bundles, unseen = self._bundles(_archives(scan, versioned=False))
        places = {bundle.path for bundle in bundles}
        files: dict[NormalizedName, list[Entry]] = {}
        entries = [entry for entry in scan.entries if entry.path not in places]
        for entry in entries:
            for project in claimants(entry.filename):
                files.setdefault(project, []).append(entry)
        return _Shelf(
            files=files,
            bundles=bundles,
            versioned=_archives(scan, versioned=True),
            claims=scan.claims,
            unseen=(*scan.unseen, *unseen),
            total=len(entries),
        )

    def _read_versioned(self) -> tuple[list[_Bundle], list[tuple[str, str]]]:
        """Bundles among the archives that are called like an sdist; read only when something is missing."""
        return self._bundles(self._shelf.get().versioned)

    def _bundles(self, paths: Sequence[str]) -> tuple[list[_Bundle], list[tuple[str, str]]]:
        """The bundles among these archives, and those whose content cannot be seen, or not all of it."""
        found = self._settling.read(paths, content)
        unseen = [("folder-archive", path) for path in paths if path not in found or _is_nested(found[path])]
        bundles = [_bundle(path, found[path]) for path in paths if path in found and found[path].files]
        return bundles, unseen


def _archives(scan: Scan, *, versioned: bool) -> list[str]:
    return [
        entry.path
        for entry in scan.entries
        if is_archive(entry.filename) and has_version(entry.filename) is versioned
    ]


def _is_nested(found: Content) -> bool:
    return found.is_nested


def _bundle(path: str, found: Content) -> _Bundle:
    files: dict[NormalizedName, set[str]] = {}
    for name in found.files:
        for project in claimants(name):
            files.setdefault(project, set()).add(name)
    return _Bundle(path, {project: frozenset(names) for project, names in files.items()})


def _proof(total: int) -> str:
    """Why a folder with so many files does not have a project."""
    if not total:
        return "no distribution file is there at all"
    return "its only file is of another project" if total == 1 else f"its {total} files are of other projects"


def _distinct(index: Index, entries: list[Entry]) -> Iterator[ProjectFile]:
    """Each file name once, in whatever spelling; copies of one file in several sub-folders are the same file."""
    before: dict[str, Entry] = {}
    for entry in entries:
        name = canonicalize_name(entry.filename)
        if name in before:
            _check_same(index, before[name], entry)
            continue
        before[name] = entry
        yield ProjectFile(entry.filename, entry.path, size=entry.stamp[0])


def _check_same(index: Index, one: Entry, other: Entry) -> None:
    if one.stamp[0] == other.stamp[0] and _sha256(one.path) == _sha256(other.path):
        return
    raise IntegrityError(
        f"the local index has two different files named {foreign(one.filename)}",
        facts=(
            ("local index", str(index)),
            ("one", foreign(one.path)),
            ("the other", foreign(other.path)),
        ),
        remedies=("remove the one that is wrong; give a changed file a version of its own",),
        data={"filename": one.filename, "paths": [one.path, other.path]},
    )


def _sha256(path: str) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
