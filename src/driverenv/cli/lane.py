"""The warm lane of the command line: from raw arguments to a ready environment, with almost no import.

What a cold ``prepare`` or ``run`` found out is remembered under a key of everything that could have made
it different: the arguments as typed, the current folder, the variables that settings and interpreters are
found by. The lane's record names the warm record of the launch (`warm.ask_path`) and watches the settings
files; the warm record watches everything else. Any doubt is a miss, and the long way is taken.

Only `os`, `sys`, `time` and `driverenv.warm` are imported at the top of this module.
"""

from __future__ import annotations

import os
import sys
import time

from driverenv import __version__, warm

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from driverenv.events import Ready
    from driverenv.model.launch import Environment

MOST_RECORDS = 512
_APART = "\x1f"
_NO_VARIABLES: Mapping[str, str] = {}

# Beside DRIVERENV_*: what settings files, home folders and interpreters are looked up by.
_WATCHED = frozenset(
    {
        "ALLUSERSPROFILE",
        "APPDATA",
        "HOME",
        "LOCALAPPDATA",
        "PATH",
        "PROGRAMDATA",
        "PYENV_ROOT",
        "PYENV_VERSION",
        "USERPROFILE",
        "UV_PYTHON_INSTALL_DIR",
        "XDG_CONFIG_DIRS",
        "XDG_CONFIG_HOME",
        "XDG_DATA_HOME",
    }
)


def split(argv: Sequence[str]) -> tuple[list[str], list[str]]:
    """The arguments of driverenv, and those that ``run`` passes on to the driver (after the first ``--``)."""
    if "--" in argv and argv[0] == "run":
        at = argv.index("--")
        return list(argv[:at]), list(argv[at + 1 :])
    return list(argv), []


def place(own: Sequence[str], environ: Mapping[str, str], cwd: str) -> str | None:
    """The folder of the lane's records, found without reading settings; None where there is none to be had."""
    home = environ.get("DRIVERENV_HOME", "")
    for number, argument in enumerate(own):
        if argument == "--home":
            home = own[number + 1] if number + 1 < len(own) else ""
        elif argument.startswith("--home="):
            home = argument[7:]
    home = home or _per_user(environ)
    if not home or home.startswith("~"):
        return None
    return os.path.join(cwd, home, "lane")


def _per_user(environ: Mapping[str, str]) -> str:
    """The default home folder, as `platformdirs` has it; "" where the variables do not say."""
    if sys.platform == "win32":
        root, rest = environ.get("LOCALAPPDATA", ""), r"\driverenv\home"
    elif sys.platform == "darwin":
        root, rest = environ.get("HOME", ""), "/Library/Application Support/driverenv/home"
    elif environ.get("XDG_DATA_HOME"):
        root, rest = environ["XDG_DATA_HOME"], "/driverenv/home"
    else:
        root, rest = environ.get("HOME", ""), "/.local/share/driverenv/home"
    return root + rest if os.path.isabs(root) else ""


def key(own: Sequence[str], environ: Mapping[str, str], cwd: str) -> str:
    """The key of the record for these arguments in these surroundings."""
    parts = ["lane 2", __version__, sys.version, sys.executable or "", cwd, str(len(own)), *own]
    for name in sorted(environ):
        if name.startswith("DRIVERENV_") or name in _WATCHED:
            parts += (name, environ[name])
    return warm.key(tuple(part.encode("utf-8", "surrogateescape") for part in parts))


def find(own: Sequence[str], environ: Mapping[str, str], cwd: str, now: float) -> dict[str, str] | None:
    """What was remembered for these arguments, if all of it still holds; else None."""
    folder = place(own, environ, cwd)
    if folder is None:
        return None
    record = warm.find(folder, key(own, environ, cwd), now)
    if record is None:
        return None
    answer = warm.find(record["home"], record["ask"], now)
    if answer is None or answer.get("prefix") != record["prefix"]:
        return None
    if record["entry"] and not os.path.isfile(record["entry"]):
        return None
    return record


