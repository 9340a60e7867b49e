"""Lines that name a file themselves: an address that the site allows, or a wheel bundled with the driver.

`NAME @ https://...#sha256=...`, and `./wheels/x.whl` or `NAME @ file:wheels/x.whl`; both as far as the
policy has them (`direct_urls`, `bundled`). A lock's `packages.archive` (PEP 751) says the same in TOML.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import unquote

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import (
    InvalidSdistFilename,
    InvalidWheelFilename,
    NormalizedName,
    canonicalize_name,
    parse_sdist_filename,
    parse_wheel_filename,
)
from packaging.version import Version

from driverenv.errors import foreign
from driverenv.model.requirement import Direct
from driverenv.policy import direct as policy_of_files
from driverenv.requirements.draft import Draft
from driverenv.requirements.problem import BUNDLED, MISSING, NO_DIGEST, SYNTAX

DIGEST_LENGTHS = {"sha256": 64, "sha384": 96, "sha512": 128}
"""Algorithms that are good enough, and how many hexadecimal digits their digests have."""

_NAMED = re.compile(
    r"(?P<name>[A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?)\s*(?:\[(?P<extras>[^\]]*)\]\s*)?@\s*(?P<place>.+)",
    re.ASCII | re.DOTALL,
)
_EXTRAS = re.compile(r"(?P<place>[^\[]*\.whl)\s*\[(?P<extras>[^\]]*)\]", re.IGNORECASE | re.DOTALL)
_REMOTE = re.compile(r"https?://", re.IGNORECASE)
_ABSOLUTE = re.compile(r"[/\\~]|[A-Za-z]:[\\/]")


class Refused(NamedTuple):
    """Why a line's file is not taken."""

    code: str
    message: str
    reason: str = ""
    """The key of the remedy, where it is not that of the code."""


class File(NamedTuple):
    """The file that is named, and what its name says."""

    project: NormalizedName
    version: Version
    direct: Direct


class Named(NamedTuple):
    """What a line means that names a file itself."""

    requirement: Requirement
    """With the version of the file."""
    direct: Direct


class _Stated(NamedTuple):
    name: str
    extras: str
    place: str
    fragment: str
    marker: str


def named(draft: Draft, text: str, *, shown: str, folder: str) -> Named | Refused | None:
    """The requirement and the file that a line means; None where the policy has no such lines at all.

    Args:
        draft: has the policy, and the driver's own folder.
        text: the line, without options.
        shown: what messages call the file in which it stands.
        folder: where that file is: paths are relative to it; empty where the line stands in no file.
    """
    stated = _split(text)
    is_remote = _REMOTE.match(stated.place) is not None
    if not (draft.policy.direct_urls if is_remote else folder and draft.policy.bundled != "never"):
        return None
    hashes = _digests(stated.fragment)
    if isinstance(hashes, Refused):
        return hashes
    project = canonicalize_name(stated.name) if stated.name else None
    if is_remote:
        found = of_address(draft, project, stated.place, hashes)
    else:
        found = of_path(draft, project, stated.place, hashes, shown=shown, folder=folder)
    return found if isinstance(found, Refused) else _requirement(stated, found)


def _requirement(stated: _Stated, found: File) -> Named | Refused:
    extras = f"[{stated.extras}]" if stated.extras else ""
    marker = f" ; {stated.marker}" if stated.marker else ""
    try:
        name = stated.name or found.project
        return Named(Requirement(f"{name}{extras}=={found.version}{marker}"), found.direct)
    except (InvalidRequirement, RecursionError):
        return Refused(SYNTAX, "what follows the file is neither extras in [] nor a marker after ;")


def _split(text: str) -> _Stated:
    head, _, marker = text.partition(";")
    found = _NAMED.fullmatch(head.strip())
    place, _, fragment = (found["place"] if found else head).strip().partition("#")
    name, extras = (found["name"], found["extras"] or "") if found else ("", "")
    after = None if found else _EXTRAS.fullmatch(place)
    if after is not None:
        place, extras = after["place"], after["extras"]
    return _Stated(name, extras, place.strip(), fragment.strip(), marker.strip())


