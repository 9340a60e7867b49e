"""Two repositories, or one at two times, held against each other. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from packaging.version import Version

from driverenv.repository.manifest import Item, Manifest


class Replaced(NamedTuple):
    """A file whose content is another one."""

    before: Item
    after: Item


class Moved(NamedTuple):
    """A file that lies, or is called, otherwise."""

    before: Item
    after: Item


class Versions(NamedTuple):
    """What became of a project that is in both."""

    project: str
    added: tuple[str, ...]
    """Versions, the lowest first."""
    removed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """What is in B and not in A, and the other way round."""

    added: tuple[Item, ...]
    removed: tuple[Item, ...]
    replaced: tuple[Replaced, ...]
    moved: tuple[Moved, ...]
    unknown: tuple[Item, ...]
    """Files of one name whose contents cannot be compared: a side gives no sha256."""
    owned: tuple[str, ...]
    """Projects that only B has: from B on they come from there alone."""
    disowned: tuple[str, ...]
    """Projects that only A has."""
    versions: tuple[Versions, ...]

    @property
    def is_empty(self) -> bool:
        """Whether both are the same, as far as can be known."""
        return not (self.added or self.removed or self.replaced or self.moved)


def difference(a: Manifest, b: Manifest) -> Difference:
    """What changed from `a` to `b`. A folder's sub-folders count only where both sides have such."""
    before, after = _keyed(a.items), _keyed(b.items)
    if _is_flat(a) or _is_flat(b):
        before, after = _by_filename(a.items), _by_filename(b.items)
    both = [key for key in before if key in after]
    replaced = [Replaced(before[key], after[key]) for key in both if _differ(before[key], after[key])]
    unknown = [after[key] for key in both if _differ(before[key], after[key]) is None]
    gone = {key: item for key, item in before.items() if key not in after}
    new = {key: item for key, item in after.items() if key not in before}
    moved = _moved(gone, new)
    return Difference(
        added=tuple(sorted(new.values())),
        removed=tuple(sorted(gone.values())),
        replaced=tuple(sorted(replaced)),
        moved=tuple(sorted(moved)),
        unknown=tuple(sorted(unknown)),
        owned=tuple(sorted(b.projects - a.projects)),
        disowned=tuple(sorted(a.projects - b.projects)),
        versions=tuple(_versions(a, b)),
    )


def _is_flat(manifest: Manifest) -> bool:
    return not any("/" in item.path for item in manifest.items)


def _keyed(items: Iterable[Item]) -> dict[str, Item]:
    return {item.path: item for item in items}


def _by_filename(items: Iterable[Item]) -> dict[str, Item]:
    """By name; those of one name in several sub-folders keep their paths."""
    count = Counter(item.filename for item in items)
    return {item.filename if count[item.filename] == 1 else item.path: item for item in items}


def _differ(before: Item, after: Item) -> bool | None:
    """Whether the contents differ; None where that cannot be known."""
    if before.sha256 and after.sha256:
        return before.sha256 != after.sha256
    if None not in (before.size, after.size) and before.size != after.size:
        return True
    return None


def _moved(gone: dict[str, Item], new: dict[str, Item]) -> list[Moved]:
    """Those that are there under another name; taken out of both."""
    by_content: dict[str, list[str]] = defaultdict(list)
    for key, item in sorted(new.items()):
        if item.sha256:
            by_content[item.sha256].append(key)
    found = []
    for key, item in sorted(gone.items()):
        there = by_content.get(item.sha256 or "", [])
        if there:
            found.append(Moved(item, new.pop(there.pop(0))))
            del gone[key]
    return found


def _versions(a: Manifest, b: Manifest) -> Iterable[Versions]:
    before, after = _of_projects(a.items), _of_projects(b.items)
    for project in sorted(before.keys() & after.keys()):
        added, removed = after[project] - before[project], before[project] - after[project]
        if added or removed:
            yield Versions(project, _in_order(added), _in_order(removed))


def _of_projects(items: Iterable[Item]) -> Mapping[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for item in items:
        if item.project and item.version:
            found[item.project].add(item.version)
    return found


def _in_order(versions: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(versions, key=Version))
