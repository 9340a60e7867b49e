"""The image of an interpreter: an empty virtual environment, made once, copied for every environment.

virtualenv makes it, since it knows how the Pythons of all platforms want to be entered; that takes
a few hundred milliseconds, a copy less than one. What virtualenv adds for its own purposes is left
out, and no path of the image is in it: it can lie anywhere.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from driverenv import _fs
from driverenv.environment.legacy import make_legacy_layout
from driverenv.environment.link import copy
from driverenv.errors import DriverEnvError, EnvironmentBroken, InterpreterNotFound, foreign
from driverenv.model.requirement import Interpreter
from driverenv.store import Store
from driverenv.store.tree import FILE, LINK, Leaf, leaf

KIND = "image"
CONFIG = "pyvenv.cfg"
LEGACY_MAJOR = "2."
_TRIES = 3

_ADDED_BY_VIRTUALENV = frozenset({".gitignore", "CACHEDIR.TAG", "_virtualenv.py", "_virtualenv.pth"})
_NOT_OURS_TO_TELL = frozenset({"command", "virtualenv", "prompt", "include-system-site-packages"})


def image(interpreter: Interpreter, store: Store) -> Path:
    """The folder of the image for `interpreter`, made now if it is not there whole.

    Raises `InterpreterNotFound` where no environment can be made for it.
    """
    found = _there(interpreter, store)
    if found is not None:
        return found
    with store.lock(KIND, interpreter.identity):
        found = _there(interpreter, store)
        if found is not None:
            return found
        store.discard(KIND, interpreter.identity)
        with store.staging() as staging:
            _make(interpreter, staging / KIND, staging)
            return store.keep(KIND, interpreter.identity, staging / KIND)


def lay_image(interpreter: Interpreter, store: Store, prefix: str) -> tuple[Leaf, ...]:
    """Copy the image for `interpreter` to `prefix`, where nothing is yet; gives what is there then.

    What was copied is compared with what the image should be. A damaged image is dropped and made again.
    Raises what `image` raises, and `EnvironmentBroken` where it comes out otherwise each time.
    """
    for _ in range(_TRIES):
        try:
            found = image(interpreter, store)
            copied = tuple(sorted(leaf(prefix, path) for path in copy_image(found, prefix)))
            if _fits(copied, store.tree(KIND, interpreter.identity) or ()):
                return copied
        except FileNotFoundError:  # of a file in it: somebody else drops it at this moment
            pass
        _fs.remove(Path(prefix))
        store.discard(KIND, interpreter.identity)
    raise EnvironmentBroken(
        f"the image of {interpreter.executable} in driverenv's store is damaged again and again",
        remedies=("look for what changes files below the home folder, a virus scanner, say",),
        data={"executable": interpreter.executable},
    )


def _fits(copied: tuple[Leaf, ...], wanted: tuple[Leaf, ...]) -> bool:
    """Whether a copy is what it should be; where links cannot be made a file does as well."""
    return len(copied) == len(wanted) and all(
        one == other or (one.path == other.path and (one.kind, other.kind) == (FILE, LINK))
        for one, other in zip(copied, wanted, strict=True)
    )


def _there(interpreter: Interpreter, store: Store) -> Path | None:
    found = store.folder(KIND, interpreter.identity)
    if found is None or store.tree(KIND, interpreter.identity) is None:
        return None
    return found if _is_whole(found, interpreter) else None


def _is_whole(found: Path, interpreter: Interpreter) -> bool:
    """A quick look: a damaged image would spoil every environment made of it."""
    python = found / interpreter.scripts / ("python.exe" if interpreter.windows else "python")
    try:
        return b"home" in _fs.read(found / CONFIG) and python.is_file()
    except OSError:
        return False


def _make(interpreter: Interpreter, made: Path, staging: Path) -> None:
    try:
        if interpreter.target.python_full_version.startswith(LEGACY_MAJOR):
            make_legacy_layout(interpreter, made)
        else:
            _make_with_virtualenv(interpreter, made, staging)
            _clean(made)
    except DriverEnvError:
        raise
    except Exception as error:
        raise InterpreterNotFound(
            f"no virtual environment can be made for {interpreter.executable}",
            facts=(
                ("python", interpreter.target.short),
                ("came back", foreign(f"{type(error).__name__}: {error}")),
            ),
            remedies=(
                "name another interpreter: --python PATH_OR_VERSION, or `python` in the settings file",
            ),
            data={"executable": interpreter.executable},
        ) from error
    for folder in (interpreter.site_packages, interpreter.scripts):
        (made / folder).mkdir(parents=True, exist_ok=True)


def _make_with_virtualenv(interpreter: Interpreter, made: Path, staging: Path) -> None:
    from virtualenv import cli_run  # noqa: PLC0415 (130 ms, once for each interpreter)

    # Everything that a user's own virtualenv settings could change is said here, or written anew in `_clean`.
    options = [
        "--python",
        interpreter.executable,
        "--creator",
        "builtin",
        "--app-data",
        str(staging / "app-data"),
    ]
    options += ["--no-seed", "--activators", "", "--no-periodic-update"]
    cli_run([*options, str(made)], setup_logging=False)


def _clean(made: Path) -> None:
    for folder, _, names in os.walk(made):
        for name in _ADDED_BY_VIRTUALENV.intersection(names):
            os.unlink(os.path.join(folder, name))
    config = made / CONFIG
    kept = [
        line
        for line in config.read_text(encoding="utf-8").splitlines()
        if line.partition("=")[0].strip().lower() not in _NOT_OURS_TO_TELL
    ]
    _fs.write_atomically(config, "\n".join([*kept, "include-system-site-packages = false", ""]).encode())


def copy_image(found: Path, prefix: str) -> Iterator[str]:
    """Copy the image to `prefix`, which is not there yet; gives the path of each file, relative and `/`-separated."""
    os.mkdir(prefix)
    folders = [""]
    while folders:
        folder = folders.pop()
        with os.scandir(os.path.join(found, folder)) as entries:
            for entry in sorted(entries, key=lambda one: one.name):
                relative = f"{folder}/{entry.name}" if folder else entry.name
                target = f"{prefix}/{relative}"
                if entry.is_symlink():
                    _copy_symlink(entry, target)
                elif entry.is_dir():
                    os.mkdir(target)
                    folders.append(relative)
                    continue
                else:
                    mode = entry.stat().st_mode & 0o777
                    copy(entry.path, target, mode=mode | 0o600)
                yield relative


def _copy_symlink(entry: os.DirEntry[str], target: str) -> None:
    try:
        os.symlink(os.readlink(entry.path), target)
    except (OSError, NotImplementedError):  # rights are missing on Windows: a copy serves as well
        if entry.is_dir():
            shutil.copytree(entry.path, target)
        else:
            shutil.copy2(entry.path, target)
