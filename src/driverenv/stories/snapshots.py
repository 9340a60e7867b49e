"""The story of snapshots: what a repository has, written down; two of them compared; one restored."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from os import PathLike
from pathlib import Path

from driverenv import _http
from driverenv.errors import RepositoryRefused, foreign
from driverenv.events import Listener, Working, ignore
from driverenv.index.inventory import Inventory, inventory
from driverenv.model.answers import ProjectFile
from driverenv.model.site import Index, Mode, Policy
from driverenv.repository import keeping
from driverenv.repository.checking import digest
from driverenv.repository.difference import Difference, difference
from driverenv.repository.folder import CONTENT, Folder, unusable
from driverenv.repository.keeping import Kept
from driverenv.repository.manifest import REMOVAL, Item, Manifest
from driverenv.repository.names import readings
from driverenv.stories.stocking import ident, instant, is_file_of_an_index, item_of

CONTENT_ENDING = ".content"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What was written down, and where."""

    path: str
    ident: str
    manifest: Manifest
    copied: int
    """How many contents were copied; those that are kept already are not copied again."""


@dataclass(frozen=True, slots=True)
class Compared:
    """Two sides and what differs."""

    a: Manifest
    b: Manifest
    difference: Difference


@dataclass(frozen=True, slots=True)
class Restored:
    """What was put back, and what was taken out for it."""

    folder: str
    ident: str
    put: tuple[Item, ...]
    taken: tuple[Item, ...]
    there: int
    """How many files were there already."""
    removal: str = ""
    """The id by which what was taken out can be put back."""
    dry_run: bool = False


def manifest_of(
    index: Index,
    *,
    on_event: Listener = ignore,
    transport: _http.Transport | None = None,
    hashed: bool = True,
) -> Manifest:
    """What a folder, or a server, has now; of a folder without contents unless `hashed`.

    Raises `RepositoryRefused` (`REPOSITORY_UNUSABLE`) and `IndexUnavailable`.
    """
    now = instant(time.time())
    if not index.is_folder:
        found = inventory_of(index, on_event=on_event, transport=transport)
        return Manifest(index.location, now, tuple(_items(found)))
    folder = Folder(Path(index.location))
    held = [one for one in folder.held() if is_file_of_an_index(one.filename)]
    items = []
    for number, one in enumerate(held, 1):
        if not hashed:
            items.append(item_of(one, "", one.size)._replace(sha256=None))
            continue
        on_event(Working("reading", one.path, number, len(held)))
        try:
            items.append(item_of(one, *digest(folder.path / one.path)))
        except OSError as error:
            raise unusable(folder.path, error) from error
    return Manifest(str(folder.path), now, tuple(items))


def inventory_of(
    index: Index, *, on_event: Listener = ignore, transport: _http.Transport | None = None
) -> Inventory:
    """Everything that a server lists. Raises `IndexUnavailable`."""

    def hear(name: str, number: int, count: int) -> None:
        on_event(Working("reading", name, number, count))

    with _opened(index, transport) as door:
        return inventory(index, transport=door, on_page=hear)


@contextlib.contextmanager
def _opened(index: Index, transport: _http.Transport | None) -> Iterator[_http.Transport]:
    from driverenv.settings.credentials import find  # noqa: PLC0415 (for passwords that are kept elsewhere)

    if transport is not None:
        yield transport
        return
    policy = Policy(mode=Mode.OFFLINE, local=[index], public=None)
    with _http.open_transport(policy, credentials=lambda one: find(one, environ=os.environ)) as opened:
        yield opened


def _items(found: Inventory) -> Iterator[Item]:
    seen: dict[str, ProjectFile] = {}
    for files in found.files.values():
        seen |= {file.filename: file for file in files}
    for file in seen.values():
        named = readings(file.filename)
        project, version = (named[0].project, named[0].version) if named else ("", "")
        yield Item(file.filename, project, version, file.digest("sha256"), file.size, file.upload_time)


def snapshot(
    index: Index,
    *,
    output: str | PathLike[str] | None = None,
    with_files: bool = False,
    on_event: Listener = ignore,
    transport: _http.Transport | None = None,
) -> Snapshot:
    """Write down what `index` has: to `output`, else, of a folder, beside it.

    With `with_files` the contents are copied, too, each once, to where `restore` finds them.
    Raises what `manifest_of` raises, and `RepositoryRefused` where that is not possible.
    """
    manifest = manifest_of(index, on_event=on_event, transport=transport)
    name, at = ident(), Path(os.path.abspath(output)) if output is not None else None
    if not index.is_folder:
        if at is None or with_files:
            raise _of_server(index)
        return _noted(keeping.note_at(at, manifest), 0)
    folder = Folder(Path(index.location))
    with folder.changing():
        copied = 0
        if with_files:
            content = at.with_suffix(CONTENT_ENDING) if at else folder.own / CONTENT
            copied = keeping.keep_contents(folder, manifest.items, content)
            beside = content.name if at else f"../{CONTENT}"
            manifest = Manifest(manifest.location, manifest.when, manifest.items, content=beside)
        kept = keeping.note_at(at or keeping.place_of(folder, name), manifest)
    return _noted(kept, copied)


