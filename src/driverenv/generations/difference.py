"""What is different between two environments: distributions, where they came from, files. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple


class Distribution(NamedTuple):
    """What a receipt says of one distribution."""

    name: str
    version: str
    origin: str
    """The name of the index that served it."""
    file: str
    sha256: str
    requested_by: tuple[str, ...] = ()


class Change(NamedTuple):
    """One distribution that is not as it was; `before` or `after` is None where it was not there."""

    before: Distribution | None
    after: Distribution | None

    @property
    def name(self) -> str:
        """The project's."""
        return next(one.name for one in self if one is not None)

    @property
    def word(self) -> str:
        """A stable word: "added", "removed", "version", "origin" (another index) or "file" (other bytes)."""
        if self.before is None:
            return "added"
        if self.after is None:
            return "removed"
        if self.before.version != self.after.version:
            return "version"
        return "origin" if self.before.origin != self.after.origin else "file"

    @property
    def because(self) -> str:
        """What brought it about, as far as it shows: who asks for it now, or that the indexes have something else."""
        if self.after is None:
            return "nobody asks for it any more"
        if self.before is None or self.before.requested_by != self.after.requested_by:
            asked = self.after.requested_by[0] if self.after.requested_by else "nobody"
            return f"asked for by {asked}"
        return "the same is asked for: the indexes have something else"

    def __str__(self) -> str:
        """One line for people."""
        before, after = self.before, self.after
        if before is None or after is None:
            return f"{self.name}: {' '.join(_told(one) for one in self if one is not None)} {self.word}"
        if self.word == "file":
            return f"{self.name}: {_told(after)}, the file has other content"
        if self.word == "origin":
            return f"{self.name}: {after.version}, from {before.origin} then, from {after.origin} now"
        was = before.version if before.origin == after.origin else _told(before)
        return f"{self.name}: {was} -> {_told(after)}"


def _told(one: Distribution) -> str:
    return f"{one.version} from {one.origin}"


def distributions(receipt: Mapping[str, Any]) -> dict[str, Distribution]:
    """What a receipt says is in its environment, by name. Raises `ValueError` where it is none."""
    try:
        return {
            str(row["name"]): Distribution(
                str(row["name"]),
                str(row["version"]),
                str(row["index"]["name"]),
                str(row["file"]),
                str(row["sha256"]),
                tuple(map(str, row["requested_by"])),
            )
            for row in receipt["distributions"]
        }
    except (KeyError, TypeError) as error:
        raise ValueError(f"this is no receipt: {error}") from error


def changes(before: Mapping[str, Distribution], after: Mapping[str, Distribution]) -> Iterator[Change]:
    """What is not as it was, in order of names. Who asks for a distribution is no part of it."""
    for name in sorted({*before, *after}):
        change = Change(before.get(name), after.get(name))
        if change.before is None or change.after is None or change.before[:5] != change.after[:5]:
            yield change


class FileChange(NamedTuple):
    """One file that is not as it was."""

    path: str
    """Relative to the prefix."""
    word: str
    """A stable word: "added", "removed" or "changed"."""


def file_changes(before: Iterable[tuple[str, str]], after: Iterable[tuple[str, str]]) -> Iterator[FileChange]:
    """What is not as it was, of pairs of path and digest; in order of paths."""
    was, now = dict(before), dict(after)
    for path in sorted({*was, *now}):
        if path not in was:
            yield FileChange(path, "added")
        elif path not in now:
            yield FileChange(path, "removed")
        elif was[path] != now[path]:
            yield FileChange(path, "changed")
