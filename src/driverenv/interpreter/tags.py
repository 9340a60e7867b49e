"""The wheel tags of a target, computed here from its facts: PEP 425, PEP 600, PEP 656, PEP 703, PEP 803.

The order is exactly that of `packaging.tags.sys_tags()` run inside the target; a test shows it
with every interpreter that can run `packaging`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from packaging import tags

Facts = dict[str, Any]

_GLIBC_ARCHS = frozenset({"x86_64", "aarch64", "ppc64", "ppc64le", "s390x", "loongarch64", "riscv64"})
_LEGACY = {(2, 17): "manylinux2014", (2, 12): "manylinux2010", (2, 5): "manylinux1"}
_OLDEST_ON_X86 = 5
_OLDEST = 17


def supported(facts: Facts) -> tuple[str, ...]:
    """Every tag that the target supports, best first, as text."""
    version: tuple[int, ...] = tuple(facts["version"][:2])
    on = list(platforms(facts))
    name = tags.INTERPRETER_SHORT_NAMES.get(facts["implementation"], facts["implementation"])
    full_name = f"{name}{facts['version_nodot'] or _nodot(version)}"
    interpreter: str | None
    if name == "cp":
        own = tags.cpython_tags(version, abis(facts), on)
        interpreter = full_name
    else:
        own = tags.generic_tags(full_name, _generic_abi(facts), on)
        interpreter = "pp3" if name == "pp" else None
    everyone = tags.compatible_tags(version, interpreter, on)
    return tuple(dict.fromkeys([*map(str, own), *map(str, everyone)]))


def abis(facts: Facts) -> list[str]:
    """The ABIs of a CPython: "cp312", "cp313t", "cp312d", "cp37m", "cp27mu"."""
    version = tuple(facts["version"][:2])
    has_debug_extension = str(facts["ext_suffix"] or "").startswith("_d.")
    debug = facts["debug"] or (facts["debug"] is None and (facts["counts_references"] or has_debug_extension))
    name = f"cp{_nodot(version)}"
    threads = "t" if version >= (3, 13) and facts["gil_disabled"] else ""
    flags = threads + ("d" if debug else "")
    if version >= (3, 8):
        return [name + flags, *([name + threads] if debug else [])]
    if facts["pymalloc"] or facts["pymalloc"] is None:
        flags += "m"
    if version < (3, 3) and facts["wide_unicode"]:
        flags += "u"
    return [name + flags]


def _generic_abi(facts: Facts) -> list[str]:
    parts = str(facts["ext_suffix"] or "").split(".")
    if len(parts) < len(("", "abi", "so")):
        return abis(facts)
    words = parts[1].split("-")
    if words[0] == "cpython":
        return [f"cp{words[1]}"] if len(words) > 1 else []
    kept = {"pypy": 2, "graalpy": 3}.get(words[0].rstrip("0123456789"), len(words))
    if words[0].startswith("cp"):
        kept = 1
    return [_normal("-".join(words[:kept]))] if parts[1] else []


def platforms(facts: Facts) -> Iterator[str]:
    """The platform tags of the target, best first."""
    system = facts["markers"]["platform_system"]
    if system == "Darwin" and facts["mac"]:
        version, machine = facts["mac"]
        major, minor = (*map(int, version.split(".")[:2]), 0)[:2]
        return tags.mac_platforms((major, minor), _mac_machine(machine, facts["bits"]))
    if system == "Linux":
        return _linux(facts)
    return iter([_normal(facts["platform"])])


def _mac_machine(machine: str, bits: int) -> str:
    if bits != 32:  # noqa: PLR2004 (bits of a pointer)
        return machine
    return "ppc" if machine.startswith("ppc") else "i386"


def _linux(facts: Facts) -> Iterator[str]:
    linux = _normal(facts["platform"])
    if not linux.startswith("linux_"):
        yield linux
        return
    if facts["bits"] == 32:  # noqa: PLR2004 (bits of a pointer)
        linux = {"linux_x86_64": "linux_i686", "linux_aarch64": "linux_armv8l"}.get(linux, linux)
    arch = linux.removeprefix("linux_")
    archs = ["armv8l", "armv7l"] if arch == "armv8l" else [arch]
    yield from (f"linux_{one}" for one in archs)
    if facts["glibc"]:
        yield from _manylinux(facts, archs)
    if facts["musl"]:
        major, minor = _two_numbers(facts["musl"])
        yield from (f"musllinux_{major}_{older}_{one}" for one in archs for older in range(minor, -1, -1))


def _manylinux(facts: Facts, archs: list[str]) -> Iterator[str]:
    if "armv7l" in archs:
        if not str(facts["host_type"] or "").endswith("gnueabihf"):
            return
    elif "i686" not in archs and not _GLIBC_ARCHS.intersection(archs):
        return
    oldest = _OLDEST_ON_X86 if {"x86_64", "i686"}.intersection(archs) else _OLDEST
    major, minor = _two_numbers(facts["glibc"])
    if major != 2:  # noqa: PLR2004 (there is no glibc 3; PEP 600 would have to say what follows)
        return
    for arch in archs:
        for older in range(minor, oldest - 1, -1):
            yield f"manylinux_{major}_{older}_{arch}"
            if (major, older) in _LEGACY:
                yield f"{_LEGACY[major, older]}_{arch}"


def _two_numbers(version: str) -> tuple[int, int]:
    major, _, rest = version.partition(".")
    minor = rest.replace("-", ".").partition(".")[0]
    return (int(major), int(minor)) if major.isdecimal() and minor.isdecimal() else (-1, -1)


def _nodot(version: tuple[int, ...]) -> str:
    return "".join(map(str, version))


def _normal(name: str) -> str:
    return name.replace(".", "_").replace("-", "_").replace(" ", "_")
