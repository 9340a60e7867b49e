"""Targets on other machines: a version and a platform, as the value that a Python of that kind would give of itself.

The facts have the form of the probe's, and go through the same `tags.supported`; nothing is run.
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from driverenv import warm
from driverenv.errors import InterpreterNotFound, foreign
from driverenv.interpreter import tags
from driverenv.model.requirement import Interpreter, Target

GLIBC = "2.28"
"""Of a plain ``linux_x86_64``: what Linux servers have had since 2018 (RHEL 8, Debian 10, Ubuntu 18.10)."""
USUAL = (
    "linux_x86_64",
    "linux_aarch64",
    "manylinux_2_17_x86_64",
    "musllinux_1_2_x86_64",
    "win_amd64",
    "win32",
    "win_arm64",
    "macosx_11_0_arm64",
    "macosx_11_0_x86_64",
)
"""Names that messages and the reference give as examples."""
_LAST = {
    (2, 7): 18, (3, 6): 15, (3, 7): 17, (3, 8): 20, (3, 9): 25, (3, 10): 22,
    (3, 11): 17, (3, 12): 15, (3, 13): 16, (3, 14): 8, (3, 15): 0,
}  # fmt: skip
"""The last release of each Python: what "3.9" means where no Python is looked at.

As of 2026-11-30, by the definitions of pyenv (github.com/pyenv/pyenv, plugins/python-build/share/python-build), which
has one for each release on python.org. Up to 3.9 there will be no others: see release_management/python-releases.toml
of github.com/python/peps. For the later ones a newer release matters only to who asks for `python_full_version`.
"""
_VERSION = re.compile(r"(?:python\s*)?(\d+)\.(\d+)(?:\.(\d+))?", re.IGNORECASE | re.ASCII)
_WINDOWS = {"win_amd64": "AMD64", "win32": "x86", "win_arm64": "ARM64"}
_PLAIN = re.compile(r"linux_(x86_64|aarch64|i686|armv7l|ppc64le|s390x|riscv64)")
_GLIBC = re.compile(r"manylinux_2_(\d{1,3})_(x86_64|aarch64|i686|armv7l|ppc64le|s390x|riscv64)")
_NAMED = re.compile(r"manylinux(2014|2010|1)_(x86_64|aarch64|i686|armv7l|ppc64le|s390x)")
_MUSL = re.compile(r"musllinux_1_(\d{1,3})_(x86_64|aarch64|i686|armv7l|ppc64le|s390x|riscv64)")
_MAC = re.compile(r"macosx_(1\d|2\d)_(\d{1,2})_(x86_64|arm64)")
_OF_NAME = {"2014": 17, "2010": 12, "1": 5}


class _System(NamedTuple):
    """What a platform's name says."""

    platform: str
    """As `sysconfig.get_platform` would say it."""
    machine: str
    glibc: str | None = None
    musl: str | None = None
    mac: tuple[str, str] | None = None

    @property
    def kind(self) -> str:
        """One of "win32", "linux" and "darwin"."""
        return "darwin" if self.mac else "linux" if self.platform.startswith("linux") else "win32"


def interpreter(python: str, platform: str) -> Interpreter:
    """A CPython of this version ("3.9", "3.9.13") on this platform, of which there is no executable here.

    Raises `InterpreterNotFound` where either says nothing.
    """
    version, system = _version(python), _system(platform)
    target = Target(_shown(version), _markers(version, system), tags.supported(_facts(version, system)))
    identity = warm.key((b"elsewhere 1", target.python_full_version.encode(), platform.encode()))
    return Interpreter(
        executable="",
        base_prefix="",
        target=target,
        site_packages="",
        scripts="",
        include="",
        cache_tag=None,
        windows=system.kind == "win32",
        stamp="",
        identity=identity,
    )


def platform_of(target: Target) -> str:
    """The most exact name that `interpreter` has for the platform of a target: "manylinux_2_36_x86_64", "win_amd64"."""
    platforms = dict.fromkeys(tag.split("-")[2] for tag in target.tags)
    known = (_GLIBC, _MUSL, _MAC)
    exact = next((one for one in platforms if any(kind.fullmatch(one) for kind in known)), "")
    return exact or next(iter(platforms), "any")


