"""What a finished environment says of itself: RECORD of each distribution, the manifest, the mark of wholeness."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from driverenv.model.plan import OriginFile, PlannedWheel

INSTALLER = b"driverenv\n"
_SCHEMA = 1
_MANIFEST, _WITH_PATHS = "driverenv-manifest 2", "driverenv-manifest 1"
"""The first line of a manifest; before, each of its lines had a whole path."""


class Laid(NamedTuple):
    """One file that is in the environment."""

    target: str
    """Relative to the prefix, `/`-separated."""
    size: int
    sha256: str
    """As RECORD writes it: base64url without padding."""
    kind: str
    """A kind of the plan, or "written" for what driverenv makes itself."""


WRITTEN = "written"
SYMLINK = "symlink"
"""A symbolic link, to the base interpreter or within the environment; its content is where it leads."""


def laid(target: str, data: bytes, kind: str = WRITTEN) -> Laid:
    """The row of a file with the content `data`."""
    digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
    return Laid(target, len(data), digest, kind)


def record(wheel: PlannedWheel, there: Mapping[str, Laid], own: Iterable[str]) -> bytes:
    """RECORD (PEP 376, PEP 627) of `wheel`: its files, those it shares with others, and `own`, written for it.

    `there` has every file of the environment, as it is: a row never says what the wheel said, where
    another distribution's file or a rewritten first line took its place.
    """
    base = wheel.dist_info.rpartition("/")[0] + "/"
    up = "../" * base.count("/")
    targets = [file.target for file in wheel.files]
    targets += [script.target for script in wheel.scripts]
    rows = []
    for target in {*targets, *own, *wheel.shared}:
        row = there.get(target)
        if row is not None:
            rows.append(f"{_cell(_relative(target, base, up))},sha256={row.sha256},{row.size}\n")
    rows.sort()
    rows.append(f"{_cell(_relative(wheel.dist_info, base, up))}/RECORD,,\n")
    return "".join(rows).encode()


def _relative(target: str, base: str, up: str) -> str:
    return target[len(base) :] if target.startswith(base) else up + target


def _cell(text: str) -> str:
    return '"' + text.replace('"', '""') + '"' if "," in text or '"' in text else text


def manifest(rows: Iterable[Laid]) -> bytes:
    """The manifest: a line for each folder, "/" before its path, and one for each file in it: kind, size, sha256, name.

    A folder's path is there once, not once for each file: that is a third of it.
    """
    folders: dict[str, list[str]] = {}
    for target, size, sha256, kind in rows:
        folder, _, name = target.rpartition("/")
        line = f"{kind} {size} {sha256} {name}"
        if folder in folders:
            folders[folder].append(line)
        else:
            folders[folder] = [f"/{folder}", line]
    lines = [_MANIFEST]
    for folder in sorted(folders):
        lines += sorted(folders[folder])
    return "\n".join([*lines, ""]).encode("utf-8", "surrogateescape")


def read_manifest(data: bytes) -> tuple[Laid, ...]:
    """The rows of a manifest, also of one that an earlier version of driverenv wrote. Raises `ValueError` where it is none."""
    header, *lines = data.decode("utf-8", "surrogateescape").split("\n")
    if header not in (_MANIFEST, _WITH_PATHS) or lines[-1:] != [""]:
        raise ValueError("this is no manifest of driverenv")
    rows, below = [], ""
    for line in lines[:-1]:
        if line.startswith("/"):
            below = f"{line[1:]}/" if len(line) > 1 else ""
        else:
            kind, size, digest, name = line.split(" ", 3)
            rows.append(Laid(below + name, int(size), digest, kind))
    return tuple(rows)


def mark(
    *,
    prefix: str,
    executable: str,
    stamp: str,
    config: bytes,
    manifest_data: bytes,
    wheels: Iterable[PlannedWheel] = (),
    boot: str = "",
) -> bytes:
    """The mark of wholeness: written last, read first.

    What it says of `wheels` is enough to make the environment again, with the store. `boot` is the run of the
    machine in which it was made: until the disk is known to have it all, only that one trusts its stamps.
    """
    values = {
        "schema": _SCHEMA,
        "prefix": prefix,
        "executable": executable,
        "stamp": stamp,
        "config": hashlib.sha256(config).hexdigest(),
        "manifest": hashlib.sha256(manifest_data).hexdigest(),
        "boot": boot,
        "wheels": [
            {
                "sha256": one.sha256,
                "requested": one.requested,
                "public": one.public,
                "origin": None if one.origin is None else [one.origin.name, one.origin.content.decode()],
            }
            for one in wheels
        ],
    }
    return json.dumps(values, sort_keys=True).encode() + b"\n"


class Within(NamedTuple):
    """A wheel that is in an environment."""

    sha256: str
    """Of its archive, hexadecimal."""
    requested: bool
    public: bool
    origin: OriginFile | None


def wheels_in(mark_data: bytes) -> tuple[Within, ...]:
    """The wheels that a mark names. Raises `ValueError` where it cannot be read."""
    try:
        return tuple(
            Within(
                str(one["sha256"]),
                bool(one["requested"]),
                bool(one["public"]),
                None if one["origin"] is None else OriginFile(one["origin"][0], one["origin"][1].encode()),
            )
            for one in json.loads(mark_data)["wheels"]
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError("this is no mark of wholeness") from error


def is_for(mark_data: bytes, *, executable: str, stamp: str) -> bool:
    """Whether a mark says that its environment was made for this interpreter, as it is now. Raises `ValueError`."""
    try:
        values = json.loads(mark_data)
        return bool(values["executable"] == executable and values["stamp"] == stamp)
    except (KeyError, TypeError) as error:
        raise ValueError("this is no mark of wholeness") from error


def why_not_whole(mark_data: bytes, *, prefix: str, stamp: str, config: bytes, manifest_data: bytes) -> str:
    """Why an environment with this mark cannot be used; "" where it can."""
    try:
        values = json.loads(mark_data)
        marked = {name: values[name] for name in ("schema", "prefix", "stamp", "config", "manifest")}
    except (ValueError, KeyError, TypeError):
        return "its mark of completeness cannot be read"
    reasons = (
        ("schema", _SCHEMA, "it was made by another version of driverenv"),
        ("prefix", prefix, f"it was made for {marked['prefix']}: environments cannot be moved"),
        ("stamp", stamp, "its base interpreter was replaced or removed"),
        ("config", hashlib.sha256(config).hexdigest(), "its pyvenv.cfg was changed"),
        ("manifest", hashlib.sha256(manifest_data).hexdigest(), "its manifest was changed"),
    )
    return next((reason for name, value, reason in reasons if marked[name] != value), "")