def _digests(fragment: str) -> Mapping[str, str] | Refused:
    found = {}
    for part in filter(None, fragment.split("&")):
        key, _, value = part.partition("=")
        algorithm = key.lower()
        if algorithm == "egg":
            continue
        if algorithm not in DIGEST_LENGTHS:
            what = foreign(key, limit=40)
            if algorithm in ("md5", "sha1", "sha224"):
                return Refused(SYNTAX, f"{what} is no proof of a file's content", NO_DIGEST)
            return Refused(SYNTAX, f"only #sha256= (or better) may follow the file, not {what}")
        if not re.fullmatch(rf"[0-9a-fA-F]{{{DIGEST_LENGTHS[algorithm]}}}", value):
            message = "a digest is sha256=, sha384= or sha512= with all its hexadecimal digits"
            return Refused(SYNTAX, message)
        found[algorithm] = value.lower()
    return found


def of_address(
    draft: Draft, project: NormalizedName | None, url: str, hashes: Mapping[str, str]
) -> File | Refused:
    """The file at `url`, of `project` where the line says of which."""
    filename = unquote(re.split(r"[?#]", url, maxsplit=1)[0].rpartition("/")[2])
    split = _filename(filename, project)
    if isinstance(split, Refused):
        return split
    may = policy_of_files.allowed(draft.policy, split[0], url)
    if isinstance(may, str):
        return Refused("POLICY_URL", f"its file may not be taken from this address: {may}")
    if not hashes:
        return Refused("POLICY_URL", "an address needs the digest of its file", NO_DIGEST)
    return File(*split, Direct(filename, url, tuple(sorted(hashes.items()))))


def of_path(
    draft: Draft,
    project: NormalizedName | None,
    given: str,
    hashes: Mapping[str, str],
    *,
    shown: str,
    folder: str,
) -> File | Refused:
    """The bundled wheel at `given`, a path relative to `folder`."""
    if given[:5].lower() == "file:":
        given = unquote(given[5:])
    if _ABSOLUTE.match(given) or not given.isprintable():
        message = "a bundled wheel is named by its path in the driver's folder, relative to this file"
        return Refused("POLICY_PATH", message, BUNDLED)
    given = given.replace("\\", "/")
    filename = given.rpartition("/")[2]
    if not filename.lower().endswith(".whl"):
        return Refused("POLICY_PATH", "only wheels may be bundled with a driver", BUNDLED)
    split = _filename(filename, project)
    if isinstance(split, Refused):
        return split
    why_not = policy_of_files.bundled(draft.policy, split[0])
    if why_not:
        return Refused("POLICY_PATH", f"this wheel may not be used: {why_not}")
    real = _in_the_folder(draft, os.path.join(folder, given), given)
    if isinstance(real, Refused):
        return real
    told = os.path.normpath(os.path.join(os.path.dirname(shown), given)).replace("\\", "/")
    digests = tuple(sorted(hashes.items()))
    return File(*split, Direct(filename, told, digests, bundled=True, folder=draft.shown_root, path=real))


def _in_the_folder(draft: Draft, path: str, given: str) -> str | Refused:
    """The file at `path` behind all links, which must be below the driver's own folder."""
    draft.inputs.append(os.path.abspath(path))
    real = os.path.realpath(path)
    if not is_inside(draft.root, real):
        return Refused("POLICY_PATH", "the path leads out of the driver's folder", BUNDLED)
    if not os.path.isfile(real):
        return Refused(MISSING, f"{foreign(given)} is not there", BUNDLED)
    return real


def is_inside(folder: str, path: str) -> bool:
    """Whether `path` is `folder` or below it; both absolute, without links."""
    if os.path.splitdrive(folder)[0].lower() != os.path.splitdrive(path)[0].lower():
        return False  # Windows: two drives have no path in common, and asking raises
    return os.path.commonpath([folder, path]) == folder


def _filename(filename: str, project: NormalizedName | None) -> tuple[NormalizedName, Version] | Refused:
    shown = foreign(filename, limit=100) or "nothing"
    if not filename.isprintable() or any(mark in filename for mark in "/\\"):
        return Refused(SYNTAX, f"{shown} is no file's name")
    is_wheel = filename.lower().endswith(".whl")
    try:
        if is_wheel:
            name, version, *_ = parse_wheel_filename(filename)
        else:
            name, version = parse_sdist_filename(filename)
    except (InvalidWheelFilename, InvalidSdistFilename, ValueError):
        return Refused(
            SYNTAX, f"{shown} is not named as a wheel or an sdist: project and version are not told"
        )
    if project is None and not is_wheel:
        return Refused(SYNTAX, f"an sdist is named with its project: {name} @ ...")
    if project is not None and project != name:
        return Refused(SYNTAX, f"the file is named as one of {name}, not of {project}")
    return name, version
