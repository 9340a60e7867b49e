"""The home folder: whose it is, what room it has, and whether its file system can do what is needed."""

from __future__ import annotations

from collections.abc import Iterator

from driverenv.errors import foreign
from driverenv.examine import Ground, Trial, ground, suitability, try_out
from driverenv.model.finding import FAIL, OK, WARN, Finding, Section
from driverenv.store.premises import remedies

LITTLE, TOO_LITTLE = 2 << 30, 200 << 20
"""Bytes."""
FEW_FILES = 20_000
"""How many an environment or two have."""


def section(home: str, *, fast: bool, network: str = "refuse") -> Section:
    """All about it; `network` is the policy's `network_home`."""
    return Section("home folder", tuple(_findings(home, network, fast=fast)))


def _findings(home: str, network: str, *, fast: bool) -> Iterator[Finding]:
    try:
        seen = ground(home)
    except OSError as error:
        told = f"{foreign(home)} cannot be looked at: {foreign(error.strerror or error)}"
        yield Finding(
            "home", FAIL, "folder", told, "name another folder: `home` in the settings, or --home DIR"
        )
        return
    usable = _folder(seen)
    yield usable
    if usable.status == FAIL:
        return
    yield from _rights(seen)
    yield from _room(seen)
    yield from _file_system(seen, network)
    if not fast:
        yield from _abilities(seen)


def _folder(seen: Ground) -> Finding:
    shown = foreign(seen.folder)
    data = {"path": seen.folder, "exists": seen.exists, "owner": seen.owner}
    if not seen.is_folder:
        told = f"{foreign(seen.nearest)} is no folder"
        return Finding("home", FAIL, "folder", told, "take it away, or name another folder: --home DIR", data)
    if not seen.writable:
        told = f"{shown}: this account may not write to {foreign(seen.nearest)}"
        remedy = "let it own the folder, or name another one: `home` in the settings, or --home DIR"
        return Finding("home", FAIL, "folder", told, remedy, data)
    told = (
        shown
        if seen.exists
        else f"{shown} is not there yet; the first launch makes it below {foreign(seen.nearest)}"
    )
    return Finding("home", OK, "folder", told, data=data)


def _rights(seen: Ground) -> Iterator[Finding]:
    """Whose it is, by the look that each launch takes: a launch refuses what fails here."""
    data = {"owner": seen.owner, "mode": f"{seen.mode:04o}"} if seen.exists else {}
    path, why = seen.unsafe
    if why:
        told = why if path == seen.folder else f"{foreign(path)}: {why}"
        yield Finding("home-rights", FAIL, "rights", told, remedies(path, why)[0], {**data, "path": path})
    elif not seen.exists:
        return
    elif seen.group_may_write:
        told = f"its group may write there (mode {seen.mode:04o}), and so change what drivers run"
        yield Finding("home-rights", WARN, "rights", told, f"chmod g-w {foreign(seen.folder)}", data)
    else:
        whose = "it is this account's" if seen.is_ours else "it is the system's"
        mode = f", mode {seen.mode:04o}" if seen.owner is not None else ""
        yield Finding("home-rights", OK, "rights", f"{whose}{mode}, and nobody else may write", data=data)


def _room(seen: Ground) -> Iterator[Finding]:
    data = {"free": seen.free, "total": seen.total, "files_free": seen.files_free}
    told = f"{_size(seen.free)} of {_size(seen.total)} are free"
    remedy = "make room on that disk, or name a folder on another one: --home DIR"
    if seen.free < LITTLE:
        yield Finding("home-space", FAIL if seen.free < TOO_LITTLE else WARN, "space", told, remedy, data)
    else:
        yield Finding("home-space", OK, "space", told, data=data)
    if seen.files_free is not None and seen.files_free < FEW_FILES:
        told = f"only {seen.files_free:,} more files fit on that disk, however small (inodes)"
        yield Finding("home-files", WARN, "files", told, remedy, data)


def _file_system(seen: Ground, network: str) -> Iterator[Finding]:
    if seen.mount is None:
        return
    place, kind = foreign(seen.mount.place), foreign(seen.mount.kind)
    data = {"place": seen.mount.place, "kind": seen.mount.kind, "remote": seen.mount.is_remote}
    if seen.mount.is_remote:
        status, told = FAIL if network == "refuse" else WARN, suitability.told(seen.mount)
        yield Finding("home-file-system", status, "file system", told, suitability.REMEDY, data)
    else:
        yield Finding("home-file-system", OK, "file system", f"{kind}, mounted at {place}", data=data)


def _abilities(seen: Ground) -> Iterator[Finding]:
    try:
        tried = try_out(seen.nearest)
    except OSError as error:
        told = f"nothing can be made there: {foreign(error.strerror or error)}"
        yield Finding("home-trial", FAIL, "trial", told, "name another folder: --home DIR")
        return
    yield from _needed(tried)
    yield from _wanted(tried)


def _needed(tried: Trial) -> Iterator[Finding]:
    """What nothing goes without."""
    told = {"locks": tried.locks, "renames of folders": tried.renames}
    broken = {what: why for what, why in told.items() if why}
    for what, why in broken.items():
        remedy = "name a folder on a local disk: --home DIR"
        yield Finding("home-ability", FAIL, what, f"they do not work: {foreign(why)}", remedy)
    if not broken:
        case = "tells a from A" if tried.tells_case else "takes a and A for one name"
        yield Finding("home-ability", OK, "abilities", f"locks hold, folders can be renamed; it {case}")


def _wanted(tried: Trial) -> Iterator[Finding]:
    """What makes it slower or smaller, where it is not there."""
    if tried.links:
        told = f"they do not work ({foreign(tried.links)}): code is copied into each environment"
        yield Finding(
            "home-links", WARN, "hard links", told, "name a folder on another file system: --home DIR"
        )
    else:
        clones = f"do not ({foreign(tried.clones)})" if tried.clones else "do, too"
        told = f"they work: environments share their code; copies that share blocks (reflinks) {clones}"
        yield Finding("home-links", OK, "hard links", told, data={"reflinks": not tried.clones})
    if tried.long_paths:
        told = f"paths of more than 260 characters do not work ({foreign(tried.long_paths)}): deep packages will fail"
        remedy = "on Windows set LongPathsEnabled to 1 (HKLM\\SYSTEM\\CurrentControlSet\\Control\\FileSystem), and choose a short --home"
        yield Finding("home-long-paths", WARN, "long paths", told, remedy)
    if tried.modes:
        told = f"{foreign(tried.modes)}: an edit of shared code is not held up"
        yield Finding("home-modes", WARN, "read-only files", told, 'set sharing = "copy" in the settings')
    if not tried.fine_times:
        told = "times of files are whole seconds: a file that changes twice in one is taken for the same"
        yield Finding("home-times", WARN, "times", told, "name a folder on another file system: --home DIR")


def _size(number: int) -> str:
    return f"{number / (1 << 30):,.1f} GiB"
