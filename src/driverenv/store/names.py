"""The memory of names: which files of which project an index had, and until when.

A name that was local once must not become public in silence, so what an index answered outlives the
launch. Below home: ``names/<index>/<project>``, one small record for each project that was seen there;
``names/public-<index>/`` has what was fetched from a public index, whose files never change.
A record that cannot be read says "there was something, nobody knows what", never "nothing".
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import threading
from collections.abc import Callable, Collection, Iterable, Iterator
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from packaging.utils import NormalizedName

from driverenv import _fs, warm
from driverenv.model.answers import Found, ProjectFile
from driverenv.model.site import Index
from driverenv.store.absences import Absences

_DIGEST_LENGTH = 40
_PLAIN = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_LONGEST_NAME = 100
_MOST_FILES = 2000
_MOST_CONTENTS = 8
_DAY_SECONDS = 86_400
_ABOUT = ".index"
"""Says which index a folder belongs to, for records that cannot be read."""
_SAMPLE = ".listed"
"""A few names that the index listed, whether or not anybody asked for them: it is not a new one."""
_SAMPLE_SIZE = 20
DAMAGED = ("(names that cannot be read any more)",)
"""What stands for a sample that is damaged: the index did list something."""


class SeenFile(NamedTuple):
    """One file that an index had."""

    filename: str
    sha256: str | None
    """Of the content that was taken from there last, or was listed first; None: not known."""
    size: int | None = None
    """Bytes, of that content."""
    others: tuple[str, ...] = ()
    """The sha256 of all other contents that were listed under this name."""
    vague: bool = False
    """Whether there was another content of which no sha256 is known."""

    @property
    def digests(self) -> tuple[str, ...] | None:
        """The sha256 of all that it ever was; None where one is not known."""
        return None if self.vague or self.sha256 is None else (self.sha256, *self.others)


class Seen(NamedTuple):
    """What an index had of a project."""

    project: str
    location: str
    """The index's location, without credentials; "" where not even that is known."""
    name: str
    """What messages called the index."""
    page: str
    """Where its answer stood: a URL without credentials, or a folder."""
    first: int
    """Seconds since the epoch (UTC)."""
    last: int
    files: tuple[SeenFile, ...]
    whole: bool = True
    """Whether these are all the files that it ever had: False for a damaged or overflowing record."""
    public: bool = False
    place: str = ""
    """Of its record, below the folder of names."""

    @property
    def digests(self) -> frozenset[str] | None:
        """The sha256 of everything it ever had; None where one is not known."""
        known = [file.digests for file in self.files]
        if not self.whole or not known or None in known:
            return None
        return frozenset(digest for digests in known for digest in digests or ())

    @property
    def first_day(self) -> str:
        """When it was seen first, ISO 8601, UTC."""
        return _day(self.first)

    @property
    def last_day(self) -> str:
        """When it was seen last, ISO 8601, UTC; written anew once a day at most."""
        return _day(self.last)

    def file(self, filename: str) -> SeenFile | None:
        """What is remembered of one file."""
        return next((file for file in self.files if file.filename == filename), None)


