"""``pylock.toml`` (PEP 751) as a driver's requirements: what it lists, at its versions, with its hashes, and no more.

Which index a file comes from is the site's decision as always; the hashes say which bytes it must have.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from packaging.pylock import (
    Package,
    Pylock,
    PylockUnsupportedVersionError,
    PylockValidationError,
    is_valid_pylock_path,
)
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from driverenv import _toml
from driverenv._toml import NotToml
from driverenv.model.requirement import Direct, Root, Source
from driverenv.requirements.direct import DIGEST_LENGTHS, File, Refused, of_address, of_path
from driverenv.requirements.draft import Draft
from driverenv.requirements.embedded import Malformed
from driverenv.requirements.limits import REQUIREMENTS, SIZE
from driverenv.requirements.problem import SYNTAX, TOO_MUCH, Problem

is_lockfile = is_valid_pylock_path
"""Whether a path has the name of such a file: ``pylock.toml`` or ``pylock.NAME.toml``."""

_NAME = re.compile(r"""^\s*name\s*=\s*["']([^"']+)["']""")


class Locked(NamedTuple):
    """What a lock file lists."""

    roots: tuple[Root, ...]
    problems: tuple[Problem, ...]
    requires_python: str
    groups: frozenset[str]
    """The dependency groups that are installed by default; no extras are."""


def locked(draft: Draft, text: str, shown: str) -> Locked:
    """Every package of a lock file as a pinned root with its hashes, or what is wrong with it.

    `draft` says what the policy allows, and where the file is. Raises `Malformed` where the file as a whole is no lock file.
    """
    lock = parsed(text)
    lines = lines_of(text)
    roots: list[Root] = []
    problems: list[Problem] = []
    for package in lock.packages:
        numbers = lines.get(package.name, iter(()))
        line, raw = next(numbers, (0, package.name))
        found = _root(draft, package, Source(shown, line, raw.strip()))
        if isinstance(found, Root):
            roots.append(found)
        else:
            problems.append(Problem(found.code, shown, line, 1, raw, found.message, reason=found.reason))
    return Locked(
        tuple(roots),
        tuple(problems),
        str(lock.requires_python or ""),
        frozenset(lock.default_groups or ()),
    )


def parsed(text: str) -> Pylock:
    """The lock file as the format has it. Raises `Malformed` where it is none."""
    try:
        document = _toml.loads(text, limit=SIZE)
    except NotToml as error:
        raise Malformed(error.line, f"it is no TOML that can be read: {error.detail}") from None
    listed = document.get("packages")
    if isinstance(listed, list) and len(listed) > REQUIREMENTS:
        raise Malformed(0, f"a lock has at most {REQUIREMENTS:,} packages", TOO_MUCH)
    try:
        return Pylock.from_dict(document)
    except PylockUnsupportedVersionError as error:
        raise Malformed(0, f"it is a lock file of another version: {error}") from None
    except (PylockValidationError, ValueError, TypeError, RecursionError) as error:
        raise Malformed(0, f"it is no lock file as PEP 751 has them: {error}") from None


def _root(draft: Draft, package: Package, source: Source) -> Root | Refused:
    refused = (
        ("POLICY_VCS", package.vcs, "a repository of source code"),
        ("POLICY_PATH", package.directory, "a folder"),
    )
    for code, there, what in refused:
        if there is not None:
            return Refused(code, f"the lock takes {package.name} from {what} instead of an index")
    found = _archive(draft, package, source.file) if package.archive is not None else None
    if isinstance(found, Refused):
        return found
    version = found.version if found is not None else package.version
    if version is None:
        return Refused(SYNTAX, f"the lock has no version of {package.name}")
    promised = (
        [package.archive.hashes] if package.archive else [wheel.hashes for wheel in package.wheels or ()]
    )
    promised += [package.sdist.hashes] if package.sdist else []
    hashes = [pair for one in promised for pair in strong(one).items()]
    if not hashes:
        return Refused(SYNTAX, f"the lock has no sha256 of any file of {package.name}")
    requirement = Requirement(f"{package.name}=={version}")
    requirement.marker = package.marker
    direct: Direct | None = found.direct if found is not None else None
    return Root(requirement, source, tuple(dict.fromkeys(hashes)), direct)


def _archive(draft: Draft, package: Package, shown: str) -> File | Refused:
    """The file of its own that the lock has for a package, where the policy allows such."""
    archive, project = package.archive, canonicalize_name(package.name)
    assert archive is not None  # noqa: S101 (the caller's part)
    found: File | Refused | None = None
    if archive.subdirectory is not None:
        return Refused(SYNTAX, f"the lock takes {package.name} from a folder inside an archive")
    if archive.url is not None and draft.policy.direct_urls:
        found = of_address(draft, project, archive.url, strong(archive.hashes))
    elif archive.url is None and archive.path is not None and draft.policy.bundled != "never":
        found = of_path(
            draft, project, archive.path, strong(archive.hashes), shown=shown, folder=draft.folder
        )
    if isinstance(found, File) and package.version not in (None, found.version):
        return Refused(
            SYNTAX, f"the lock has {package.name} {package.version}, and a file of {found.version}"
        )
    code = "POLICY_URL" if archive.url is not None else "POLICY_PATH"
    return found or Refused(
        code, f"the lock takes {package.name} from an archive of its own instead of an index"
    )


def strong(hashes: Mapping[str, str]) -> dict[str, str]:
    """Those hashes that prove something."""
    return {name: digest.lower() for name, digest in hashes.items() if name in DIGEST_LENGTHS}


def lines_of(text: str) -> dict[str, Iterator[tuple[int, str]]]:
    """Where each name stands, in the order of the file."""
    places: dict[str, list[tuple[int, str]]] = {}
    for number, raw in enumerate(text.splitlines(), 1):
        found = _NAME.match(raw)
        if found:
            places.setdefault(found[1], []).append((number, raw))
    return {name: iter(there) for name, there in places.items()}
