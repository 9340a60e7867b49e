"""Whether an environment is still what it was made: by stamps, and by contents where a stamp changed."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import os
import stat
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from driverenv import _fs, warm
from driverenv.environment import shipped
from driverenv.environment.naming import COMPLETE, MANIFEST
from driverenv.environment.record import SYMLINK, Laid, read_manifest, wheels_in
from driverenv.environment.shipped import Place, Section, Shipped
from driverenv.errors import IntegrityError, foreign
from driverenv.events import Listener
from driverenv.model.plan import OVERLAY
from driverenv.store import Store, sharing
from driverenv.store.damage import Damaged, content_differs
from driverenv.store.stamps import Part


def look_closer(at: Path, store: Store, on_event: Listener) -> str:
    """Compare the environment whose prefix is `at` with what it was made with; "" where it is that, else what is not.

    What the driver added is no difference (logs, caches, byte code), unless Python would run it at every
    start. A file whose stamp changed and whose content did not is fine, and so it is written down. Where the
    store's file is the damaged one it is put aside there (`Warned`, `STORE_DAMAGED`).

    Raises `HomeUnusable` where the system refuses.
    """
    try:
        found = shipped.parse(_fs.read(at.parent / warm.SHIPPED))
        rows = {row.target: row for row in read_manifest(_fs.read(at.parent / MANIFEST))}
    except (OSError, ValueError):
        return "its record of what was shipped cannot be read"
    try:
        return _Look(at, store, on_event, rows).compare(found)
    except OSError as error:
        raise _fs.unusable(at, error) from error


def doubt(at: Path, store: Store) -> None:
    """Have the contents of all its files decide, and of the wheels in it, when the environment at `at` is looked at next.

    Raises `HomeUnusable`; where its records cannot be read it is not whole anyway.
    """
    try:
        for one in wheels_in(_fs.read(at.parent / COMPLETE)):
            store.doubt(one.sha256)
        data = _fs.read(at.parent / warm.SHIPPED)
        _fs.write_atomically(at.parent / warm.SHIPPED, shipped.doubted(data))
    except (ValueError, FileNotFoundError):
        return
    except OSError as error:
        raise _fs.unusable(at, error) from error


def differences(at: Path) -> list[str]:
    """What differs from what the environment whose prefix is `at` was made with, by the contents of all its files.

    Nothing is changed by this look. Raises `OSError` and `ValueError` where it cannot be told.
    """
    found = shipped.parse(_fs.read(at.parent / warm.SHIPPED))
    added = sorted(set(shipped.hooks_in(f"{at}/{found.library}")) - set(found.hooks))
    hooks = [f"{foreign(one)} was added: Python runs it at every start" for one in added]
    return [*check_contents(at), *hooks]


def check_contents(at: Path) -> Iterator[str]:
    """What differs from the manifest of the environment whose prefix is `at`, by the contents of all its files.

    Raises `OSError` and `ValueError` where there is no manifest.
    """
    for row in read_manifest(_fs.read(at.parent / MANIFEST)):
        how = _differs(f"{at}/{row.target}", row)
        if how:
            yield f"{foreign(row.target)}: {how}"


@dataclass(frozen=True, slots=True)
class _Look:
    at: Path
    store: Store
    on_event: Listener
    rows: Mapping[str, Laid]

    def compare(self, found: Shipped) -> str:
        added = set(shipped.hooks_in(f"{self.at}/{found.library}")) - set(found.hooks)
        if added:
            return f"{foreign(min(added))} was added: Python runs it at every start"
        try:
            sections = [self._section(one) for one in found.sections]
            gone = {
                place.path
                for was, now in zip(found.sections, sections, strict=True)
                for place in lost(was, now)
            }
            new = Shipped(
                [*found.own, *gone],
                [one for one in sections if shares(one)],
                found.library,
                found.hooks,
                overlays=found.overlays,
            )
            data = shipped.render(
                new, str(self.at)
            )  # before contents are looked at: later edits are seen next time
        except (FileNotFoundError, NotADirectoryError):
            places = [place.path for one in found.sections for place in one.places if place.here]
            gone = {
                path
                for path in (*found.own, *found.overlays, *places)
                if not os.path.lexists(f"{self.at}/{path}")
            }
            return f"{foreign(min(gone, default=self.at))}: it is gone"
        suspects = gone if self._own_is_as_it_was(found) else new.own
        for target in sorted(suspects):
            how = _differs(f"{self.at}/{target}", self.rows.get(target))
            if how:
                return f"{foreign(target)}: {how}"
        _fs.write_atomically(self.at.parent / warm.SHIPPED, data)
        return ""

    def _own_is_as_it_was(self, found: Shipped) -> bool:
        try:
            stamps = _measured(f"{self.at}/{path}" for path in found.own)
        except OSError:
            return False
        return warm.summary(stamps) == found.digest

    def _section(self, section: Section) -> Section:
        """The section as it is now: a file that is not the store's any more is the environment's own."""
        if self._is_recorded(section):
            return section
        part = self._part(section.record)
        if part is None:
            return Section(section.record, ())
        stored = dict(zip(section.places, part.shared, strict=False))
        places = []
        for place in section.places:
            path = f"{part.folder}/{stored[place].path}"
            same = not place.here or _same_file(f"{self.at}/{place.path}", path)
            below = path[len(str(self.store.home)) + 1 :].replace(os.sep, "/")
            places.append(place if same else Place(here=False, path=below))
        return Section(section.record, tuple(places))

    def _is_recorded(self, section: Section) -> bool:
        home = self.store.home
        paths = (f"{self.at if place.here else home}/{place.path}" for place in section.places)
        try:
            return warm.summary(_measured(paths)) == warm.recorded(f"{home}/{section.record}")
        except (OSError, ValueError):
            return False

    def _part(self, record: str) -> Part | None:
        """The part of the store with this record, looked at, and renewed where it is damaged; None where there is none."""
        for _ in range(2):
            parts = self.store.parts(record)
            if not parts:
                return None
            try:
                sharing.check(os.path.dirname(parts[0].record), parts)
            except Damaged as damage:
                with contextlib.suppress(IntegrityError):  # whoever makes the environment anew meets it again
                    self.store.mend(damage, self.on_event)
            else:
                return parts[-1]
        return None


def lost(before: Section, now: Section) -> Iterator[Place]:
    """The places in the environment that are not shared any more."""
    kept = {place.path for place in now.places if place.here}
    return (place for place in before.places if place.here and place.path not in kept)


def shares(section: Section) -> bool:
    """Whether any file is still shared."""
    return any(place.here for place in section.places)


def _measured(paths: Iterable[str]) -> list[int]:
    stamps: list[int] = []
    for path in paths:
        folder, _, name = path.rpartition("/")
        warm.measure(folder, [name], stamps)
    return stamps


def _same_file(one: str, other: str) -> bool:
    try:
        return os.path.samestat(os.lstat(one), os.lstat(other))
    except OSError:
        return False


def _differs(path: str, row: Laid | None) -> str:
    """How the file at `path` differs from the manifest's row; "" where it does not."""
    if row is None:
        return "the manifest does not have it"
    try:
        status = os.lstat(path)
        if row.kind == SYMLINK:
            return "" if stat.S_ISLNK(status.st_mode) and _leads(path) == row.sha256 else "it leads elsewhere"
        if not stat.S_ISREG(status.st_mode):
            return "it is no regular file any more"
        return "" if row.kind == OVERLAY else content_differs(path, row.size, row.sha256)
    except (FileNotFoundError, NotADirectoryError):
        return "it is gone"
    except PermissionError:
        return "it cannot be read"


def _leads(path: str) -> str:
    digest = hashlib.sha256(os.fsencode(os.readlink(path))).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