class Names:
    """The memory of names below `home`, as of `now` (seconds since the epoch). Safe for threads and processes.

    Which names an index had is answered as it was before this object wrote anything of that index: within one
    launch an absence is judged the same, whatever else was asked first.

    Raises `HomeUnusable` where the system refuses what must be done, in every method.
    """

    def __init__(self, home: Path, now: float) -> None:
        self._root = home / "names"
        self._locks = home / "locks" / "names"
        self._now = int(now)
        self._lock = threading.Lock()
        self._before: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {}
        self._known: dict[str, tuple[tuple[int, ...], Seen | None]] = {}
        """What was read, by its path and stamp: it is written by renames, so that another content is another file."""
        self._absences = Absences(home, now)

    # ------------------------------------------------------------------------------------- reading

    def seen(self, index: Index, project: NormalizedName, *, public: bool = False) -> Seen | None:
        """What `index` had of `project`; None: it was never seen there."""
        at = self._at(index, project, public=public)
        try:
            stamp = _fs.version(at)
        except OSError:
            return self._read(Path(at), project)
        known = self._known.get(at)
        if known is None or known[0] != stamp:  # a launch asks up to three times for the same
            known = self._known[at] = stamp, self._read(Path(at), project)
        return known[1]

    def projects(self, index: Index) -> tuple[str, ...]:
        """Every project that a local `index` ever had, sorted."""
        return self._as_before(index)[0]

    def listed(self, index: Index) -> tuple[str, ...]:
        """A few of the projects that a local `index` listed once, whether or not they were asked for; sorted."""
        return self._as_before(index)[1]

    def _as_before(self, index: Index) -> tuple[tuple[str, ...], tuple[str, ...]]:
        key = _key(index.location, public=False)
        with self._lock:
            if key not in self._before:
                folder = self._root / key
                self._before[key] = (tuple(sorted(self._named_in(folder))), _sample(folder / _SAMPLE))
            return self._before[key]

    def everything(self) -> Iterator[Seen]:
        """All that is remembered, sorted by place and project."""
        for folder in sorted(_inside(self._root)):
            for path in sorted(_inside(folder)):
                if not path.name.startswith("."):
                    found = self._read(path, path.name.partition("-")[2])
                    if found is not None:
                        yield found

    def listings(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        """The location of each local index that listed anything, and a few of those names; sorted."""
        for folder in sorted(_inside(self._root)):
            names = _sample(folder / _SAMPLE)
            if names:
                yield _read_checked(folder / _ABOUT) or "", names

    def _named_in(self, folder: Path) -> Iterator[str]:
        for path in _inside(folder):
            kind, _, name = path.name.partition("-")
            if kind == "n":
                yield name
            elif kind == "h" and (found := self._read(path, "")) is not None:
                yield found.project

    # ------------------------------------------------------------------------------------- writing

    def note_listing(self, index: Index, names: Collection[str]) -> None:
        """Keep that a local `index` lists projects, and some of their names."""
        self._as_before(index)
        place = self._root / _key(index.location, public=False) / _SAMPLE
        if names and _sample(place) in ((), DAMAGED):
            with _fs.translated(place):
                self._write_about(place.parent, index)
                _write(place, "\n".join(sorted(names)[:_SAMPLE_SIZE]))

    def forget_listing(self, location: str, names: Collection[str]) -> None:
        """Drop these names from those that the local index at `location` listed."""
        place = self._root / _key(location, public=False) / _SAMPLE
        with _fs.translated(place):
            kept = [name for name in (_read_checked(place) or "").split() if name not in names]
            if kept:
                _write(place, "\n".join(kept))
            else:
                place.unlink(missing_ok=True)

    def remember(self, found: Found) -> None:
        """Keep which files a local index has now; what it had before stays known, too."""
        self._absences.forget(_key(found.index.location, public=False), _file_name(found.project))
        before = self.seen(found.index, found.project)
        if before is not None and self._is_recent(before) and _listed(before, found) == before:
            return

        def renewed(seen: Seen | None) -> Seen:
            return _listed(seen or self._fresh(found.index, found.project), found)

        self._change(found.index, found.project, renewed, public=False)

    def was_absent(self, index: Index, project: NormalizedName) -> bool:
        """Whether the page of `project` in a local `index` said not long ago that it is not there."""
        return self._absences.known(_key(index.location, public=False), _file_name(project))

    def note_absence(self, index: Index, project: NormalizedName) -> None:
        """Keep that the page of `project` in a local `index` says so, unless that is known."""
        if not self.was_absent(index, project):
            self._absences.note(_key(index.location, public=False), _file_name(project))

    def took(
        self,
        index: Index,
        project: NormalizedName,
        file: ProjectFile,
        sha256: str,
        size: int,
        *,
        public: bool,
    ) -> None:
        """Keep the sha256 and size of a file that was fetched from `index`."""
        before = self.seen(index, project, public=public)
        if before is not None and _taken(before, file, sha256, size) == before:
            return

        def renewed(seen: Seen | None) -> Seen:
            fresh = self._fresh(index, project)._replace(page=file.url, public=public)
            return _taken(seen or fresh, file, sha256, size)

        self._change(index, project, renewed, public=public)

    def forget(self, seen: Seen) -> None:
        """Drop what is remembered of one project in one index."""
        place = self._root / seen.place
        with _fs.translated(place):
            place.unlink(missing_ok=True)

    def _change(
        self, index: Index, project: NormalizedName, change: Callable[[Seen | None], Seen], *, public: bool
    ) -> None:
        if not public:
            self._as_before(index)
        place = self._place(index, project, public=public)
        with _fs.lock(self._locks / place.parent.name / place.name), _fs.translated(place):
            seen = change(self._read(place, project))
            seen = seen._replace(name=index.name, last=max(self._now, seen.last))
            self._write_about(place.parent, index)
            _write(place, _rendered(seen))

    @staticmethod
    def _write_about(folder: Path, index: Index) -> None:
        if not (folder / _ABOUT).exists():
            _write(folder / _ABOUT, index.location)

    def _fresh(self, index: Index, project: NormalizedName) -> Seen:
        return Seen(project, index.location, index.name, "", self._now, self._now, ())

    def _is_recent(self, seen: Seen) -> bool:
        return seen.last > self._now - _DAY_SECONDS

    # --------------------------------------------------------------------------------------- disk

    def _place(self, index: Index, project: str, *, public: bool) -> Path:
        return Path(self._at(index, project, public=public))

    def _at(self, index: Index, project: str, *, public: bool) -> str:
        return f"{self._root}/{_key(index.location, public=public)}/{_file_name(project)}"

    def _read(self, place: Path, project: str) -> Seen | None:
        with _fs.translated(place):
            try:
                data = _fs.read(place)
            except (FileNotFoundError, NotADirectoryError):
                return None
        body = data[_DIGEST_LENGTH + 1 :]
        if data[:_DIGEST_LENGTH] == _sum(body):
            with contextlib.suppress(ValueError, KeyError, TypeError):
                return _placed(_parsed(json.loads(body)), place)
        location, changed = _read_checked(place.parent / _ABOUT) or "", self._now
        with contextlib.suppress(OSError):
            changed = int(place.stat().st_mtime)
        return _placed(Seen(project, location, location, "", changed, changed, (), whole=False), place)


# ------------------------------------------------------------------------------------------- merging


def _listed(seen: Seen, found: Found) -> Seen:
    """What is known after an index listed these files."""
    known = {file.filename: file for file in seen.files}
    for file in found.files:
        before, sha256 = known.get(file.filename), file.digest("sha256")
        known[file.filename] = (
            SeenFile(file.filename, sha256, file.size)
            if before is None
            else _again(before, sha256, file.size)
        )
    return _bounded(seen._replace(page=found.page_url), known.values())


def _again(before: SeenFile, sha256: str | None, size: int | None) -> SeenFile:
    if before.sha256 is None:
        return before._replace(sha256=sha256, size=size if size is not None else before.size)
    if sha256 is None:
        other = None not in (size, before.size) and size != before.size
        return before._replace(vague=before.vague or other)
    return _with_content(before, sha256)


def _with_content(before: SeenFile, sha256: str) -> SeenFile:
    if sha256 == before.sha256 or sha256 in before.others:
        return before
    others = (*before.others, sha256)
    return before._replace(
        others=others[-_MOST_CONTENTS:], vague=before.vague or len(others) > _MOST_CONTENTS
    )


def _taken(seen: Seen, file: ProjectFile, sha256: str, size: int) -> Seen:
    """What is known after this content was fetched under a file's name."""
    before = seen.file(file.filename)
    after = SeenFile(file.filename, sha256, size)
    if before is not None and before.sha256 is not None:
        if before.sha256 == sha256 and (file.digest("sha256") or before.size == size):
            return seen
        others = [one for one in (*before.others, before.sha256) if one != sha256]
        after = after._replace(others=tuple(others[-_MOST_CONTENTS:]), vague=len(others) > _MOST_CONTENTS)
    known = {one.filename: one for one in seen.files} | {file.filename: after}
    return _bounded(seen, known.values())


def _bounded(seen: Seen, files: Iterable[SeenFile]) -> Seen:
    ordered = sorted(files)
    return seen._replace(files=tuple(ordered[:_MOST_FILES]), whole=seen.whole and len(ordered) <= _MOST_FILES)


# ------------------------------------------------------------------------------------------ rendering


def _rendered(seen: Seen) -> str:
    return json.dumps([*seen[:6], [list(file) for file in seen.files], seen.whole], separators=(",", ":"))


def _parsed(row: list[Any]) -> Seen:
    project, location, name, page, first, last, files, whole = row
    parsed = tuple(
        SeenFile(str(filename), sha256, size, tuple(others), bool(vague))
        for filename, sha256, size, others, vague in files
    )
    return Seen(project, location, name, page, int(first), int(last), parsed, bool(whole))


def _placed(seen: Seen, place: Path) -> Seen:
    folder = place.parent.name
    return seen._replace(public=folder.startswith("public-"), place=f"{folder}/{place.name}")


def _write(path: Path, text: str) -> None:
    data = text.encode("utf-8", "surrogateescape")
    _fs.write_atomically(path, _sum(data) + b"\n" + data)


def _read_checked(path: Path) -> str | None:
    """What `_write` wrote; None where nothing can be read."""
    try:
        data = _fs.read(path)
    except OSError:
        return None
    body = data[_DIGEST_LENGTH + 1 :]
    return body.decode("utf-8", "surrogateescape") if data[:_DIGEST_LENGTH] == _sum(body) else None


def _sample(path: Path) -> tuple[str, ...]:
    """Names that an index listed; `DAMAGED` where it did, and nobody knows which."""
    text = _read_checked(path)
    if text is None:
        return DAMAGED if os.path.lexists(path) else ()
    return tuple(text.split())


def _sum(body: bytes) -> bytes:
    return warm.key((body,)).encode()


@lru_cache(maxsize=256)
def _key(location: str, *, public: bool) -> str:
    """The folder of an index: one for all spellings of its address, also for those with https in place of http."""
    scheme, separator, rest = location.partition("://")
    if separator and scheme in _PORTS:
        host, slash, path = rest.partition("/")
        place = host.lower().removesuffix(_PORTS[scheme]).removesuffix(".") + slash + path
        location = "http://" + place.rstrip("/").removesuffix("/simple")
    else:
        location = os.path.normpath(location)
    return ("public-" if public else "") + warm.key(
        (location.rstrip("/").encode("utf-8", "surrogateescape"),)
    )


_PORTS = {"http": ":80", "https": ":443"}


def _file_name(project: str) -> str:
    if len(project) <= _LONGEST_NAME and _PLAIN.fullmatch(project):
        return f"n-{project}"
    return f"h-{warm.key((project.encode('utf-8', 'surrogatepass'),))}"


def _inside(folder: Path) -> list[Path]:
    with _fs.translated(folder):
        try:
            return [Path(entry.path) for entry in os.scandir(folder)]
        except (FileNotFoundError, NotADirectoryError):
            return []


def _day(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).date().isoformat()
