"""A folder of wheels and sdists as an index: sub-folders too, one scan for each resolve."""

from __future__ import annotations

import contextlib
import hashlib
import os
import stat
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from packaging.utils import NormalizedName

from driverenv.errors import IndexUnavailable, IntegrityError, foreign
from driverenv.index import trouble
from driverenv.index.filenames import claimants, has_version, is_distribution
from driverenv.index.once import Once
from driverenv.index.trouble import Question
from driverenv.model.answers import Absent, Found, ProjectFile
from driverenv.model.site import Index

_SOURCE_FILES = frozenset({"PKG-INFO", "setup.py", "pyproject.toml"})


class _Entry(NamedTuple):
    filename: str
    path: str
    size: int


class _Bundle(NamedTuple):
    path: str
    files: Mapping[NormalizedName, frozenset[str]]
    """The names of the distribution files inside, by the projects that they may belong to."""


class _Scan(NamedTuple):
    files: dict[NormalizedName, list[_Entry]]
    bundles: list[_Bundle]
    total: int
    versioned: list[str]
    """Zips whose name has a version: sdists most likely, but a bundle may be called so, too."""
    links: list[str]
    """Links to files outside of the folder."""
    unseen: list[tuple[str, str]]
    """What may hold files of any project: by kind of trouble, and path."""


class FolderIndex:
    """One resolve's view of a folder; safe for threads.

    Hidden names are skipped, and links to folders inside. A zip of distributions that nobody extracted
    claims what is inside, and serves none of it: that is an error. So is a link to a file outside; and
    with a link to a folder outside, or a zip that cannot be read, nothing is proven to be absent.
    """

    def __init__(self, index: Index) -> None:
        self._index = index
        self._scanned = Once(self._scan)
        self._versioned = Once(self._read_versioned)

    def answer(self, project: NormalizedName) -> Found | Absent:
        """Whether the folder has `project`.

        Raises `IndexUnavailable` (`LOCAL_DOWN`): it cannot be read; `IntegrityError`: it has two
        different files of the same name; `LocalVersionMismatch`: files are in a bundle, not extracted.
        """
        scan = self._scanned.get()
        self._check_bundles(project, scan.bundles)
        self._check_links(project, scan)
        if project in scan.files:
            try:
                files = tuple(_distinct(self._index, sorted(scan.files[project])))
            except OSError as error:
                raise self._down(error.filename or self._index.location, error) from error
            return Found(project, self._index, files, self._index.location)
        self._check_bundles(project, self._versioned.get())
        for kind, path in scan.unseen:
            raise self._unseen(project, kind, path)
        return Absent(
            project,
            self._index,
            _proof(scan.total),
            among=scan.files.keys(),
            lists_nothing=not (scan.total or scan.bundles),
        )

    def _check_links(self, project: NormalizedName, scan: _Scan) -> None:
        """Refuse to answer where a file of the project is a link to outside, and lies nowhere else."""
        present = {entry.filename for entry in scan.files.get(project, ())}
        for path in scan.links:
            filename = os.path.basename(path)
            if filename not in present and project in claimants(filename):
                raise self._unseen(project, "folder-link", path)

    def _unseen(self, project: NormalizedName, kind: str, path: str) -> IndexUnavailable:
        what = (
            "an archive here whose content cannot be seen"
            if kind == "folder-archive"
            else "a link to outside"
        )
        return trouble.unavailable(
            Question(project, self._index, public=False, url=path), kind, f"this is {what}"
        )

    def _check_bundles(self, project: NormalizedName, bundles: Sequence[_Bundle]) -> None:
        """Refuse to answer where a bundle has files of the project that lie nowhere else."""
        extracted = {entry.filename for entry in self._scanned.get().files.get(project, ())}
        waiting = {bundle.path: bundle.files.get(project, frozenset()) - extracted for bundle in bundles}
        if any(waiting.values()):
            raise trouble.in_bundles(
                project, self._index, {path: waiting[path] for path in waiting if waiting[path]}
            )

    def _read_versioned(self) -> list[_Bundle]:
        """Bundles among the zips that are called like an sdist; read only when something is missing."""
        return [bundle for path in self._scanned.get().versioned if (bundle := _bundle(path)) is not None]

    def _scan(self) -> _Scan:
        files: dict[NormalizedName, list[_Entry]] = {}
        bundles: list[_Bundle] = []
        versioned: list[str] = []
        links: list[str] = []
        unseen: list[tuple[str, str]] = []
        count = 0
        for entry in self._entries(links, unseen):
            bundle = None
            if not has_version(entry.filename):
                bundle = _bundle(entry.path)
                if bundle is None and _is_broken(entry.path):
                    unseen.append(("folder-archive", entry.path))
            elif entry.filename.lower().endswith(".zip"):
                versioned.append(entry.path)
            if bundle is not None:
                bundles.append(bundle)
                continue
            count += 1
            for project in claimants(entry.filename):
                files.setdefault(project, []).append(entry)
        return _Scan(files, bundles, count, versioned, links, unseen)

    def _entries(self, links: list[str], unseen: list[tuple[str, str]]) -> Iterator[_Entry]:
        """The files; what leads out of the folder is added to `links` and `unseen`."""
        folders = [self._index.location]
        inside = os.path.join(os.path.realpath(folders[0]), "")
        while folders:
            for entry in self._listing(folders.pop()):
                if entry.name.startswith("."):
                    continue
                linked = entry.is_symlink() or _is_junction(entry)
                if linked and not os.path.join(os.path.realpath(entry.path), "").startswith(inside):
                    is_file = os.path.isfile(entry.path)
                    if is_distribution(entry.name) and not os.path.isdir(entry.path):
                        links.append(entry.path)
                    elif not is_file:  # a folder, or what is not there now: a share that is not mounted
                        unseen.append(("folder-link", entry.path))
                    continue
                if entry.is_dir() and not linked:
                    folders.append(entry.path)
                elif is_distribution(entry.name):
                    with contextlib.suppress(FileNotFoundError):  # gone since the folder was listed
                        if stat.S_ISREG(entry.stat().st_mode):
                            yield _Entry(entry.name, entry.path, entry.stat().st_size)

    def _listing(self, folder: str) -> list[os.DirEntry[str]]:
        try:
            with os.scandir(folder) as found:
                return sorted(found, key=lambda entry: entry.name)
        except OSError as error:
            raise self._down(folder, error) from error

    def _down(self, path: str, error: OSError) -> IndexUnavailable:
        question = Question(None, self._index, public=False, url=path)
        return trouble.unavailable(question, "down", error.strerror or str(error))


