"""The story of `driverenv gc`: what nobody uses is taken away, in two phases, while launches go on.

First each environment that goes is renamed into the trash, by whoever has its lease to himself: from then on nobody
finds it, and a launch that comes a moment later makes it anew. Then its users are looked for once more, and it is
removed. Wherever this is cut off, the next collection goes on: what lies in the trash is nobody's.
"""

from __future__ import annotations

import contextlib
import os
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from driverenv import _fs, boot, environment, lease
from driverenv.generations import Drivers, keeping
from driverenv.generations.keeping import Place, Verdict
from driverenv.model.keeping import Keep
from driverenv.store import Store, usage
from driverenv.stories import holdings, leftovers, spares
from driverenv.stories.evicting import Eviction, Shelf
from driverenv.stories.leftovers import Collected

ENVIRONMENT, WHEEL, ARCHIVE = "environment", "wheel", "archive"
_DAY = 86_400.0


@dataclass(frozen=True, slots=True)
class Collection:
    """What a collection came to."""

    items: tuple[Collected, ...]
    """Everything that was looked at and goes, and every environment that stays."""
    dry_run: bool

    @property
    def gone(self) -> tuple[Collected, ...]:
        """What was removed, or would be."""
        return tuple(one for one in self.items if not one.stays)

    @property
    def size(self) -> int:
        """The bytes that this frees; what other environments and the store share is not counted."""
        return sum(one.size for one in self.gone)


def collect(
    home: str | os.PathLike[str] | None = None,
    *,
    keep: Keep | None = None,
    everything: bool = False,
    dry_run: bool = False,
) -> Collection:
    """Remove what nobody uses below the home folder, while launches go on.

    Never removed is what a process holds (`Environment.lease`, and whatever `Command` starts), or somebody went back
    to on purpose. What was removed and is needed again is made again.

    Args:
        home: driverenv's home folder; None reads the settings.
        keep: what stays beside that; None reads the settings.
        everything: all that nobody uses goes, whatever `keep` says.
        dry_run: nothing is removed; only say what would be.

    Raises:
        HomeUnusable: the system refuses, or another collection does not come to its end.
        SettingsInvalid: the settings are needed, and wrong.
    """
    home, keep = _filled(home, keep)
    with _fs.lock(Path(home, "locks", "gc")):
        return _Collector(Path(home), keep, everything=everything, dry_run=dry_run, now=time.time()).collect()


def _filled(home: str | os.PathLike[str] | None, keep: Keep | None) -> tuple[str, Keep]:
    if home is not None and keep is not None:
        return os.path.abspath(home), keep
    from driverenv import settings as settings_room  # noqa: PLC0415 (only where settings are needed)

    settings = settings_room.load(environ=os.environ, arguments={}, config=None, cwd=Path.cwd())
    return os.path.abspath(home or settings.home), keep or settings.policy().keep


