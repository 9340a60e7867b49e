"""Foreign code in a cell (`driverenv._cell`): scrubbed variables, no input, output to a log, and the warden beside it.

Nothing of it is left when `run` returns, however it ends: the warden ends all that the code started,
also where this process is killed.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import driverenv
from driverenv._cell.terms import UNCONFINED, Held, Limits, Order, Report
from driverenv._cell.warden import STARTER

__all__ = ["UNCONFINED", "Cell", "Held", "Limits", "Report", "keep_log", "run", "scrubbed"]

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
_GRACE_SECONDS = 90.0
"""How much longer than its limit the warden may take, before it is ended itself."""
_END_SECONDS = 30.0


class Cell(NamedTuple):
    """How foreign code is kept: where it may write, what it must see, what it may use."""

    work: Path
    """The folder in which it may write."""
    private: Path
    """An empty folder beside it, out of its reach."""
    needed: tuple[str, ...]
    limits: Limits
    isolation: str = "auto"
    """"auto", "required" or "off"."""
    network: bool = False


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


def run(argv: Sequence[str], *, cwd: str, environ: Mapping[str, str], log: Path, cell: Cell) -> Report:
    """Run `argv` to its end; the output is appended to `log`. What it started has ended as well.

    Raises `OSError` where no warden can be started.
    """
    order = Order(
        argv=list(argv),
        cwd=cwd,
        environ=dict(environ),
        work=os.path.realpath(cell.work),
        private=os.path.realpath(cell.private),
        needed=[str(cell.work), *cell.needed, *_folders(environ.get("PATH", ""))],
        limits=cell.limits,
        isolation=cell.isolation,
        network=cell.network,
    )
    with log.open("ab") as output:
        warden = _warden(environ, output.fileno())
    with warden:
        return _outcome(warden, order)


def _folders(path: str) -> list[str]:
    return [folder for folder in path.split(os.pathsep) if os.path.isabs(folder)]


def _warden(environ: Mapping[str, str], log: int) -> subprocess.Popen[bytes]:
    windows = ("CREATE_NEW_PROCESS_GROUP", "CREATE_NO_WINDOW")
    return subprocess.Popen(
        [own_python(), "-I", "-S", "-c", STARTER, str(Path(driverenv.__file__).parents[1])],
        env=dict(environ),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=log,
        start_new_session=True,
        creationflags=sum(getattr(subprocess, name, 0) for name in windows),
    )


def own_python() -> str:
    """The Python that runs this process, as a program; where Python is part of another program, the one beside it.

    Raises `FileNotFoundError`.
    """
    beside = os.path.join(sys.base_exec_prefix, "python.exe" if os.name == "nt" else "bin/python3")
    for candidate in (getattr(sys, "_base_executable", None), sys.executable, beside):
        name = os.path.basename(candidate or "").lower()
        if candidate and name.startswith(("python", "pypy")) and os.path.isfile(candidate):
            return candidate
    raise FileNotFoundError(f"there is no program of the Python that runs driverenv: {beside}")


def _outcome(warden: subprocess.Popen[bytes], order: Order) -> Report:
    assert warden.stdin is not None  # noqa: S101 (both are pipes)
    assert warden.stdout is not None  # noqa: S101
    late = threading.Timer(order.limits.seconds + _GRACE_SECONDS, warden.kill)
    late.start()
    try:
        with contextlib.suppress(BrokenPipeError):  # it says in the log why it did not begin
            warden.stdin.write(order.encoded())
            warden.stdin.flush()
        return _report(warden.stdout.read(), warden)
    finally:
        late.cancel()
        _dismiss(warden)


def _report(line: bytes, warden: subprocess.Popen[bytes]) -> Report:
    try:
        return Report.decoded(line)
    except ValueError:
        return Report(None, "", f"what watches the build ended with status {warden.wait()}", Held())


def _dismiss(warden: subprocess.Popen[bytes]) -> None:
    """The end of its input tells the warden to end everything; one that does not, is killed, and the kernel does it."""
    assert warden.stdin is not None  # noqa: S101 (it is a pipe)
    with contextlib.suppress(OSError):
        warden.stdin.close()
    try:
        warden.wait(_END_SECONDS)
    except subprocess.TimeoutExpired:
        warden.kill()


def keep_log(log: Path, kept: Path) -> Path:
    """Move the log of a step to where people find it; the one of an earlier try is replaced."""
    kept.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab"):
        pass  # there is a log, even where nothing was said
    log.replace(kept)
    return kept