def _proof(total: int) -> str:
    """Why a folder with so many files does not have a project."""
    if not total:
        return "no distribution file is there at all"
    return "its only file is of another project" if total == 1 else f"its {total} files are of other projects"


def _is_junction(entry: os.DirEntry[str]) -> bool:
    """Whether it is a junction of Windows (known to Python since 3.12)."""
    check = getattr(entry, "is_junction", None)
    return bool(check and check())


def _bundle(path: str) -> _Bundle | None:
    """The projects in a zip of distributions; None for anything else, a zipped source tree among it."""
    if not path.lower().endswith(".zip"):
        return None
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.namelist()
    except (OSError, zipfile.BadZipFile, ValueError, NotImplementedError):
        return None
    inside = {name for member in members if is_distribution(name := member.rpartition("/")[2])}
    top = {member.rpartition("/")[2] for member in members if member.count("/") <= 1}
    if not inside or not _SOURCE_FILES.isdisjoint(top):
        return None
    files: dict[NormalizedName, set[str]] = {}
    for name in inside:
        for project in claimants(name):
            files.setdefault(project, set()).add(name)
    return _Bundle(path, {project: frozenset(names) for project, names in files.items()})


def _is_broken(path: str) -> bool:
    """Whether it is a zip by its name that cannot be read: cut off, since it is just being copied."""
    return path.lower().endswith(".zip") and os.path.exists(path) and not _is_readable(path)


def _is_readable(path: str) -> bool:
    try:
        with zipfile.ZipFile(path):
            return True
    except (OSError, zipfile.BadZipFile, ValueError, NotImplementedError):
        return False


def _distinct(index: Index, entries: list[_Entry]) -> Iterator[ProjectFile]:
    """Each file name once; copies of one file in several sub-folders are the same file."""
    before: _Entry | None = None
    for entry in entries:
        if before is not None and before.filename == entry.filename:
            _check_same(index, before, entry)
            continue
        before = entry
        yield ProjectFile(entry.filename, entry.path, size=entry.size)


def _check_same(index: Index, one: _Entry, other: _Entry) -> None:
    if one.size == other.size and _sha256(one.path) == _sha256(other.path):
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
