"""What was in a repository at one time, as a file: names, sha256, sizes and dates. Pure.

The same form tells what was taken out, so that it can be put back.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from packaging.version import Version

from driverenv import __version__
from driverenv.errors import RepositoryRefused, foreign

FORMAT = "driverenv-repository 1"
SNAPSHOT = "snapshot"
REMOVAL = "removal"


class Item(NamedTuple):
    """One file."""

    path: str
    """Below the folder, `/`-separated; of a server the file's name."""
    project: str
    """Normalised; "" where its name does not say."""
    version: str
    """As PEP 440 writes it; "" likewise."""
    sha256: str | None
    """None: the server does not say."""
    size: int | None
    modified: str | None
    """ISO 8601, UTC."""

    @property
    def filename(self) -> str:
        """Its last part."""
        return self.path.rpartition("/")[2]


@dataclass(frozen=True, slots=True)
class Manifest:
    """What was there, or what was taken out."""

    location: str
    """The folder, or the server's address without credentials."""
    when: str
    """ISO 8601, UTC."""
    items: tuple[Item, ...]
    kind: str = SNAPSHOT
    """"snapshot", or "removal"."""
    content: str = ""
    """Where the files are kept, relative to the file that says so; "" for nowhere."""
    why: str = ""
    """What was done, of a removal."""

    @property
    def projects(self) -> frozenset[str]:
        """The names that it owns."""
        return frozenset(item.project for item in self.items if item.project)


def render(manifest: Manifest) -> bytes:
    """The document: JSON, a file a line."""
    head: dict[str, Any] = {
        "format": FORMAT,
        "driverenv": __version__,
        "kind": manifest.kind,
        "location": manifest.location,
        "when": manifest.when,
        "content": manifest.content,
        "why": manifest.why,
    }
    rows = ",\n  ".join(json.dumps(item._asdict(), ensure_ascii=False) for item in sorted(manifest.items))
    lines = [f" {json.dumps(name)}: {json.dumps(value, ensure_ascii=False)}" for name, value in head.items()]
    lines.append(f' "files": [\n  {rows}\n ]' if rows else ' "files": []')
    return ("{\n" + ",\n".join(lines) + "\n}\n").encode("utf-8", "backslashreplace")


def parse(document: bytes, *, path: str) -> Manifest:
    """What `render` made. Raises `RepositoryRefused` (`SNAPSHOT_INVALID`)."""
    try:
        data = json.loads(document)
    except (ValueError, RecursionError) as error:
        raise invalid(path, f"it is no JSON: {error}") from error
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        raise invalid(path, f"its format is not {FORMAT!r}")
    try:
        items = tuple(_item(row) for row in data["files"])
        said = {name: str(data[name]) for name in ("location", "when", "kind", "content", "why")}
    except (KeyError, TypeError, ValueError) as error:
        raise invalid(path, f"it is malformed: {error}") from error
    return Manifest(items=items, **said)


def _item(row: Mapping[str, Any]) -> Item:
    item = Item(**row)
    texts = (item.path, item.project, item.version, item.sha256 or "", item.modified or "")
    if not all(isinstance(one, str) for one in texts) or not isinstance(item.size, int | None):
        raise ValueError("a file's row has a value of another type")
    parts = item.path.split("/")
    if any(part in ("", ".", "..") or part.startswith(".") for part in parts) or "\\" in item.path:
        raise ValueError(f"a path does not stay in its folder: {item.path!r}")
    if item.version:
        Version(item.version)
    return item


def invalid(path: str, why: str) -> RepositoryRefused:
    """The error for a file that cannot be used as a snapshot."""
    return RepositoryRefused(
        f"{foreign(path)} cannot be used as a snapshot: {foreign(why)}",
        code="SNAPSHOT_INVALID",
        facts=(("file", foreign(path)),),
        remedies=("name a file that `driverenv index snapshot` wrote, or the id of a removal",),
        data={"file": path, "why": why},
    )
