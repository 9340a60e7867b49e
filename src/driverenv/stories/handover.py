"""The story of a bundle at the site: looked at, put into the local index, and two of them compared."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path

from driverenv.errors import DriverEnvError, RepositoryRefused, foreign
from driverenv.events import Listener, Working, ignore
from driverenv.index.metadata import parse_metadata
from driverenv.model.resolution import Dependencies
from driverenv.repository import bundle as manifests
from driverenv.repository import checking, closure, packing
from driverenv.repository.bundle import MANIFEST, Bundle, Item
from driverenv.repository.difference import Difference, difference
from driverenv.repository.folder import Folder, unusable
from driverenv.repository.manifest import Item as Row
from driverenv.repository.manifest import Manifest
from driverenv.repository.manifest import invalid as no_snapshot
from driverenv.requirements import lockfile
from driverenv.requirements.embedded import Malformed
from driverenv.stories import offers, snapshots, stocking
from driverenv.stories.bundling import Since
from driverenv.stories.stocking import Added

_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Verified:
    """A bundle that is what it says."""

    path: str
    bundle: Bundle


@dataclass(frozen=True, slots=True)
class Compared:
    """What differs between two bundles."""

    a: Bundle
    b: Bundle
    files: Difference
    added: tuple[tuple[str, str], ...]
    """Drivers and targets that only the second is for."""
    removed: tuple[tuple[str, str], ...]

    @property
    def is_empty(self) -> bool:
        """Whether both hold the same, for the same."""
        return self.files.is_empty and not (self.added or self.removed)


def verify(path: str | PathLike[str], *, on_event: Listener = ignore) -> Verified:
    """Look at a bundle as at a stranger's: every byte, every file by the reader of archives, every list for what it lacks.

    Raises `RepositoryRefused` (`BUNDLE_INVALID`) with all that is wrong.
    """
    at = Path(os.path.abspath(path))
    with offers.scratch() as scratch:
        bundle, members = packing.unpack(at, scratch=scratch)
        wrong = [*_members(bundle, members), *_files(bundle, members, on_event), *_locks(bundle, members)]
        for share in bundle.shares:
            lacking = [one for one in closure.unmet(bundle, share) if one not in share.waived]
            wrong += [f"{share.driver} for {share.target}: {one}" for one in lacking]
    _refuse(at, wrong)
    return Verified(str(at), bundle)


def _members(bundle: Bundle, members: Mapping[str, Path]) -> Iterator[str]:
    expected = {MANIFEST, *bundle.members}
    yield from (f"{name} is not in it" for name in sorted(expected - members.keys()))
    yield from (f"{name} is in it, and is not listed" for name in sorted(members.keys() - expected))
    names = [one.filename for one in bundle.items]
    yield from (f"{name} is listed twice" for name in sorted({one for one in names if names.count(one) > 1}))
    used = {name for share in bundle.shares for name in closure.needed(share)}
    yield from (f"{name} is needed by no driver" for name in sorted(set(names) - used))


def _files(bundle: Bundle, members: Mapping[str, Path], on_event: Listener) -> Iterator[str]:
    there = [one for one in bundle.inside if one.path in members]
    for number, item in enumerate(there, 1):
        on_event(Working("checking", item.filename, number, len(there)))
        if checking.digest(members[item.path]) != (item.sha256, item.size):
            yield f"{item.filename} has another content than its list says"
            continue
        try:
            checked = checking.check(members[item.path], filename=item.filename, shown=item.path)
        except DriverEnvError as error:
            yield f"{item.filename}: {error.code}: {error.summary}"
            continue
        if (checked.named.project, checked.named.version) != (item.project, item.version):
            yield f"{item.filename} is listed as {item.project} {item.version}"
        elif checked.metadata is not None:
            yield from _metadata(item, checked.metadata)


def _metadata(item: Item, raw: bytes) -> Iterator[str]:
    said = parse_metadata(raw)
    if not isinstance(said, Dependencies):
        yield f"{item.filename}: its metadata cannot be used"
    elif item.requires is not None and sorted(map(str, said.requires)) != sorted(item.requires):
        yield f"{item.filename} needs other things than its list says"


def _locks(bundle: Bundle, members: Mapping[str, Path]) -> Iterator[str]:
    known = {one.sha256 for one in bundle.items}
    for share in bundle.shares:
        if share.lock not in members:
            continue
        try:
            lock = lockfile.parsed(members[share.lock].read_bytes().decode("utf-8"))
        except (Malformed, UnicodeDecodeError) as error:
            yield f"{share.lock} is no lock: {error}"
            continue
        files = [one for package in lock.packages for one in (*(package.wheels or ()), package.sdist) if one]
        digests = {one.hashes.get("sha256") for one in files}
        if not digests <= known or len(digests) != len(share.uses):
            yield f"{share.lock} has other files than the list of {share.driver} for {share.target}"


def _refuse(at: Path, wrong: list[str]) -> None:
    if wrong:
        facts = tuple(("wrong", foreign(one)) for one in wrong[:_SHOWN])
        more = ((("", f"and {len(wrong) - _SHOWN} more"),)) if len(wrong) > _SHOWN else ()
        why = wrong[0] if len(wrong) == 1 else f"{len(wrong)} things are wrong with it"
        error = manifests.invalid(str(at), why, facts=(*facts, *more))
        error.data["wrong"] = wrong
        raise error


def apply(
    path: str | PathLike[str],
    folder: str | PathLike[str],
    *,
    replace: bool = False,
    dry_run: bool = False,
    on_event: Listener = ignore,
) -> Added:
    """Verify a bundle, and put what is missing into the repository at `folder`; what is there already stays.

    Raises what `verify` and `stocking.add` raise, and `RepositoryRefused` (`BUNDLE_INCOMPLETE`) where the bundle
    builds on files that are not there; then nothing is changed.
    """
    verified = verify(path, on_event=on_event)
    into = Folder(Path(folder))
    _check_base(verified, into)
    offered = [verified.path] if verified.bundle.inside else []
    return stocking.add(offered, into.path, replace=replace, dry_run=dry_run, on_event=on_event)


def _check_base(verified: Verified, into: Folder) -> None:
    wanted = {one.filename: one for one in verified.bundle.elsewhere}
    found = set()
    for held in into.held():
        item = wanted.get(held.filename)
        if item is not None and held.size == item.size:
            try:
                if checking.digest(into.path / held.path)[0] == item.sha256:
                    found.add(item.filename)
            except OSError as error:
                raise unusable(into.path, error) from error
    lost = sorted(wanted.keys() - found)
    if lost:
        raise _without_base(verified.path, str(into.path), [wanted[name] for name in lost])


def _without_base(path: str, folder: str, lost: Sequence[Item]) -> RepositoryRefused:
    count = "a file" if len(lost) == 1 else f"{len(lost)} files"
    more = ((("", f"and {len(lost) - _SHOWN} more"),)) if len(lost) > _SHOWN else ()
    return RepositoryRefused(
        f"{foreign(path)} builds on {count} that {foreign(folder)} does not have, and nothing was changed",
        code="BUNDLE_INCOMPLETE",
        facts=(
            *(("not there", f"{foreign(one.filename)}, sha256 {one.sha256}") for one in lost[:_SHOWN]),
            *more,
        ),
        remedies=(
            "apply the bundle first that this one was made `--since`",
            "or make a whole one: driverenv bundle create, without --since",
        ),
        data={"file": path, "folder": folder, "missing": [one.filename for one in lost]},
    )


def since(bundle: str | PathLike[str] | None = None, snapshot: str | PathLike[str] | None = None) -> Since:
    """What the site has already, by a bundle that was applied, or by a snapshot of its index.

    Raises `RepositoryRefused` (`BUNDLE_INVALID`, `SNAPSHOT_INVALID`).
    """
    digests, there = [], set[str]()
    if bundle is not None:
        before = read(bundle)
        there |= {one.sha256 for one in before.items}
        digests.append(_digest(manifests.render(before)))
    if snapshot is not None:
        kept = snapshots.find(os.fspath(snapshot), folder=None)
        if kept is None:
            raise no_snapshot(os.fspath(snapshot), "there is no such file")
        there |= {one.sha256 for one in kept.manifest.items if one.sha256}
        digests.append(_digest("\n".join(sorted(there)).encode()))
    return Since(tuple(digests), frozenset(there))


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def read(path: str | PathLike[str]) -> Bundle:
    """What a bundle says of itself. Raises `RepositoryRefused` (`BUNDLE_INVALID`)."""
    with offers.scratch() as scratch:
        return packing.manifest(Path(os.path.abspath(path)), scratch=scratch)


def compare(a: str | PathLike[str], b: str | PathLike[str]) -> Compared:
    """What differs from `a` to `b`; files that a bundle leaves out count as its own. Raises `RepositoryRefused`."""
    first, second = read(a), read(b)
    before, after = _for(first), _for(second)
    return Compared(
        first,
        second,
        difference(_manifest(str(a), first), _manifest(str(b), second)),
        tuple(sorted(after - before)),
        tuple(sorted(before - after)),
    )


def _for(bundle: Bundle) -> set[tuple[str, str]]:
    return {(share.driver, share.target) for share in bundle.shares}


def _manifest(path: str, bundle: Bundle) -> Manifest:
    rows = (Row(one.filename, one.project, one.version, one.sha256, one.size, None) for one in bundle.items)
    return Manifest(path, "", tuple(rows))
