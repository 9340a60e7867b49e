"""``pylock.toml`` (PEP 751) as a driver's requirements: what it lists, at its versions, with its hashes, and no more.

Which index a file comes from is the site's decision as always; the hashes say which bytes it must have.
"""

from __future__ import annotations

import re
import tomllib
from typing import Any, NamedTuple

from packaging.pylock import (
    Package,
    Pylock,
    PylockUnsupportedVersionError,
    PylockValidationError,
    is_valid_pylock_path,
)
from packaging.requirements import Requirement

from driverenv.model.requirement import Root, Source
from driverenv.requirements.embedded import Malformed
from driverenv.requirements.problem import SYNTAX, Problem

is_lockfile = is_valid_pylock_path
"""Whether a path has the name of such a file: ``pylock.toml`` or ``pylock.NAME.toml``."""

_NAME = re.compile(r"""^\s*name\s*=\s*["']([^"']+)["']""")
_STRONG = ("sha256", "sha384", "sha512")


class Locked(NamedTuple):
    """What a lock file lists."""

    roots: tuple[Root, ...]
    problems: tuple[Problem, ...]
    requires_python: str
    groups: frozenset[str]
    """The dependency groups that are installed by default; no extras are."""


def locked(text: str, shown: str) -> Locked:
    """Every package of a lock file as a pinned root with its hashes, or what is wrong with it.

    Raises `Malformed` where the file as a whole is no lock file.
    """
    try:
        document: dict[str, Any] = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        at = re.search(r"at line (\d+)", str(error))
        raise Malformed(int(at[1]) if at else 0, f"it is no TOML: {error}") from None
    except (RecursionError, ValueError) as error:
        raise Malformed(0, f"it is no TOML that can be read: {type(error).__name__}") from None
    try:
        lock = Pylock.from_dict(document)
    except PylockUnsupportedVersionError as error:
        raise Malformed(0, f"it is a lock file of another version: {error}") from None
    except (PylockValidationError, ValueError, TypeError, RecursionError) as error:
        raise Malformed(0, f"it is no lock file as PEP 751 has them: {error}") from None
    lines = _lines(text)
    roots: list[Root] = []
    problems: list[Problem] = []
    for package in lock.packages:
        numbers = lines.get(package.name, [])
        line, raw = numbers.pop(0) if numbers else (0, package.name)
        found = _root(package, Source(shown, line, raw.strip()))
        if isinstance(found, Root):
            roots.append(found)
        else:
            problems.append(Problem(found[0], shown, line, 1, raw, found[1]))
    return Locked(
        tuple(roots),
        tuple(problems),
        str(lock.requires_python or ""),
        frozenset(lock.default_groups or ()),
    )


def _root(package: Package, source: Source) -> Root | tuple[str, str]:
    """A root, or code and reason why it is none."""
    refused = (
        ("POLICY_VCS", package.vcs, "a repository of source code"),
        ("POLICY_PATH", package.directory, "a folder"),
        ("POLICY_URL", package.archive, "an archive of its own"),
    )
    for code, there, what in refused:
        if there is not None:
            return code, f"the lock takes {package.name} from {what} instead of an index"
    if package.version is None:
        return SYNTAX, f"the lock has no version of {package.name}"
    promised = [wheel.hashes for wheel in package.wheels or ()]
    promised += [package.sdist.hashes] if package.sdist else []
    hashes = [(name, digest.lower()) for one in promised for name, digest in one.items() if name in _STRONG]
    if not hashes:
        return SYNTAX, f"the lock has no sha256 of any file of {package.name}"
    requirement = Requirement(f"{package.name}=={package.version}")
    requirement.marker = package.marker
    return Root(requirement, source, tuple(dict.fromkeys(hashes)))


def _lines(text: str) -> dict[str, list[tuple[int, str]]]:
    """Where each name stands, in the order of the file."""
    places: dict[str, list[tuple[int, str]]] = {}
    for number, raw in enumerate(text.splitlines(), 1):
        found = _NAME.match(raw)
        if found:
            places.setdefault(found[1], []).append((number, raw))
    return places
