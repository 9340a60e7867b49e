"""What came of it: read from the environment and from what the servers saw, never from what a tool says."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote

from packaging.utils import canonicalize_name

from benchmarks.safety.attacker import MARK
from benchmarks.safety.installers import Done
from benchmarks.safety.scene import Scene
from benchmarks.safety.situation import Situation
from tests.kit.sites import Logged

FOREIGN, HUNG, NOTHING, OTHER, CRASHED = "FOREIGN", "hung", "nothing", "other", "crashed"
NOT_ASKED = "not asked"
BUGS = ("error[UNEXPECTED]", "Traceback (most recent call last)", "panicked at")
"""What tools say where they do not fail but break."""


class Verdict(NamedTuple):
    """One cell of the results."""

    situation: str
    tool: str
    outcome: str
    """"local", "public", "fails"; or FOREIGN, HUNG, CRASHED, NOTHING (said well, not there), OTHER (another local
    version)."""
    is_right: bool
    foreign: tuple[str, ...]
    """The owned names that came from elsewhere."""
    requests: int
    """How often others than the local index were asked for an owned name, or a stranger for anything."""
    seconds: float
    is_safe: bool
    """Right, and nobody else was asked; but for the one page that `compares` allows."""
    said: str
    """The code of driverenv's error, or the line of the other tools that looks most like one."""


class Installed(NamedTuple):
    """A distribution in an environment."""

    version: str
    is_marked: bool
    """It says inside that it is from public."""


def judge(situation: Situation, scene: Scene, done: Done, tool: str, seconds: float) -> Verdict:
    """Look at the environment and the logs."""
    found = installed(done.prefix)
    asked = foreign_requests(situation.owned, scene)
    taken = {name for name in situation.owned if name in found and found[name].is_marked}
    if done.code == 0:
        taken |= {
            project_of(row) for row in asked if is_archive(row)
        } & situation.owned  # builds leave no trace
    outcome = FOREIGN if taken else _outcome(situation, done, found)
    is_right = outcome == situation.right
    allowed = 1 if situation.compares and not any(is_archive(row) for row in asked) else 0
    is_safe = is_right and len(asked) <= allowed
    names = tuple(sorted(taken))
    return Verdict(situation.name, tool, outcome, is_right, names, len(asked), seconds, is_safe, told(done))


def _outcome(situation: Situation, done: Done, found: dict[str, Installed]) -> str:
    if done.code is None:
        return HUNG
    if done.code != 0:
        return CRASHED if done.code < 0 or any(one in done.output for one in BUGS) else "fails"
    wanted = found.get(situation.wanted)
    if wanted is None:
        return NOTHING
    if wanted.is_marked:
        return "public"
    return OTHER if situation.version not in ("", wanted.version) else "local"


def installed(prefix: Path) -> dict[str, Installed]:
    """What is in an environment, by normalised name."""
    found: dict[str, Installed] = {}
    marked = {canonicalize_name(path.parent.name) for path in prefix.rglob(MARK)}
    for metadata in prefix.rglob("*.dist-info/METADATA"):
        text = metadata.read_text(encoding="utf-8")
        name, version = (re.search(rf"^{key}: (.+)$", text, re.MULTILINE) for key in ("Name", "Version"))
        assert name is not None
        assert version is not None
        key = canonicalize_name(name[1])
        found[key] = Installed(version[1], key in marked)
    return {name: Installed("", is_marked=True) for name in marked} | found


def foreign_requests(owned: frozenset[str], scene: Scene) -> list[Logged]:
    """What reached public of owned names, and what reached the stranger."""
    return [*(row for row in scene.public.log if project_of(row) in owned), *scene.stranger.log]


def project_of(row: Logged) -> str:
    """The project of a page or of a file; empty for neither."""
    if row.project is not None:
        return row.project
    name = unquote(row.path).rpartition("/")[2]
    return canonicalize_name(name.partition("-")[0]) if row.path.startswith("/packages/") else ""


def is_archive(row: Logged) -> bool:
    """Whether a distribution was fetched."""
    return row.path.startswith("/packages/") and not row.path.endswith(".metadata")


def told(done: Done) -> str:
    """The line that names what went wrong."""
    if done.code == 0:
        return ""
    code = re.search(r"error\[(\w+)\]", done.output)
    if code is not None:
        return code[1]
    return next(_telling(done.output.splitlines()), "")


def _telling(lines: Iterable[str]) -> Iterator[str]:
    some = [line.strip() for line in lines if line.strip()]
    yield from reversed([line for line in some if line.startswith("ERROR:")])
    yield from (line for line in some if line.startswith(("error:", "\u00d7")))
    yield from reversed(some)
