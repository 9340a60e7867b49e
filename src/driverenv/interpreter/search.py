"""Find the Python that is wanted: by path, by name, or by version."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from driverenv.errors import InterpreterNotFound
from driverenv.interpreter.inspection import inspect
from driverenv.model.requirement import Interpreter
from driverenv.store import Store

_COMMAND = re.compile(r"(?:python|pypy)\d(?:\.\d+)?(?:\.exe)?", re.IGNORECASE | re.ASCII)
_VERSION = re.compile(r"(?:python\s*)?(?P<version>\d+(?:\.\d+){0,2})", re.IGNORECASE | re.ASCII)


@dataclass
class _Seen:
    """Every Python looked at so far, and what came of it."""

    found: dict[str, str] = field(default_factory=dict)
    """Version by executable."""
    silent: list[str] = field(default_factory=list)
    asked: set[str] = field(default_factory=set)


def find(wanted: str | None, *, default: Path, environ: Mapping[str, str], store: Store) -> Path:
    """The base interpreter's executable for `wanted`.

    Args:
        wanted: an absolute path, a command on the search path ("pypy3"), a version ("3", "3.12",
            "3.12.1", also as "Python 3"), or None for `default`.
        default: the running interpreter; taken first where it fits.
        environ: variables of the caller: `PATH` and where version managers live.
        store: remembers what each interpreter is.

    Raises:
        InterpreterNotFound: nothing fits; says what was found instead.
    """
    if wanted is None or not wanted.strip():
        return Path(inspect(default, store=store).executable)
    text = wanted.strip()
    match = _VERSION.fullmatch(text)
    if match is None:
        return Path(inspect(_named(text, environ), store=store).executable)
    return _by_version(match["version"], default, environ, store)


def known(default: Path, environ: Mapping[str, str]) -> list[Path]:
    """Every Python that there seems to be, each once: `default`, those on PATH, version managers', registered ones."""
    found: dict[str, Path] = {}
    for candidate in (default, *_on_path(environ), *_candidates("3", default, environ)):
        found.setdefault(os.path.normcase(os.path.realpath(candidate)), candidate)
    return list(found.values())


def _on_path(environ: Mapping[str, str]) -> Iterator[Path]:
    """Commands that are called like a Python of some version."""
    for folder in _folders(environ):
        with contextlib.suppress(OSError):
            names = sorted(os.listdir(folder))
            yield from (Path(folder, name) for name in names if _COMMAND.fullmatch(name))


def _named(text: str, environ: Mapping[str, str]) -> Path:
    if os.path.isabs(text):
        return Path(text)
    found = shutil.which(text, path=environ.get("PATH", "")) if os.path.basename(text) == text else None
    if found is None:
        raise InterpreterNotFound(
            f"{text!r} is neither a version, nor an absolute path, nor a command on PATH",
            facts=(("wanted", text),),
            remedies=('name a version such as "3.12", or the full path of an interpreter',),
            data={"wanted": text},
        )
    return Path(os.path.abspath(found))


def _by_version(version: str, default: Path, environ: Mapping[str, str], store: Store) -> Path:
    seen = _Seen()
    for candidate in _candidates(version, default, environ):
        interpreter = _look(candidate, store, seen)
        if interpreter is not None and fits(interpreter.target.python_full_version, version):
            return Path(interpreter.executable)
    raise _nothing(version, seen)


def fits(full_version: str, wanted: str) -> bool:
    """Whether "3.12.1" is a "3.12"."""
    numbers = re.match(r"[\d.]*", full_version)
    have = numbers[0].split(".") if numbers else []
    parts = wanted.split(".")
    return have[: len(parts)] == parts


def _look(candidate: Path, store: Store, seen: _Seen) -> Interpreter | None:
    real = os.path.realpath(candidate)
    if real in seen.asked:
        return None
    seen.asked.add(real)
    try:
        interpreter = inspect(candidate, store=store)
    except InterpreterNotFound:
        seen.silent.append(str(candidate))
        return None
    seen.found[interpreter.executable] = interpreter.target.python_full_version
    return interpreter


def _candidates(version: str, default: Path, environ: Mapping[str, str]) -> Iterator[Path]:
    yield default
    managed = list(_pyenv(environ))
    folders = _folders(environ)
    parts = version.split(".")
    names = [f"python{'.'.join(parts[:count])}" for count in (2, 1) if count <= len(parts)]
    for name in [*names, "python"]:
        for folder in folders:
            found = shutil.which(name, path=folder)
            if found:
                yield Path(found)
    for root in managed:
        yield from _versions(root / "versions", version)
    yield from _registered(version, environ)


def _folders(environ: Mapping[str, str]) -> list[str]:
    """The search path, without what stands there for a version manager's choice."""
    shims = {os.path.normcase(root / "shims") for root in _pyenv(environ)}
    return [
        folder
        for folder in environ.get("PATH", "").split(os.pathsep)
        if os.path.isabs(folder) and os.path.normcase(folder.rstrip("/\\")) not in shims
    ]


def _pyenv(environ: Mapping[str, str]) -> Iterator[Path]:
    for name in ("PYENV_ROOT", "PYENV"):
        if environ.get(name):
            yield Path(environ[name])
    for name in ("HOME", "USERPROFILE"):
        if environ.get(name):
            yield Path(environ[name], ".pyenv")
            yield Path(environ[name], ".pyenv", "pyenv-win")


def _versions(folder: Path, version: str) -> Iterator[Path]:
    """The interpreters of a version manager, newest first, those that may fit before the others."""
    try:
        there = sorted(folder.iterdir(), key=lambda one: _numbers(one.name), reverse=True)
    except OSError:
        return
    for one in sorted(there, key=lambda one: not fits(one.name, version)):
        for executable in (one / "bin" / "python", one / "python.exe"):
            if executable.is_file():
                yield executable


def _numbers(name: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", name))


def _registered(version: str, environ: Mapping[str, str]) -> Iterator[Path]:
    """What the Windows registry (PEP 514) and uv know; without a cache, so nothing is written anywhere."""
    from python_discovery import iter_interpreters  # noqa: PLC0415 (slow, and only the last resort)

    for found in iter_interpreters(version, env=environ):
        where = found.system_executable or found.executable
        if where:
            yield Path(where)


def _nothing(version: str, seen: _Seen) -> InterpreterNotFound:
    ranked = sorted(seen.found.items(), key=lambda item: _distance(item[1], version))
    facts = [("wanted", f"Python {version}")]
    facts += [("found instead", f"Python {have} at {where}") for where, have in ranked]
    facts += [("does not run", where) for where in seen.silent]
    nearest = f'take the nearest one there is: --python "{ranked[0][1]}"' if ranked else ""
    return InterpreterNotFound(
        f"there is no Python {version} on this machine, as far as driverenv can see",
        facts=tuple(facts),
        remedies=(
            f"install Python {version}, or name its path: --python PATH, DRIVERENV_PYTHON or `python` in the settings file",
            *((nearest,) if nearest else ()),
        ),
        data={"wanted": version, "found": [{"version": have, "executable": where} for where, have in ranked]},
    )


def _distance(have: str, wanted: str) -> tuple[int, ...]:
    ours, theirs = _numbers(have)[:3], _numbers(wanted)
    return tuple(abs(a - b) for a, b in zip(ours, theirs, strict=False)) + tuple(-number for number in ours)
