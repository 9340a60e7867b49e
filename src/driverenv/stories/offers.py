"""What is offered to a repository: files, folders and bundles, down to single distributions, each of them checked."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from driverenv import _fs
from driverenv.errors import ArchiveRejected, DriverEnvError, foreign
from driverenv.events import Listener, Working
from driverenv.index.bundles import Content, content
from driverenv.index.filenames import is_archive, is_distribution
from driverenv.index.scan import scan_folder
from driverenv.repository import checking, unpacking
from driverenv.repository.checking import Checked
from driverenv.repository.folder import unusable
from driverenv.repository.names import readings, why_not

_DEPTH = 3
"""How many archives may lie inside each other."""


class Passed(NamedTuple):
    """A file that was passed over, and why."""

    shown: str
    why: str


class Opened(NamedTuple):
    """A bundle, and how many distribution files were in it."""

    shown: str
    files: int


@dataclass(frozen=True, slots=True)
class Offer:
    """Everything that was offered, looked at."""

    files: tuple[Checked, ...]
    """One a file name, in order of names."""
    passed: tuple[Passed, ...]
    """Files in folders and bundles that nobody could use: eggs, installers, signatures."""
    refused: tuple[DriverEnvError, ...]
    """An error for each file that may not be put into a repository."""
    bundles: tuple[Opened, ...]

    def raise_refused(self) -> None:
        """Raise one error for all that is refused, if anything is."""
        if self.refused:
            raise together(self.refused, len(self.files) + len(self.refused))


class _Found(NamedTuple):
    path: Path
    filename: str
    shown: str
    is_named: bool
    """Whether a person named this very file."""


@contextlib.contextmanager
def scratch() -> Iterator[Path]:
    """A private temporary folder for what is opened and checked, gone at the end."""
    place = Path(tempfile.mkdtemp(prefix="driverenv-offer-"))
    try:
        yield place
    finally:
        _fs.remove(place)


def gather(paths: Iterable[Path], *, scratch: Path, on_event: Listener) -> Offer:
    """Open and check all that is at `paths`; what comes out of archives lies below the folder `scratch`.

    Raises `RepositoryRefused` where a path cannot be read; what is wrong with single files is in the offer.
    """
    gathering = _Gathering(scratch, on_event)
    try:
        return gathering.run(paths)
    except OSError as error:
        raise unusable(Path(error.filename or "."), error) from error


class _Gathering:
    def __init__(self, scratch: Path, on_event: Listener) -> None:
        self._scratch, self._on_event = scratch, on_event
        self._passed: list[Passed] = []
        self._refused: list[DriverEnvError] = []
        self._bundles: list[Opened] = []
        self._count = 0

    def run(self, paths: Iterable[Path]) -> Offer:
        found = [one for path in paths for one in self._open(path)]
        checked: dict[str, Checked] = {}
        for number, one in enumerate(found, 1):
            self._on_event(Working("checking", one.filename, number, len(found)))
            try:
                self._take(checked, self._check(one))
            except ArchiveRejected as error:
                self._refused.append(_with(error, one.shown, _OF_FILE))
            except DriverEnvError as error:
                self._refused.append(error)
        files = tuple(checked[name] for name in sorted(checked))
        return Offer(files, tuple(sorted(self._passed)), tuple(self._refused), tuple(self._bundles))

    def _check(self, one: _Found) -> Checked:
        return checking.check(one.path, filename=one.filename, shown=one.shown)

    def _take(self, checked: dict[str, Checked], one: Checked) -> None:
        """The same file offered twice is one; two different ones of a name are none."""
        before = checked.setdefault(one.named.filename, one)
        if before.sha256 != one.sha256:
            raise checking.refused(one.shown, f"{before.shown} has the same name and another content")

    def _open(self, path: Path) -> Iterator[_Found]:
        if path.is_dir():
            for entry in sorted(scan_folder(str(path), follow=False).entries):
                yield from self._one(Path(entry.path), entry.path, is_named=False, depth=0)
        elif not path.exists():
            raise checking.refused(str(path), "there is no such file")
        else:
            with path.open("rb"):
                yield from self._one(path, str(path), is_named=True, depth=0)

    def _one(self, path: Path, shown: str, *, is_named: bool, depth: int) -> Iterator[_Found]:
        """The file itself, or what is in it."""
        inside = content(str(path)) if is_archive(path.name) else None
        if inside is not None and is_bundle(inside):
            yield from self._bundle(path, shown, depth)
        elif inside is None and is_archive(path.name) and not readings(path.name):
            why = "what is in it cannot be seen: it is cut off, or of an unknown kind"
            self._refused.append(checking.refused(shown, why))
        elif readings(path.name) or is_named:
            yield _Found(path, path.name, shown, is_named)
        else:
            self._passed.append(Passed(shown, why_not(path.name)))

    def _bundle(self, path: Path, shown: str, depth: int) -> Iterator[_Found]:
        if depth >= _DEPTH:
            self._passed.append(Passed(shown, f"archives lie more than {_DEPTH} deep inside each other"))
            return
        self._count += 1
        into = self._scratch / f"bundle-{self._count}"
        try:
            inner = unpacking.extract(path, into=into, wanted=is_distribution, shown=shown)
        except ArchiveRejected as error:
            self._refused.append(_with(error, shown, _OF_BUNDLE))
            return
        found = [
            one
            for member, place in inner
            for one in self._one(place, f"{shown}/{member}", is_named=False, depth=depth + 1)
        ]
        if found:
            self._bundles.append(Opened(shown, len(found)))
        yield from found


def is_bundle(inside: Content) -> bool:
    """Whether an archive of this content is one of distributions, and none itself."""
    return not inside.is_source and bool(inside.files or inside.is_nested or inside.is_driver)


def _with(error: ArchiveRejected, shown: str, remedy: str) -> ArchiveRejected:
    """The same verdict for a file that is not on any index yet."""
    facts = tuple((label, foreign(shown) if label == "file" else text) for label, text in error.facts)
    return ArchiveRejected(error.summary, facts=facts, remedies=(remedy,), data={**error.data, "path": shown})


_OF_FILE = "get the file again from where it came, or build it anew with a current tool"
_OF_BUNDLE = "pack it again with a current zip tool; or extract it yourself, and give the folder"


def together(refused: tuple[DriverEnvError, ...], count: int) -> DriverEnvError:
    """One error for all files that are refused; nothing was changed."""
    first = refused[0]
    if len(refused) == 1:
        return first
    facts = [(f"file {number}", f"{one.code}: {one.summary}") for number, one in enumerate(refused, 1)]
    remedies = dict.fromkeys(remedy for one in refused for remedy in one.remedies)
    return type(first)(
        f"{len(refused)} of {count} files cannot be put into a repository, and nothing was changed",
        code=first.code,
        facts=tuple((label, foreign(text, limit=500)) for label, text in facts),
        remedies=(*remedies, "or leave them out: --skip-bad"),
        data={"problems": [one.as_dict() for one in refused]},
    )
