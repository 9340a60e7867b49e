"""The warm lane of the command line: from raw arguments to a ready environment, with almost no import.

What a cold ``prepare`` or ``run`` found out is remembered under a key of everything that could have made
it different: the arguments as typed, the current folder, the variables that settings and interpreters are
found by. The lane's record names the warm record of the launch (`warm.ask_path`) and watches the settings
files; the warm record watches everything else. Any doubt is a miss, and the long way is taken.

Only `os`, `sys`, `time`, `driverenv.warm`, `driverenv.boot`, `driverenv.ledger` and, before something is handed out, `driverenv.lease`
are imported.
"""

from __future__ import annotations

import os
import sys
import time

from driverenv import __version__, boot, ledger, warm

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
    parts = ["lane 3", __version__, sys.version, sys.executable or "", cwd, str(len(own)), *own]
    for name in sorted(environ):
        if name.startswith("DRIVERENV_") or name in _WATCHED:
            parts += (name, environ[name])
    return warm.key(tuple(part.encode("utf-8", "surrogateescape") for part in parts))


def find(own: Sequence[str], environ: Mapping[str, str], cwd: str, now: float) -> dict[str, str] | None:
    """What was remembered for these arguments, if all of it still holds; else None."""
    folder = place(own, environ, cwd)
    if folder is None or warm.unsafe(os.path.dirname(folder))[1]:
        return None
    run, uptime = boot.identity(now), boot.uptime()
    record = warm.find(folder, key(own, environ, cwd), now, boot=run, uptime=uptime)
    if record is None:
        return None
    if record["home"] != os.path.dirname(folder) and warm.unsafe(record["home"])[1]:
        return None
    answer = warm.find(record["home"], record["ask"], now, boot=run, uptime=uptime)
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
        _touch(record["prefix"])
        _write_down(record, begun)
        profile = "--profile" in own
        if not record["entry"]:
            text = record["text"]
            if profile and "--json" in own:
                text = f'{text[:-1]}, "profile": {_profile(begun)}}}'
            sys.stdout.write(text + "\n")
            sys.stdout.flush()
    except (OSError, ValueError, KeyError):
        return None
    told = _told(record, own, begun, profile=profile)
    if told and sys.stderr is not None:
        sys.stderr.write(told)
        sys.stderr.flush()
    return _start(record, passed, environ) if record["entry"] else 0


def _told(record: Mapping[str, str], own: Sequence[str], begun: float, *, profile: bool) -> str:
    """What goes to stderr."""
    spent = (time.monotonic() - begun) * 1000
    told = f"ready (nothing to do) in {max(1, round(spent))} ms\n" if record["quiet"] == "no" else ""
    if profile and "--json" not in own:
        told += f"profile: found within its validity, {spent:.1f} ms\n"
    elif profile and record["entry"]:
        told += f'{{"profile": {_profile(begun)}}}\n'
    return told


def _profile(begun: float) -> str:
    """The profile of what was found, as `profiling.Profile.data` has it."""
    spent = time.monotonic() - begun
    return (
        f'{{"how": "ready", "seconds": {spent:.6f}, "stages": {{}}, "requests": [], "answers": [], '
        '"downloads": {"files": 0, "bytes": 0, "seconds": 0.0}, "builds": {"count": 0, "seconds": 0.0}}'
    )


def _asks_anew(own: Sequence[str]) -> bool:
    return any(one == "--refresh" or one.startswith(("--save-facts", "--instances")) for one in own)


def _touch(prefix: str) -> None:
    """Have the environment count as used; raises `OSError` where it is gone. It is held by nobody afterwards."""
    from driverenv import lease  # noqa: PLC0415 (not before something is handed out)

    lease.release(lease.take(lease.path_of(prefix)))


def _write_down(record: Mapping[str, str], begun: float) -> None:
    ledger.write(
        record["home"],
        record["name"],
        when=time.time(),
        seconds=time.monotonic() - begun,
        how=ledger.READY,
        what=record["key"],
        ask=record["ask"],
        driver=record["driver"],
    )


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
        return command.become()
    except OSError:  # it is being removed at this moment, say: the long way makes it anew
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
    driver: str,
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
        driver: its path.
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
    fields |= {"home": ready.home, "ask": ready.ask, "driver": driver, "text": text, "entry": entry}
    fields["variables"] = _APART.join(f"{name}={value}" for name, value in variables.items())
    fields["quiet"] = "yes" if {"--quiet", "-q", "--json"} & set(own) else "no"
    inputs = (*watched, *(_would_come_first(entry) if entry else ()))
    stamps = (environment.receipt,) if "--json" in own and os.path.isfile(environment.receipt) else ()
    now = time.time()
    try:
        record = warm.render(
            checked=now,
            until=float("inf"),
            fields=fields,
            inputs=inputs,
            stamps=stamps,
            run=(boot.uptime(), boot.identity(now)),
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