def launch(argv: Sequence[str], environ: Mapping[str, str], begun: float) -> int | None:
    """Do what `argv` says if it is a ``prepare`` or ``run`` whose environment is ready; else None, nothing done.

    Returns the exit code. On POSIX ``run`` does not return: this process becomes the driver.
    """
    try:
        own, passed = split(argv)
        if _asks_anew(own):
            return None
        record = find(own, environ, os.getcwd(), time.time())
        if record is None:
            return None
        if not record["entry"]:
            sys.stdout.write(record["text"] + "\n")
            sys.stdout.flush()
    except (OSError, ValueError, KeyError):
        return None
    if record["quiet"] == "no" and sys.stderr is not None:
        spent = max(1, round((time.monotonic() - begun) * 1000))
        sys.stderr.write(f"ready (nothing to do) in {spent} ms\n")
        sys.stderr.flush()
    return _start(record, passed, environ) if record["entry"] else 0


def _asks_anew(own: Sequence[str]) -> bool:
    return any(one == "--refresh" or one.startswith("--save-facts") for one in own)


def _start(record: Mapping[str, str], passed: Sequence[str], environ: Mapping[str, str]) -> int | None:
    from driverenv.model.launch import Environment  # noqa: PLC0415 (only `run` needs it)

    names = ("prefix", "python", "bin", "site_packages", "name", "key")
    environment = Environment(**{name: record[name] for name in names})
    more = dict(one.split("=", 1) for one in record["variables"].split(_APART) if one)
    command = environment.command((record["entry"], *passed), environ={**environ, **more})
    if sys.platform == "win32":  # there a new process image means a new process: wait for it
        from driverenv.launch import run  # noqa: PLC0415

        return run(command)
    try:
        os.execve(command.argv[0], command.argv, command.environ)  # noqa: S606 (that is the point)
    except OSError:
        return None


def watch(paths: Sequence[str]) -> dict[str, str]:
    """What the files at `paths` are now, for `remember` to compare with."""
    return {path: warm.fingerprint(path) for path in paths}


def remember(  # noqa: PLR0913 (a record, by name)
    own: Sequence[str],
    environ: Mapping[str, str],
    cwd: str,
    *,
    ready: Ready,
    environment: Environment,
    watched: Mapping[str, str],
    text: str = "",
    entry: str = "",
    variables: Mapping[str, str] = _NO_VARIABLES,
) -> None:
    """Keep what was found out for the next launch with the same arguments. Never raises for want of a disk.

    Args:
        own: driverenv's own arguments.
        environ: the variables.
        cwd: the current folder.
        ready: says where the warm record of this launch is.
        environment: what was prepared.
        watched: the settings files as they were when they were read (`watch`).
        text: what ``prepare`` prints.
        entry: what ``run`` starts.
        variables: what ``run`` adds to the driver's variables.
    """
    folder = place(own, environ, cwd)
    if folder is None or not ready.ask or _asks_anew(own) or watch(tuple(watched)) != watched:
        return
    fields = {name: str(getattr(environment, name)) for name in environment.__slots__}
    fields |= {"home": ready.home, "ask": ready.ask, "text": text, "entry": entry}
    fields["variables"] = _APART.join(f"{name}={value}" for name, value in variables.items())
    fields["quiet"] = "yes" if {"--quiet", "-q", "--json"} & set(own) else "no"
    inputs = (*watched, *(_would_come_first(entry) if entry else ()))
    stamps = (environment.receipt,) if "--json" in own and os.path.isfile(environment.receipt) else ()
    try:
        record = warm.render(
            checked=time.time(), until=float("inf"), fields=fields, inputs=inputs, stamps=stamps
        )
        _write(warm.ask_path(folder, key(own, environ, cwd)), record)
    except (OSError, ValueError):
        return


def _would_come_first(entry: str) -> list[str]:
    """Files that are not there, and would be started in place of `entry` if they were."""
    from driverenv.launch import ENTRY_POINTS  # noqa: PLC0415 (a cold `run` has it loaded)

    folder, name = os.path.split(entry)
    before = ENTRY_POINTS[: ENTRY_POINTS.index(name)] if name in ENTRY_POINTS else ()
    paths = [os.path.join(folder, other) for other in before]
    return [path for path in paths if not os.path.exists(path)]


def _write(path: str, record: str) -> None:
    from pathlib import Path  # noqa: PLC0415 (a cold launch has it loaded)

    from driverenv import _fs  # noqa: PLC0415

    _fs.write_atomically(Path(path), record.encode("utf-8", "surrogateescape"))
    with os.scandir(os.path.dirname(path)) as entries:
        by_age = sorted((entry.stat().st_mtime_ns, entry.path) for entry in entries)
    for _, old in by_age[: len(by_age) // 2 if len(by_age) > MOST_RECORDS else 0]:
        os.unlink(old)
