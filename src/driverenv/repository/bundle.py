"""What a bundle says of itself: files, and for each driver and target which of them it needs. Pure.

Nothing of the machine or the time where it was made is in it: the same inputs give the same bytes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from packaging.version import Version

from driverenv.errors import RepositoryRefused, foreign

FORMAT = "driverenv-bundle 1"
MANIFEST = "manifest.json"
FILES = "files/"
LOCKS = "locks/"


class Item(NamedTuple):
    """One distribution file."""

    filename: str
    project: str
    version: str
    sha256: str
    size: int
    origin: str
    """"local", "public", or "built": from an sdist, where the bundle was made."""
    requires: tuple[str, ...] | None
    """Its Requires-Dist; None where only a build would tell."""
    requires_python: str
    inside: bool = True
    """Whether it is in the bundle; else the site has it already."""

    @property
    def path(self) -> str:
        """Where it lies in the bundle."""
        return FILES + self.filename


class Use(NamedTuple):
    """A file that is needed, with the extras that are asked of it."""

    filename: str
    extras: tuple[str, ...] = ()


class Build(NamedTuple):
    """What has to be there to build an sdist."""

    sdist: str
    """Its file name."""
    requires: tuple[str, ...]
    uses: tuple[Use, ...]


class Aimed(NamedTuple):
    """A target: a Python on a platform."""

    name: str
    """"3.9-win_amd64"."""
    python: str
    """The full version."""
    markers: Mapping[str, str]
    tags: tuple[str, ...]


class Share(NamedTuple):
    """What one driver needs for one target."""

    driver: str
    target: str
    requires: tuple[str, ...]
    uses: tuple[Use, ...]
    builds: tuple[Build, ...] = ()
    lock: str = ""
    """Its pylock.toml in the bundle; "" for none."""
    waived: tuple[str, ...] = ()
    """What looks unmet, and is meant so by the policy of the site: overrides, corrections, locks."""


@dataclass(frozen=True, slots=True)
class Bundle:
    """The manifest of a bundle."""

    targets: tuple[Aimed, ...]
    items: tuple[Item, ...]
    """In order of file names."""
    shares: tuple[Share, ...]
    since: tuple[str, ...] = ()
    """Digests of what the site had: manifests of bundles, snapshots."""

    def item(self, filename: str) -> Item:
        """The file of this name. Raises `KeyError`."""
        return next((one for one in self.items if one.filename == filename), None) or _lost(filename)

    @property
    def inside(self) -> tuple[Item, ...]:
        """The files that are in it."""
        return tuple(one for one in self.items if one.inside)

    @property
    def elsewhere(self) -> tuple[Item, ...]:
        """The files that the site must have already."""
        return tuple(one for one in self.items if not one.inside)

    @property
    def members(self) -> frozenset[str]:
        """Everything that is in the archive besides the manifest."""
        locks = (one.lock for one in self.shares if one.lock)
        return frozenset((*(one.path for one in self.inside), *locks))


def _lost(filename: str) -> Item:
    raise KeyError(filename)


def render(bundle: Bundle) -> bytes:
    """The document."""
    data = {
        "format": FORMAT,
        "since": list(bundle.since),
        "files": [one._asdict() for one in bundle.items],
        "drivers": [_share(one) for one in bundle.shares],
        "targets": [one._asdict() for one in bundle.targets],
    }
    return (json.dumps(data, indent=1, ensure_ascii=True, sort_keys=True) + "\n").encode()


def _share(share: Share) -> dict[str, Any]:
    builds = [{**one._asdict(), "uses": [use._asdict() for use in one.uses]} for one in share.builds]
    return {**share._asdict(), "uses": [use._asdict() for use in share.uses], "builds": builds}


def parse(document: bytes, *, path: str) -> Bundle:
    """What `render` made. Raises `RepositoryRefused` (`BUNDLE_INVALID`)."""
    try:
        data = json.loads(document)
    except (ValueError, RecursionError) as error:
        raise invalid(path, f"its {MANIFEST} is no JSON: {error}") from error
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        shown = data.get("format") if isinstance(data, dict) else None
        raise invalid(path, f"its format is {shown!r}, and this driverenv reads {FORMAT!r}")
    try:
        return Bundle(
            targets=tuple(_aimed(row) for row in data["targets"]),
            items=tuple(_item(row) for row in data["files"]),
            shares=tuple(_read_share(row) for row in data["drivers"]),
            since=_texts(data["since"]),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise invalid(path, f"its {MANIFEST} is malformed: {type(error).__name__}: {error}") from error


def _item(row: Mapping[str, Any]) -> Item:
    requires = row["requires"]
    item = Item(**{**row, "requires": None if requires is None else _texts(requires)})
    _check(item.filename, item.project, item.version, item.sha256, item.origin, item.requires_python)
    if type(item.size) is not int or item.size < 0 or type(item.inside) is not bool:
        raise TypeError(f"size and inside of {item.filename}")
    if "/" in item.filename or "\\" in item.filename or item.filename.startswith("."):
        raise ValueError(f"{item.filename!r} is no name of a file")
    return item


def _aimed(row: Mapping[str, Any]) -> Aimed:
    markers = row["markers"]
    if not isinstance(markers, dict):
        raise TypeError("the markers of a target")
    _check(row["name"], row["python"], *markers, *markers.values())
    Version(row["python"])
    return Aimed(row["name"], row["python"], markers, _texts(row["tags"]))


def _read_share(row: Mapping[str, Any]) -> Share:
    builds = tuple(
        Build(_text(one["sdist"]), _texts(one["requires"]), _uses(one["uses"])) for one in row["builds"]
    )
    _check(row["driver"], row["target"], row["lock"])
    if row["lock"] and not row["lock"].startswith(LOCKS):
        raise ValueError(f"the lock of {row['driver']} is at {row['lock']!r}")
    return Share(
        row["driver"],
        row["target"],
        _texts(row["requires"]),
        _uses(row["uses"]),
        builds,
        row["lock"],
        _texts(row["waived"]),
    )


def _uses(rows: Any) -> tuple[Use, ...]:  # noqa: ANN401 (JSON)
    return tuple(Use(_text(row["filename"]), _texts(row["extras"])) for row in rows)


def _texts(value: object) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise TypeError("a list is something else")
    _check(*value)
    return tuple(value)


def _text(value: object) -> str:
    _check(value)
    return str(value)


def _check(*values: object) -> None:
    if not all(isinstance(one, str) for one in values):
        raise TypeError("a text is something else")


def invalid(path: str, why: str, *, facts: tuple[tuple[str, str], ...] = ()) -> RepositoryRefused:
    """The error for a file that is no bundle, or a damaged one."""
    return RepositoryRefused(
        f"{foreign(path)} cannot be used as a bundle: {foreign(why)}",
        code="BUNDLE_INVALID",
        facts=(("file", foreign(path)), *facts),
        remedies=(
            "copy it again from where it was made, and compare both with driverenv bundle verify",
            "or make it anew: driverenv bundle create",
        ),
        data={"file": path, "why": why},
    )
