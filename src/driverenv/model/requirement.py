"""What a driver asks for, with the place each requirement comes from (PEP 508, pip's requirements format)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import NormalizedName, canonicalize_name
from packaging.version import Version


class Source(NamedTuple):
    """Where a requirement was written."""

    file: str
    """As people should see it: the path as it was given, or a word such as "build-system.requires"."""
    line: int
    """1-based; 0 where there are no lines."""
    text: str
    """The line as it was written, comments taken off."""

    def __str__(self) -> str:
        """File and line, then the text."""
        place = f"{self.file} line {self.line}" if self.line else self.file
        return f"{place}: {self.text}"


class Direct(NamedTuple):
    """A file that a line names itself, past every index: an address, or a wheel bundled with the driver."""

    filename: str
    url: str
    """Its address without the fragment; of a bundled wheel, its absolute path as messages show it."""
    hashes: tuple[tuple[str, str], ...] = ()
    """Pairs of algorithm and digest, all of which must fit; always one of sha256, sha384 or sha512."""
    bundled: bool = False
    folder: str = ""
    """Of a bundled wheel: the driver's folder, or the zip that it came in, as messages show it."""
    path: str = ""
    """Of a bundled wheel: where it lies, absolute and without links; empty once that is known to whoever brings it."""


class Root(NamedTuple):
    """A requirement or constraint that a file states itself."""

    requirement: Requirement
    source: Source
    hashes: tuple[tuple[str, str], ...] = ()
    """From ``--hash=``: pairs of algorithm and digest; any one of them will do."""
    direct: Direct | None = None
    """The file that the line names; `requirement` has its version then."""

    @property
    def project(self) -> NormalizedName:
        """The normalised name (PEP 503)."""
        return canonicalize_name(self.requirement.name)


ALL = ":all:"


@dataclass(frozen=True, slots=True)
class Requirements:
    """Everything a requirements file says, and what it includes."""

    roots: tuple[Root, ...] = ()
    constraints: tuple[Root, ...] = ()
    inputs: tuple[str, ...] = ()
    """Absolute paths of every file read, or looked for: the warm lane watches them."""
    prereleases: bool = False
    """``--pre``."""
    only_binary: frozenset[str] = frozenset()
    """Normalised names, or ":all:"."""
    no_binary: frozenset[str] = frozenset()
    prefer_binary: bool = False
    notes: tuple[str, ...] = ()
    requires_python: str = ""
    """What a script's header, a project or a lock file says of the Python it is for: a specifier set, or empty."""
    exact: bool = False
    """The roots are a lock (PEP 751): they are installed as they are, and nothing besides."""
    groups: frozenset[str] = frozenset()
    """The dependency groups that the markers of a lock may ask for."""

    @property
    def hash_checking(self) -> bool:
        """Whether every file must match a hash of the file (one ``--hash=`` switches it on for all)."""
        return any(root.hashes for root in self.roots)

    def may_build(self, project: NormalizedName) -> bool:
        """Whether an sdist of `project` may be used."""
        return not (
            project in self.only_binary or (ALL in self.only_binary and project not in self.no_binary)
        )

    def may_use_wheel(self, project: NormalizedName) -> bool:
        """Whether a wheel of `project` may be used."""
        return not (project in self.no_binary or (ALL in self.no_binary and project not in self.only_binary))


@dataclass(frozen=True, slots=True)
class Target:
    """The interpreter that distributions are chosen for; never the one that runs driverenv."""

    python_full_version: str
    """E.g. "3.9.18"."""
    markers: Mapping[str, str] = field(hash=False)
    """The marker environment of PEP 508, complete but for `extra`."""
    tags: tuple[str, ...] = field(hash=False, repr=False)
    """Supported wheel tags, best first, as text: "cp39-cp39-manylinux_2_17_x86_64"."""

    @property
    def short(self) -> str:
        """What messages call it: "Python 3.9 (cp39, linux_x86_64)"."""
        name = self.tags[0].split("-")[0] if self.tags else "?"
        version = ".".join(self.python_full_version.split(".")[:2])
        return f"Python {version} ({name}, {self.markers.get('sys_platform')} {self.markers.get('platform_machine')})"

    def fits_python(self, requires_python: str) -> bool:
        """Whether `Requires-Python` allows it, upper bounds included; nonsense allows all, as in pip.

        Major, minor and micro count: a release candidate of 3.14 is 3.14.
        """
        release = Version(self.python_full_version.rstrip("+")).release[:3]
        try:
            return SpecifierSet(requires_python).contains(".".join(map(str, release)), prereleases=True)
        except ValueError:  # InvalidSpecifier, or more digits than Python converts
            return True


@dataclass(frozen=True, slots=True)
class Interpreter:
    """A real Python on this machine, asked once what it is."""

    executable: str
    """Absolute path of the base interpreter's executable (never a virtual environment's)."""
    base_prefix: str
    target: Target
    site_packages: str
    """Relative to an environment's prefix, with the platform's separators: "lib/python3.9/site-packages"."""
    scripts: str
    """Relative to an environment's prefix: "bin" or "Scripts"."""
    include: str
    """Relative to an environment's prefix, where a wheel's headers go: "include/site/python3.9"."""
    cache_tag: str | None
    """PEP 3147: "cpython-39"; None where byte code lies beside the source (2.7)."""
    windows: bool
    stamp: str
    """Changes whenever the interpreter on disk changes: size and mtime of the executable."""
    identity: str
    """Hash of all facts above: part of every environment's key."""
