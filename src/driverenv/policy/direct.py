"""Files that a driver's lines name themselves, past every index: whether they may, and who comes before them.

What an index asked before public has is served by that index alone. An address that is on no index's
origin counts as public, and is fetched only where the policy's `direct_urls` has it. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from packaging.utils import NormalizedName

from driverenv.errors import PolicyViolation, foreign
from driverenv.model.answers import BUNDLED, URL, Absent, Found, ProjectFile
from driverenv.model.requirement import Direct, Root
from driverenv.model.site import Index, Policy
from driverenv.policy.route import Ask, next_step, why_not_from, why_not_public

_PORTS = {"http": 80, "https": 443}
_TWO_WAYS = re.compile(r"%(?:2e|2f|5c|00)|//|\\", re.IGNORECASE)
"""Escapes and marks of a path that servers read differently."""
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
DRIVER = "the driver itself"
"""What stands for an index where a bundled wheel is used."""
_BY_THE_DRIVER = 'bundled = "allowed"'

Origin = tuple[str, str, int]


@dataclass(frozen=True, slots=True)
class Allowed:
    """On whose terms an address is asked."""

    index: Index
    """The index of the site on whose origin it is; else one that stands for the entry of `direct_urls`."""
    public: bool
    """Whether it counts as public: it is on no index's origin."""
    rule: str


def allowed(policy: Policy, project: NormalizedName, url: str) -> Allowed | str:
    """Whether a file of `project` may be fetched from `url` (without its fragment); else why not, as a sentence's end."""
    place = _place(url)
    if isinstance(place, str):
        return place
    entry = next((one for one in policy.direct_urls if _is_below(one, place)), None)
    if entry is None:
        return "the site allows no such address (direct_urls)"
    index = next((one for one in (*policy.local, *policy.extra) if _origin_of(one) == place[0]), None)
    if policy.offline and index not in policy.local:
        return "in offline mode a file may come from the origin of a local index only"
    rule = f"direct_urls entry {entry}"
    if index is not None:
        return why_not_from(policy, project, index.name) or Allowed(index, public=False, rule=rule)
    if place[0][0] != "https" and place[0][1] not in _LOOPBACK:
        return "only an address on the origin of an index of the site may be http"
    return why_not_public(policy, project) or Allowed(Index(entry), public=True, rule=rule)


def bundled(policy: Policy, project: NormalizedName) -> str:
    """Why a wheel of `project` in the driver's own folder may not be used, as a sentence's end; "" where it may."""
    if policy.bundled == "never":
        return 'the site does not allow it (bundled = "never")'
    return why_not_from(policy, project, "")


def next_step_past(policy: Policy, root: Root, answers: Sequence[Found | Absent]) -> Ask | Found:
    """What follows from the `answers` so far about a project of which `root` names a file itself.

    Every index but public is asked first. A `Found` without `direct` is an index that has the project:
    see `refusal` and `passed_over`.
    """
    step = next_step(policy, root.project, answers)
    if isinstance(step, Found) or (isinstance(step, Ask) and not step.public):
        return step
    assert root.direct is not None  # noqa: S101 (the caller's part)
    absents = tuple(answer for answer in answers if isinstance(answer, Absent))
    return _found(policy, root.project, root.direct, absents)


def _found(policy: Policy, project: NormalizedName, direct: Direct, before: tuple[Absent, ...]) -> Found:
    file = ProjectFile(direct.filename, direct.url, direct.hashes)
    if direct.bundled:
        index = Index(direct.folder, name=DRIVER)
        return Found(project, index, (file,), direct.url, before=before, rule=_BY_THE_DRIVER, direct=BUNDLED)
    may = allowed(policy, project, direct.url)
    if isinstance(may, str):
        raise PolicyViolation(f"{project} may not come from {foreign(direct.url)}: {may}", code="POLICY_URL")
    return Found(
        project, may.index, (file,), direct.url, may.public, before=before, rule=may.rule, direct=URL
    )


def rule_of(policy: Policy, project: NormalizedName, url: str, kind: str) -> str:
    """The rule by which a file that a line names (`Found.direct` is its `kind`) may be used."""
    may = allowed(policy, project, url) if kind == URL else ""
    return may.rule if isinstance(may, Allowed) else _BY_THE_DRIVER


def refusal(found: Found, root: Root) -> PolicyViolation:
    """The error for an address although an index of the site has the project."""
    project, index = root.project, foreign(found.index)
    line = (
        f"line {root.source.line} of {foreign(root.source.file)}" if root.source.line else "the requirement"
    )
    return PolicyViolation(
        f"{project} is named by an address, and the local index {foreign(found.index.name)} has it",
        code="POLICY_URL",
        facts=(
            ("required by", foreign(root.source)),
            ("local index", index),
            (
                "not asked",
                "the address: an index that has a project serves it alone, whatever direct_urls allows",
            ),
        ),
        remedies=(
            f"write {foreign(root.requirement)} in {line}, which is taken from {index}",
            f"put the file into {index} first, if that lacks this version",
        ),
        data={
            "project": project,
            "index": found.index.location,
            "public": False,
            "file": foreign(root.source.file),
            "line": root.source.line,
        },
    )


def passed_over(found: Found, root: Root) -> str:
    """The warning for a bundled wheel although an index of the site has the project."""
    name = foreign(root.direct.filename if root.direct else "")
    return f"{name}, which the driver brings, is not used: {foreign(found.index)} has {root.project}, and so serves it alone"


def _is_below(entry: str, place: tuple[Origin, str]) -> bool:
    folder = _place(entry)
    return not isinstance(folder, str) and folder[0] == place[0] and place[1].startswith(folder[1])


def _origin_of(index: Index) -> Origin | None:
    place = None if index.is_folder else _place(index.location)
    return None if place is None or isinstance(place, str) else place[0]


def _place(url: str) -> tuple[Origin, str] | str:
    """Origin and path of an address that can be read in one way only; else why it cannot, as a sentence's end."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return "it is no address"
    if parts.scheme not in _PORTS or not host or not url.isascii() or not url.isprintable() or " " in url:
        return "it is no http(s) address in plain ASCII"
    if "@" in url:
        return "an address has neither user nor password: credentials belong in the site's settings"
    if parts.query or "?" in url or "#" in url:
        return "an address has no query: it may be a token"
    segments = parts.path.split("/")
    if _TWO_WAYS.search(parts.path) or ".." in segments or "." in segments:
        return "its path can be read in two ways"
    return (parts.scheme, host, _PORTS[parts.scheme] if port is None else port), parts.path or "/"
