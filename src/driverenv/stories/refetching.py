"""What the store has lost and an environment has is fetched again, from where the environment's receipt says it came.

Under the policy of today: only an index that may serve the project now is asked, and only for the very same bytes.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from packaging.utils import canonicalize_name
from packaging.version import Version

from driverenv import _fs, environment
from driverenv.environment import naming
from driverenv.errors import DriverEnvError
from driverenv.events import Listener
from driverenv.model.answers import ProjectFile
from driverenv.model.resolution import Candidate
from driverenv.model.site import Policy
from driverenv.policy.route import route
from driverenv.stories import making
from driverenv.stories.site import Site
from driverenv.stories.workshop import open_workshop

_BUILT = "it was built here, and the launch that needs it builds it again"


class Source(NamedTuple):
    """Where a file came from, and the environment that says so."""

    at: Path
    """The environment's prefix."""
    row: dict[str, Any]
    """Its row in the receipt."""


def again(home: str, policy: Policy, lost: Sequence[str], on_event: Listener) -> dict[str, str]:
    """Fetch the archives with these sha256. For each: "" where it is there again, else why not. Raises `HomeUnusable`."""
    sources = list(_sources(Path(home)))
    came = {source.row["sha256"]: source for source in sources}
    built = {source.row.get("wheel_sha256") for source in sources if source.row.get("built")}
    return {
        sha256: _fetched(home, policy, came[sha256], on_event)
        if sha256 in came
        else _BUILT
        if sha256 in built
        else "no environment says where it came from"
        for sha256 in lost
    }


def _sources(home: Path) -> Iterator[Source]:
    for receipt in sorted(home.glob(f"environments/*/{naming.RECEIPT}")):
        with contextlib.suppress(OSError, ValueError, TypeError, KeyError):
            prefix = next(path for path in receipt.parent.iterdir() if path.is_dir())
            for row in json.loads(_fs.read(receipt))["distributions"]:
                yield Source(prefix, {"sha256": str(row["sha256"]), **row})


def _fetched(home: str, policy: Policy, source: Source, on_event: Listener) -> str:
    """Why it cannot be had; "" where it was."""
    try:
        candidate = _candidate(policy, source.row)
    except (KeyError, TypeError, ValueError):
        return "the receipt of its environment cannot be read"
    if candidate is None:
        return "the index that it came from is not one that may serve it today"
    at = source.at
    site = Site(
        driver=str(at.parent), home=home, policy=policy, name=at.name, python=environment.made_for(at)
    )
    try:
        with open_workshop(site, on_event) as workshop:
            making.fetched(workshop, [candidate], deciding=True)
    except DriverEnvError as error:
        return error.summary
    return ""


def _candidate(policy: Policy, row: dict[str, Any]) -> Candidate | None:
    """The file, at the index that had it; None where that may not serve it now. Raises `KeyError`, `ValueError`."""
    project, public = canonicalize_name(row["name"]), bool(row["index"]["public"])
    asks = (ask for ask in route(policy, project).asks if ask.public == public)
    index = next((ask.index for ask in asks if ask.index.location == row["index"]["location"]), None)
    if index is None or row.get("direct"):
        return None
    file = ProjectFile(row["file"], row["url"], (("sha256", row["sha256"]),))
    return Candidate(project, Version(row["version"]), file, index, public, row["file"].endswith(".whl"), 0)
