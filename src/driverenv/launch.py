"""What to start, as data; and, for the command line only, the starting."""

from __future__ import annotations

import contextlib
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

from driverenv.errors import DriverNotRunnable, EnvironmentBroken, RequirementsInvalid, foreign
from driverenv.model.launch import Command

ENTRY_POINTS = ("driver.py", "main.py", "__main__.py")
"""Looked for in this order."""

_SIGNALLED = 128
_GRACE_SECONDS = 10.0


def entry_point(driver: Path) -> Path:
    """The file that starts the driver: of a folder its `driver.py`, `main.py` or `__main__.py`; a script itself.

    `driver` may also be a requirements file: then its folder counts.

    Raises:
        RequirementsInvalid: `REQUIREMENTS_MISSING`: `driver` is not there, as `prepare` would say.
        DriverNotRunnable: it is there, but nothing that could be started.
    """
    _check_there(driver)
    if driver.is_file() and driver.suffix.lower() in (".py", ".pyw"):
        return driver
    folder = driver.parent if driver.is_file() else driver
    for name in ENTRY_POINTS:
        if (folder / name).is_file():
            return folder / name
    try:
        there = sorted(entry.name for entry in folder.iterdir())[:12]
        found = ", ".join(there) if there else "nothing"
    except OSError as error:
        found = error.strerror or str(error)
    raise DriverNotRunnable(
        f"there is nothing to start in {folder}",
        facts=(("looked for", ", ".join(ENTRY_POINTS)), ("found there", found)),
        remedies=(
            f'name its script: driverenv run "{folder / "SCRIPT.py"}"',
            f'or prepare only, and start it yourself: driverenv prepare "{driver}"',
        ),
        data={"driver": str(driver), "looked_for": list(ENTRY_POINTS)},
    )


def _check_there(driver: Path) -> None:
    try:
        driver.stat()
    except (OSError, ValueError) as error:
        gone = isinstance(error, FileNotFoundError | NotADirectoryError)
        why = "is not there" if gone else f"cannot be read: {getattr(error, 'strerror', None) or error}"
        raise RequirementsInvalid(
            f"{foreign(driver)} {why}",
            code="REQUIREMENTS_MISSING",
            remedies=("give the path of a driver's folder, of its script, or of a requirements file there",),
            data={"driver": str(driver)},
        ) from error


def run(command: Command, *, cwd: Path | None = None) -> int:
    """Start `command` with this process's own input and output, wait for it, and give its exit code.

    On POSIX a process ended by signal n gives 128 + n, as shells do. Ctrl+C on a terminal reaches
    the child by itself (it is in the same process group); this process waits for the child's own
    ending. SIGTERM and SIGHUP are passed on. Only the command line calls this: while the child
    runs, the main thread's handlers for these two signals are replaced, and put back afterwards.

    Raises:
        EnvironmentBroken: the process could not be started, or its environment is gone.
    """
    try:
        process = command.popen(cwd=cwd)
    except OSError as error:
        raise EnvironmentBroken(
            f"the driver could not be started: {error.strerror or error}",
            facts=(("command", " ".join(command.argv)),),
            remedies=(
                "look whether the environment's Python is still there; the next prepare makes it anew",
            ),
            data={"argv": list(command.argv), "errno": error.errno},
        ) from error
    try:
        with _passing_on(process):
            return exit_code(_wait(process))
    finally:
        _end(process)


@contextlib.contextmanager
def _passing_on(process: subprocess.Popen[bytes]) -> Iterator[None]:
    """Send the signals that mean "end" on to the child, as long as it runs."""
    if threading.current_thread() is not threading.main_thread():
        yield  # handlers can only be set in the main thread
        return

    def pass_on(number: int, _frame: FrameType | None) -> None:
        with contextlib.suppress(OSError):
            process.send_signal(number)

    names = ("SIGTERM", "SIGHUP") if sys.platform != "win32" else ("SIGBREAK",)
    numbers = [getattr(signal, name) for name in names]
    before = [(number, signal.signal(number, pass_on)) for number in numbers]
    try:
        yield
    finally:
        for number, handler in before:
            signal.signal(number, signal.SIG_DFL if handler is None else handler)


def _wait(process: subprocess.Popen[bytes]) -> int:
    """Wait through Ctrl+C: the child has got it as well and decides; three times means: now."""
    for _ in range(3):
        with contextlib.suppress(KeyboardInterrupt):
            return process.wait()
    process.terminate()
    return process.wait()


def _end(process: subprocess.Popen[bytes]) -> None:
    """Leave no child behind where the waiting itself was cut short."""
    if process.poll() is not None:
        return
    process.terminate()
    try:
        process.wait(_GRACE_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def exit_code(returncode: int) -> int:
    """`subprocess`'s return code as a shell has it: 128 + n for signal n."""
    return _SIGNALLED - returncode if returncode < 0 else returncode
