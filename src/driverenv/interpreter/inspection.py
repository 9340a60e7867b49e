"""From a path to an `Interpreter`: asked once, remembered in the store for as long as the file is the same."""

from __future__ import annotations

import json
import os
import platform
from dataclasses import asdict
from pathlib import Path
from typing import Any

from driverenv import warm
from driverenv.errors import InterpreterNotFound
from driverenv.interpreter import tags
from driverenv.interpreter.probe import Facts, ask
from driverenv.model.requirement import Interpreter, Target
from driverenv.store import Store

KIND = "interpreter"
_SCHEMA = b"interpreter 1"
_CHANGES_WITH_THE_SYSTEM = frozenset({"platform_release", "platform_version"})


def inspect(executable: Path, *, store: Store) -> Interpreter:
    """What the Python at `executable` is; for a virtual environment's Python, what its base is.

    It is run once; later answers come from the store while the file's path, size and modification
    time and the running system are the same. Raises `InterpreterNotFound`.
    """
    path = Path(os.path.abspath(executable))
    key = _key(path)
    known = store.read(KIND, key)
    if known is not None:
        interpreter = _remembered(known)
        if interpreter is not None:
            return interpreter
    interpreter = describe(base_facts(path))
    store.write(KIND, key, json.dumps(asdict(interpreter)).encode())
    return interpreter


def base_facts(path: Path) -> Facts:
    """What the Python at `path` says of itself; a virtual environment's, what its base says. Raises `InterpreterNotFound`."""
    return _base(path, ask(path))


def stamp(executable: str) -> str:
    """Size and modification time (ns) of an executable; changes whenever it is replaced."""
    return warm.stamp(executable)


def _key(path: Path) -> str:
    try:
        status = path.stat()
    except OSError as error:
        raise InterpreterNotFound(
            f"there is no Python at {path}",
            facts=(("looked for", str(path)), ("came back", error.strerror or str(error))),
            remedies=(
                "name an interpreter that is there: --python PATH_OR_VERSION, or `python` in the settings file",
            ),
            data={"executable": str(path)},
        ) from error
    system = (platform.release(), platform.version(), _libc())
    parts = (str(path), str(status.st_size), str(status.st_mtime_ns), *system)
    return warm.key((_SCHEMA, *(part.encode("utf-8", "surrogateescape") for part in parts)))


def _libc() -> str:
    try:
        return os.confstr("CS_GNU_LIBC_VERSION") or ""
    except (AttributeError, OSError, ValueError):  # not glibc, or not POSIX at all
        return ""


def _remembered(data: bytes) -> Interpreter | None:
    try:
        values: dict[str, Any] = json.loads(data)
        target = values.pop("target")
        target["tags"] = tuple(target["tags"])
        interpreter = Interpreter(target=Target(**target), **values)
    except (ValueError, KeyError, TypeError):
        return None
    return interpreter if stamp(interpreter.executable) == interpreter.stamp else None


def _base(path: Path, facts: Facts) -> Facts:
    """The facts of the interpreter behind a virtual environment; the same where there is none."""
    if not _is_virtual(facts):
        return facts
    tried = []
    for candidate in _base_candidates(facts):
        if not candidate.is_file() or candidate in tried:
            continue
        tried.append(candidate)
        found = ask(candidate)
        if not _is_virtual(found) and found["version"] == facts["version"]:
            return found
    raise InterpreterNotFound(
        f"{path} belongs to a virtual environment whose own Python is gone",
        facts=(
            ("base", str(facts["base_prefix"])),
            ("looked at", "\n".join(map(str, tried)) or "no executable there"),
        ),
        remedies=("name the real interpreter: --python PATH_OR_VERSION",),
        data={"executable": str(path), "base_prefix": facts["base_prefix"]},
    )


def _is_virtual(facts: Facts) -> bool:
    return bool(os.path.normcase(facts["prefix"]) != os.path.normcase(facts["base_prefix"]))


def _base_candidates(facts: Facts) -> list[Path]:
    major, minor = facts["version"][:2]
    pypy = facts["implementation"] == "pypy"
    names = [f"pypy{major}.{minor}", f"pypy{major}", "pypy"] if pypy else []
    names += [f"python{major}.{minor}", f"python{major}", "python"]
    told = [Path(facts["base_executable"])] if facts["base_executable"] else []
    if facts["markers"]["os_name"] == "nt":
        return told + [Path(facts["base_prefix"], f"{name}.exe") for name in ["python", *names]]
    return told + [Path(facts["base_prefix"], "bin", name) for name in names]


def describe(facts: Facts) -> Interpreter:
    """The noun made of the facts of a base interpreter."""
    executable = settled(facts["executable"], facts["base_prefix"])
    markers: dict[str, str] = facts["markers"]
    major, minor = facts["version"][:2]
    values: dict[str, Any] = {
        "executable": executable,
        "base_prefix": facts["base_prefix"],
        "site_packages": facts["site_packages"],
        "scripts": facts["scripts"],
        "include": os.path.join("include", "site", f"python{major}.{minor}"),
        "cache_tag": facts["cache_tag"],
        "windows": markers["os_name"] == "nt",
        "stamp": stamp(executable),
    }
    supported = tags.supported(facts)
    stable = {name: value for name, value in markers.items() if name not in _CHANGES_WITH_THE_SYSTEM}
    identity = json.dumps([values, stable, supported], sort_keys=True).encode()
    target = Target(markers["python_full_version"], markers, supported)
    return Interpreter(target=target, identity=warm.key((identity,)), **values)


def settled(executable: str, base_prefix: str) -> str:
    """One name for one interpreter: "python", "python3" and "python3.12" of a folder are the same file.

    Links that lead out of the interpreter's own folder are left alone: package managers (Homebrew,
    alternatives) keep them stable while what they point to moves with every release.
    """
    absolute = os.path.abspath(executable)
    real = os.path.realpath(absolute)
    homes = {os.path.normcase(os.path.dirname(absolute)), os.path.normcase(os.path.join(base_prefix, "bin"))}
    return real if os.path.normcase(os.path.dirname(real)) in homes else absolute
