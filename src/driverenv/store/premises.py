"""Whether a home folder is this account's alone: what is launched from there runs with this account's rights.

Where others could change something below it, or put another folder in its place, nothing is read or written there.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

from driverenv import _fs, warm
from driverenv.errors import HomeUnusable, foreign

UNSAFE = "STATE_UNSAFE"
_NO_UMASK = "this process makes folders in which anybody may write (its umask is 0), and others may enter the home folder"


def look(home: str) -> tuple[str, str]:
    """What others could change on the way to `home`, or right in it: a path, and why; "" where there is nothing.

    By the same look that each launch takes. Raises `OSError`.
    """
    try:
        return warm.unsafe(home, tuple(sorted(os.listdir(home))))
    except (FileNotFoundError, NotADirectoryError):
        return warm.unsafe(home)


def open_home(home: Path) -> None:
    """Make `home` where it is not there, for this account alone, and look at whose it is.

    Raises `HomeUnusable`; `STATE_UNSAFE` where others could change what is below it.
    """
    path, why = warm.unsafe(str(home))  # before anything is made in somebody else's folder
    if not why:
        try:
            home.mkdir(parents=True, exist_ok=True, mode=0o700)
            path, why = look(str(home))
            if not why and _others_may_enter(str(home)) and _is_without_umask(home):
                path, why = str(home), _NO_UMASK
        except OSError as error:
            raise _fs.unusable(home, error) from error
    if why:
        raise unsafe(home, path, why)


def check(home: Path) -> None:
    """The same look, where nothing is to be made. Raises `HomeUnusable` (`STATE_UNSAFE`)."""
    try:
        path, why = look(str(home))
    except OSError as error:
        raise _fs.unusable(home, error) from error
    if why:
        raise unsafe(home, path, why)


def _others_may_enter(home: str) -> bool:
    return bool(os.stat(home).st_mode & stat.S_IXOTH)


def _is_without_umask(home: Path) -> bool:
    """Whether anybody may write in what this process makes: nobody can ask for the umask without changing it for all threads."""
    probe = _fs.temporary_name(home / "probe")
    probe.mkdir()
    mode = probe.stat().st_mode
    probe.rmdir()
    return os.name == "posix" and bool(mode & stat.S_IWOTH)


def unsafe(home: Path, path: str, why: str) -> HomeUnusable:
    """The error for people."""
    where = "" if path == str(home) else f" ({foreign(path)})"
    return HomeUnusable(
        f"the home folder is not safe from other accounts{where}: {why}",
        code=UNSAFE,
        facts=(
            ("home", foreign(home)),
            ("path", foreign(path)),
            ("why it counts", "who can change what is in there decides what every driver runs"),
        ),
        remedies=remedies(path, why),
        data={"home": str(home), "path": path, "why": why},
    )


def remedies(path: str, why: str) -> tuple[str, ...]:
    """What can be done about it."""
    if "umask" in why:
        first = f"run it with another umask (umask 022), or close the folder to others: chmod o-rwx {foreign(path)}"
    elif "anybody" in why:
        first = f"look who wrote there, then: chmod o-w {foreign(path)}"
    else:
        first = "run it as the account that the folder belongs to, or give it to the account that runs drivers (chown)"
    return (
        first,
        "or name a home folder of this account's own: --home DIR, DRIVERENV_HOME or `home` in the settings file",
    )