def _noted(kept: Kept, copied: int) -> Snapshot:
    return Snapshot(str(kept.path), kept.ident, kept.manifest, copied)


def _of_server(index: Index) -> RepositoryRefused:
    return RepositoryRefused(
        f"a snapshot of the server {foreign(index)} needs a place of its own, and has no contents",
        code="SNAPSHOT_INVALID",
        facts=(("server", foreign(index)),),
        remedies=("name a file: -o FILE, without --with-files",),
        data={"location": index.location},
    )


def compare(a: Manifest, b: Manifest) -> Compared:
    """What differs from `a` to `b`."""
    return Compared(a, b, difference(a, b))


def find(what: str, *, folder: str | PathLike[str] | None) -> Kept | None:
    """The snapshot, or removal, that `what` is: a file, or an id of those of `folder`; None where it is neither.

    Raises `RepositoryRefused` (`SNAPSHOT_INVALID`).
    """
    if os.path.isfile(what):
        return keeping.read(Path(os.path.abspath(what)))
    if folder is None or not os.path.isdir(folder):
        return None
    return keeping.find(Folder(Path(folder)), what)


def kept_of(folder: str | PathLike[str]) -> tuple[Kept, ...]:
    """Every snapshot and removal of a folder, the oldest first."""
    return keeping.all_kept(Folder(Path(folder)))


def restore(
    kept: Kept,
    folder: str | PathLike[str],
    *,
    replace: bool = False,
    dry_run: bool = False,
    on_event: Listener = ignore,
) -> Restored:
    """Make the repository what a snapshot says, or put back what a removal took out.

    For a snapshot, files that it does not have are taken out (and can be put back), and so is what has another
    content; a removal only adds, and other contents must be allowed by `replace`.

    Raises `RepositoryRefused`: `CONTENT_MISSING`, `OTHER_CONTENT`; then nothing is changed.
    """
    into = Folder(Path(folder))
    with into.changing():
        now = manifest_of(Index(os.path.abspath(into.path)), on_event=on_event)
        there = {item.path: item for item in now.items}
        wanted = {item.path: item for item in kept.manifest.items}
        is_removal = kept.manifest.kind == REMOVAL
        put = [item for path, item in wanted.items() if _is_other(item, there.get(path))]
        taken = [there[item.path] for item in put if item.path in there]
        if is_removal and taken and not replace:
            raise _taken_names(kept, taken)
        if not is_removal:
            taken += [item for path, item in there.items() if path not in wanted]
        sources = _sources(kept, into, put, there)
        removal = "" if dry_run or not taken else ident()
        if not dry_run:
            _carry_out(into, put, taken, sources, removal=removal, why=f"restore {kept.ident}")
    return Restored(
        folder=str(into.path),
        ident=kept.ident,
        put=tuple(put),
        taken=tuple(sorted(taken)),
        there=len(wanted) - len(put),
        removal=removal,
        dry_run=dry_run,
    )


def _is_other(item: Item, there: Item | None) -> bool:
    return there is None or there.sha256 != item.sha256


def _sources(kept: Kept, into: Folder, put: list[Item], there: Mapping[str, Item]) -> dict[str, Path]:
    """Where the content of each file lies that is to be put back; it may be there, under another name."""
    present = {item.sha256: into.path / path for path, item in there.items() if item.sha256}
    known = keeping.contents(kept, into)
    sources = {}
    for item in put:
        place = known.get(item.path) or present.get(item.sha256 or "")
        if place is not None:
            sources[item.path] = place
    lost = [item for item in put if item.path not in sources]
    if lost:
        raise keeping.missing(lost, kept.ident)
    return sources


def _carry_out(
    into: Folder, put: list[Item], taken: list[Item], sources: Mapping[str, Path], *, removal: str, why: str
) -> None:
    """First copy what is put back to the side, then take out, then rename."""
    with into.staging() as scratch:
        copies = {}
        for number, item in enumerate(put):
            copies[item.path] = scratch / str(number)
            keeping.copy(sources[item.path], copies[item.path], item)
        if removal:
            keeping.take_out(into, taken, ident=removal, when=instant(time.time()), why=why)
        for item in put:
            into.put(copies[item.path], item.path, move=True)


def _taken_names(kept: Kept, taken: list[Item]) -> RepositoryRefused:
    return RepositoryRefused(
        f"{len(taken)} of the files of {foreign(kept.ident)} are there with another content, and nothing was changed",
        code="OTHER_CONTENT",
        facts=tuple(("is there", f"{foreign(item.path)}, sha256 {item.sha256}") for item in taken[:20]),
        remedies=("to have the old ones in their place: --replace (what is there now can be put back)",),
        data={"files": [item.path for item in taken]},
    )
