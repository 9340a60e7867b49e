"""``pylock.toml`` (PEP 751) as a promise: what must come out of the driver's own requirements, and no more."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from packaging.markers import Marker, UndefinedComparison, UndefinedEnvironmentName
from packaging.pylock import Package
from packaging.utils import NormalizedName
from packaging.version import InvalidVersion

from driverenv.model.lock import Entry, Promise
from driverenv.model.requirement import Source, Target
from driverenv.requirements.embedded import Malformed
from driverenv.requirements.lockfile import lines_of, parsed, strong

_TOOL = "driverenv"


def promise(text: str, path: str, target: Target) -> Promise:
    """What the lock file with this text says for `target`. Raises `Malformed`."""
    lock = parsed(text)
    lines = lines_of(text)
    groups = frozenset(lock.default_groups or ())
    entries: dict[NormalizedName, Entry] = {}
    for package in lock.packages:
        numbers = lines.get(package.name, iter(()))
        line, raw = next(numbers, (0, package.name))
        if not _applies(package.marker, target, groups):
            continue
        if package.name in entries:
            raise Malformed(line, f"it has two entries of {package.name} that hold at once")
        if package.vcs is not None or package.directory is not None:
            raise Malformed(line, f"it takes {package.name} from source code instead of a file with a hash")
        entries[package.name] = _entry(package, Source(path, line, raw.strip()))
    about = _table(lock.tool)
    return Promise(path, entries, str(lock.requires_python or ""), str(about.get("environment", "")))


def _applies(marker: Marker | None, target: Target, groups: frozenset[str]) -> bool:
    if marker is None:
        return True
    chosen: Mapping[str, Any] = {"extras": frozenset(), "dependency_groups": groups}
    try:
        return marker.evaluate({**target.markers, **chosen}, context="lock_file")
    except (UndefinedComparison, UndefinedEnvironmentName, InvalidVersion):
        return True


def _entry(package: Package, source: Source) -> Entry:
    promised = [one.hashes for one in package.wheels or ()]
    promised += [one.hashes for one in (package.sdist, package.archive) if one is not None]
    digests = frozenset(pair for hashes in promised for pair in strong(hashes).items())
    if not digests:
        raise Malformed(source.line, f"it has no sha256 of any file of {package.name}")
    public = _table(package.tool).get("public")
    version = "" if package.version is None else str(package.version)
    return Entry(version, digests, public if isinstance(public, bool) else None, source)


def _table(tool: Mapping[str, Any] | None) -> Mapping[str, Any]:
    found = (tool or {}).get(_TOOL)
    return found if isinstance(found, Mapping) else {}
