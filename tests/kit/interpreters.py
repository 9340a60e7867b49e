"""Real Python interpreters of this machine, for integration tests."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

VERSIONS = ("2.7", *(f"3.{minor}" for minor in range(6, 16)))
_HOME = Path.home()  # at import: a test's HOME is another
_PYENV_ROOT = os.environ.get("PYENV_ROOT")
_PATH = os.environ.get("PATH", "")
_ASK = (
    "import json,sys;"
    "print(json.dumps([sys.executable, list(sys.version_info[:2]), hasattr(sys,'base_prefix')"
    " and sys.prefix != sys.base_prefix]))"
)


def _pyenv_folders() -> list[Path]:
    roots = [Path(_PYENV_ROOT)] if _PYENV_ROOT else []
    return [root / "versions" for root in (*roots, _HOME / ".pyenv")]


def _candidates() -> Iterator[Path]:
    for folder in _pyenv_folders():
        if folder.is_dir():
            for one in sorted(folder.iterdir()):
                yield one / "bin" / "python"
                yield one / "python.exe"
    for entry in _PATH.split(os.pathsep):
        if entry and Path(entry).name != "shims":  # pyenv's shims need its own HOME
            for version in VERSIONS:
                on_path = shutil.which(f"python{version}", path=entry)
                if on_path:
                    yield Path(on_path)
    yield Path(getattr(sys, "_base_executable", sys.executable))


def _ask(executable: Path) -> tuple[str, Path] | None:
    if not executable.is_file():
        return None
    command = [str(executable), "-E", "-s", "-c", _ASK]
    answer = subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    if answer.returncode:
        return None
    path, (major, minor), virtual = json.loads(answer.stdout)
    return None if virtual else (f"{major}.{minor}", Path(path))


@cache
def interpreters() -> dict[str, Path]:
    """All that were found, such as {"3.9": Path(...)}; virtual environments are no interpreters."""
    found: dict[str, Path] = {}
    for candidate in _candidates():
        answer = _ask(candidate)
        if answer:
            found.setdefault(*answer)
    return found


def find_interpreter(version: str) -> Path:
    """The interpreter of this version ("3.9"); skips the test that asks where there is none."""
    found = interpreters().get(version)
    if found is None:
        pytest.skip(_missing(version))
    return found


def requires_interpreter(version: str) -> pytest.MarkDecorator:
    """A mark that skips a test where the interpreter is missing, and says so."""
    return pytest.mark.skipif(version not in interpreters(), reason=_missing(version))


def _missing(version: str) -> str:
    have = ", ".join(sorted(interpreters(), key=lambda one: tuple(map(int, one.split("."))))) or "none"
    return f"no Python {version} on PATH or among pyenv's versions (found: {have})"