def is_a_version(python: str) -> bool:
    """Whether `python` names a version with two or three numbers."""
    return _VERSION.fullmatch(python.strip()) is not None


def _version(python: str) -> tuple[int, int, int]:
    found = _VERSION.fullmatch(python.strip())
    if found is not None:
        major, minor = int(found[1]), int(found[2])
        last = _LAST.get((major, minor))
        if last is not None:
            return major, minor, int(found[3]) if found[3] else last
    raise InterpreterNotFound(
        f"{foreign(python)} is no version of Python that another machine could have",
        facts=(("known", ", ".join(f"{major}.{minor}" for major, minor in _LAST)),),
        remedies=("name two or three numbers, such as --python 3.9 or --python 3.9.13",),
        data={"wanted": python},
    )


def _system(platform: str) -> _System:
    if platform in _WINDOWS:
        return _System(platform.replace("_", "-", 1), _WINDOWS[platform])
    if found := _PLAIN.fullmatch(platform):
        return _System(f"linux-{found[1]}", found[1], glibc=GLIBC)
    if found := _GLIBC.fullmatch(platform):
        return _System(f"linux-{found[2]}", found[2], glibc=f"2.{int(found[1])}")
    if found := _NAMED.fullmatch(platform):
        return _System(f"linux-{found[2]}", found[2], glibc=f"2.{_OF_NAME[found[1]]}")
    if found := _MUSL.fullmatch(platform):
        return _System(f"linux-{found[2]}", found[2], musl=f"1.{int(found[1])}")
    if found := _MAC.fullmatch(platform):
        version = f"{found[1]}.{int(found[2])}"
        return _System(f"macosx-{version}-{found[3]}", found[3], mac=(version, found[3]))
    raise InterpreterNotFound(
        f"{foreign(platform)} is no platform that driverenv knows",
        facts=(("for example", ", ".join(USUAL)),),
        remedies=(
            "name the platform of the other machine as wheels do; `python -m sysconfig` there says which it is",
        ),
        data={"platform": platform},
    )


def _shown(version: tuple[int, int, int]) -> str:
    return ".".join(map(str, version))


def _markers(version: tuple[int, int, int], system: _System) -> dict[str, str]:
    """The marker environment (PEP 508); release and version of the system are not known, and are empty."""
    name = {"win32": "Windows", "linux": "Linux", "darwin": "Darwin"}[system.kind]
    is_old = version[0] == 2  # noqa: PLR2004 (Python 2 says "linux2", and has no sys.implementation)
    return {
        "implementation_name": "" if is_old else "cpython",
        "implementation_version": "0" if is_old else _shown(version),
        "os_name": "nt" if system.kind == "win32" else "posix",
        "platform_machine": system.machine,
        "platform_release": "",
        "platform_system": name,
        "platform_version": "",
        "python_full_version": _shown(version),
        "platform_python_implementation": "CPython",
        "python_version": f"{version[0]}.{version[1]}",
        "sys_platform": "linux2" if is_old and system.kind == "linux" else system.kind,
    }


def _facts(version: tuple[int, int, int], system: _System) -> dict[str, Any]:
    is_hard = system.machine == "armv7l"
    is_32 = system.machine in ("x86", "i686", "armv7l")
    return {
        "version": list(version),
        "implementation": "cpython",
        "version_nodot": f"{version[0]}{version[1]}",
        "markers": _markers(version, system),
        "platform": system.platform,
        "bits": 32 if is_32 else 64,
        "ext_suffix": None,
        "debug": 0,
        "counts_references": False,
        "gil_disabled": None,
        "pymalloc": 1,
        "wide_unicode": system.kind == "linux",
        "host_type": "arm-linux-gnueabihf" if is_hard else system.machine,
        "glibc": system.glibc,
        "musl": system.musl,
        "mac": list(system.mac) if system.mac else None,
    }