class _Collector:
    def __init__(self, home: Path, keep: Keep, *, everything: bool, dry_run: bool, now: float) -> None:
        self._home, self._keep, self._now = home, keep, now
        self._everything, self._dry_run = everything, dry_run
        self._store = Store(home, boot=boot.identity(now))
        self._root = home / "environments"
        self._trash = home / "trash"

    def collect(self) -> Collection:
        items = list(self._emptied_trash())
        verdicts = keeping.judge(self._places(), self._keep, now=self._now, everything=self._everything)
        sizes = {one.place.key: self._size(one) for one in verdicts if not one.stays}
        shelf = Shelf(holdings.holdings(str(self._home)).rows, self._keep, now=self._now)
        shelf.judge(_going(verdicts))
        verdicts = self._within_limit(verdicts, sizes, shelf)
        retired = [self._retired(one) for one in verdicts]
        back = set() if self._dry_run else self._empty_trash()
        items += [self._told(one, sizes, is_back=one.place.key in back) for one in retired]
        items += self._evicted(shelf.evictions, _going(retired) - back)
        since = self._now - self._keep.unused_days * _DAY
        items += leftovers.sweep(self._home, self._store, since=since, dry_run=self._dry_run)
        if not self._dry_run:
            spares.tidy(str(self._home))
            environment.sync(self._store)  # no launch waits for the disk: whoever cleans up has the time
        return Collection(tuple(items), self._dry_run)

    # ------------------------------------------------------------------------------- environments

    def _places(self) -> list[Place]:
        """Every environment, with what is known of its use."""
        folders = list(_folders(self._root))
        answered = leftovers.answered(self._home)
        used = {one.name: max(_taken(one), answered.get(one.name, 0.0)) for one in folders}
        owners: dict[str, tuple[keeping.Owner, ...]] = {}
        for driver in Drivers(str(self._home)):
            for key, owner in keeping.owners(driver.lineage, driver.shown, used):
                owners[key] = (*owners.get(key, ()), owner)
        for spare, model in spares.models(
            str(self._home)
        ).items():  # it stays as long as what it is a spare of
            owners[spare] = tuple(one for one in owners.get(model, ()) if one.rank == 0 or one.is_pinned)
        running = environment.keys_in_use(self._root)
        return [
            Place(
                key=one.name,
                name=_name(one),
                used=used[one.name],
                is_held=one.name in running or lease.is_held(str(one / lease.NAME)),
                owners=owners.get(one.name, ()),
            )
            for one in folders
        ]

    def _within_limit(self, verdicts: list[Verdict], sizes: dict[str, int], shelf: Shelf) -> list[Verdict]:
        """The verdicts, with more that goes where all together takes more than it may: what nobody has goes first."""
        limit = self._keep.max_bytes
        if limit is None:
            return verdicts
        rest = {one.place.key: self._size(one) for one in verdicts if one.stays}
        gone, goes = _going(verdicts), set[str]()
        shelf.make_room(sum(rest.values()) + shelf.size - limit, gone)
        for one in keeping.spare(verdicts, self._keep, now=self._now):
            if sum(rest.values()) + shelf.size <= limit:
                break
            goes.add(one.place.key)
            sizes[one.place.key] = rest.pop(one.place.key)
            shelf.make_room(sum(rest.values()) + shelf.size - limit, gone | goes)
        why = "space is short"
        return [one._replace(stays=False, why=why) if one.place.key in goes else one for one in verdicts]

    def _evicted(self, evictions: list[Eviction], gone: set[str]) -> Iterator[Collected]:
        """What of the store goes, unless an environment that has it stays after all, or a launch took it just now."""
        for one, why in evictions:
            if set(one.keys) - gone:
                continue
            if self._dry_run or usage.evict(self._store, one.sha256, unless_used_since=one.used):
                kind = WHEEL if one.files else ARCHIVE
                path = self._home / f"{kind}s" / one.sha256[:2] / one.sha256
                told = f"{one.name}: {why}" if one.name else why
                yield Collected(kind, str(path), told, one.size)

    def _retired(self, verdict: Verdict) -> Verdict:
        """The first phase: out of everybody's sight, unless somebody has taken it since it was judged."""
        if verdict.stays or self._dry_run:
            return verdict
        folder = self._root / verdict.place.key
        path = str(folder / lease.NAME)
        claimed = lease.claim(path)
        if claimed is None:
            return verdict._replace(stays=True, why="a process runs from it, or is about to")
        try:
            if _taken(folder) > verdict.place.used:
                return verdict._replace(stays=True, why="it was taken just now")
            self._trash.mkdir(mode=0o700, exist_ok=True)
            folder.rename(self._trash / f"{verdict.place.key}.{uuid.uuid4().hex[:12]}")
        except OSError as error:
            return verdict._replace(stays=True, why=f"it cannot be removed: {error.strerror or error}")
        finally:
            lease.release(claimed)
        return verdict

    def _told(self, verdict: Verdict, sizes: dict[str, int], *, is_back: bool) -> Collected:
        place = verdict.place
        path = str(self._root / place.key / place.name)
        if is_back:
            return Collected(ENVIRONMENT, path, "a process runs from it, without a lease", stays=True)
        size = 0 if verdict.stays else sizes.get(place.key, 0)
        return Collected(ENVIRONMENT, path, verdict.why, size, stays=verdict.stays)

    def _size(self, verdict: Verdict) -> int:
        return leftovers.size_of(self._root / verdict.place.key)

    # --------------------------------------------------------------------------------------- trash

    def _emptied_trash(self) -> Iterator[Collected]:
        """What an earlier collection left when it was cut off."""
        for folder in list(_folders(self._trash)):
            size = leftovers.size_of(folder)
            yield Collected(
                "trash", str(folder), "an earlier collection did not come to its end", size, stays=False
            )
        if not self._dry_run:
            self._empty_trash()

    def _empty_trash(self) -> set[str]:
        """The second phase: who uses it all the same? Else it goes. Gives the keys of what was put back."""
        folders, back = list(_folders(self._trash)), set()
        running = environment.keys_in_use(self._root) if folders else set()
        for folder in folders:
            key = folder.name.partition(".")[0]
            claimed = lease.claim(str(folder / lease.NAME))
            if claimed is None:
                continue  # somebody who came late lets go of it at once; the next collection removes it
            try:
                if key in running and self._put_back(folder, key):
                    back.add(key)
                    continue
                self._rescue(folder, key)
            finally:
                lease.release(claimed)
            with contextlib.suppress(OSError):
                environment.remove(folder, _name(folder), self._store)
        return back

    def _put_back(self, folder: Path, key: str) -> bool:
        """A process runs from it that holds no lease: where nobody has made it anew meanwhile it goes back."""
        try:
            folder.rename(self._root / key)
        except OSError:
            return False
        return True

    def _rescue(self, folder: Path, key: str) -> None:
        name = _name(folder)
        if name:
            environment.remember_edits(folder / name, key, self._store)
        if self._keep.logs is not None and name:
            environment.rescue_logs(
                folder / name, self._keep.log_files, Path(self._keep.logs, name, key[:12])
            )


def _going(verdicts: list[Verdict]) -> set[str]:
    """The keys of environments that go."""
    return {one.place.key for one in verdicts if not one.stays}


def _folders(root: Path) -> Iterator[Path]:
    """The folders right below `root`, in order of names."""
    try:
        found = sorted(entry.name for entry in os.scandir(root) if entry.is_dir(follow_symlinks=False))
    except FileNotFoundError:
        return
    except OSError as error:
        raise _fs.unusable(root, error) from error
    for name in found:
        yield root / name


def _name(folder: Path) -> str:
    """The readable name of the environment in `folder`; "" where there is none."""
    return next((path.name for path in _folders(folder)), "")


def _taken(folder: Path) -> float:
    """When the environment was taken last, in seconds since the epoch."""
    for name in (lease.NAME, ""):
        with contextlib.suppress(OSError):
            return os.stat(folder / name).st_mtime
    return 0.0
