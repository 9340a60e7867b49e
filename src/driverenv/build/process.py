"""Foreign code in a process of its own: scrubbed variables, no input, output to a log, no survivors, a time limit.

What holds today: variables by allow-list, own HOME and TMP, no inherited descriptors, and the whole
process group ended when its first process ends, whatever the reason. A child that leaves the group
(`setsid`) is not followed yet, and network, memory and disk are not limited yet.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

SOURCE_DATE_EPOCH = "1577836800"
_KEPT = frozenset(
    {
        "LANG",
        "LC_ALL",
        "LC_CTYPE",
        "TZ",
        # without these neither Python nor a compiler starts on Windows
        "SYSTEMROOT",
        "SYSTEMDRIVE",
        "WINDIR",
        "COMSPEC",
        "PATHEXT",
        "PROGRAMDATA",
        "PROGRAMFILES",
        "PROGRAMFILES(X86)",
        "COMMONPROGRAMFILES",
        "NUMBER_OF_PROCESSORS",
        "PROCESSOR_ARCHITECTURE",
    }
)


def scrubbed(environ: Mapping[str, str], *, bin_folder: str, home: Path, tmp: Path) -> dict[str, str]:
    """The variables of a build, made from the caller's `environ` by an allow-list; never a secret."""
    kept = {name: value for name, value in environ.items() if name.upper() in _KEPT}
    path = next((value for name, value in environ.items() if name.upper() == "PATH"), os.defpath)
    kept |= dict.fromkeys(("HOME", "USERPROFILE", "APPDATA", "LOCALAPPDATA"), str(home))
    kept |= dict.fromkeys(("TMP", "TEMP", "TMPDIR"), str(tmp))
    if not kept.keys() & {"LANG", "LC_ALL", "LC_CTYPE"}:
        kept["LC_CTYPE"] = "C.UTF-8"  # Pythons before 3.7 read no path but ASCII in the C locale
    return kept | {
        "PATH": bin_folder + os.pathsep + path if path else bin_folder,
        "SOURCE_DATE_EPOCH": SOURCE_DATE_EPOCH,
        "PYTHONNOUSERSITE": "1",
        "PYTHONIOENCODING": "utf-8",
        "PYTHONHASHSEED": "0",
        "PIP_NO_INDEX": "1",  # a build that calls pip finds nothing: what it needs it must declare
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    }


def run(argv: Sequence[str], *, cwd: str, environ: Mapping[str, str], log: Path, timeout: float) -> int:
    """Run `argv` to its end and answer its exit status; the output is appended to `log`.

    Raises `subprocess.TimeoutExpired` after `timeout` seconds. In any case nothing of its process
    group is left running.
    """
    # A session of its own on POSIX; on Windows a process group, ended as a tree.
    flags = getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)
    with (
        log.open("ab") as output,
        subprocess.Popen(
            list(argv),
            cwd=cwd,
            env=dict(environ),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            creationflags=flags,
        ) as process,
    ):
        try:
            return process.wait(timeout)
        finally:
            _end_group(process)


def keep_log(log: Path, kept: Path) -> Path:
    """Move the log of a step to where people find it; the one of an earlier try is replaced."""
    kept.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab"):
        pass  # there is a log, even where nothing was said
    log.replace(kept)
    return kept


def _end_group(process: subprocess.Popen[bytes]) -> None:
    if hasattr(os, "killpg"):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        return
    tree = ["taskkill", "/T", "/F", "/PID", str(process.pid)]
    with contextlib.suppress(OSError):
        subprocess.run(tree, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    with contextlib.suppress(OSError):
        process.kill()
