"""The hooks of a build backend (PEP 517), each in a cell; what goes wrong becomes an error that says so.

Nothing that the foreign code could have put into its folder is followed: its answer is a file of bounded
size and no link, and so is its wheel.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import shutil
import stat
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from pyproject_hooks import BackendUnavailable, BuildBackendHookCaller, HookMissing

from driverenv.build import legacy, process
from driverenv.build.failures import ended, failed, limit_reached, unconfined
from driverenv.build.process import Report
from driverenv.build.recipe import Recipe
from driverenv.build.terms import Job, Place
from driverenv.errors import foreign
from driverenv.events import Warned
from driverenv.model.launch import Environment

T = TypeVar("T")
_MOST_ANSWERED = 4 << 20
_CHUNK = 1 << 20
_NO_FOLLOW = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
_ANSWERS = ("return_val", "unsupported", "no_backend", "hook_missing")
_TEXTS = ("traceback", "backend_error", "missing_hook_name")


class _StoppedError(Exception):
    """The code did not come to its end, or to a bad one."""

    def __init__(self, report: Report) -> None:
        super().__init__(report)
        self.report = report


@dataclass(frozen=True)
class Hooks:
    """The hooks of one sdist's backend, in one environment."""

    job: Job
    place: Place
    source: Path
    recipe: Recipe
    environment: Environment
    attempt: int = 1
    reports: list[Report] = field(default_factory=list)
    """How each of them went."""

    def requires(self) -> object:
        """What else the build needs, as the backend says it."""
        return self._asked("requires", lambda backend: backend.get_requires_for_build_wheel())

    def build_wheel(self) -> str:
        """Build; the name that the backend gives the wheel in `place.work / "wheel"`."""
        folder = str(self.place.work / "wheel")
        return str(self._asked("wheel", lambda backend: backend.build_wheel(folder)))

    def log(self, step: str) -> str:
        """The name of the log of a step."""
        return self.job.log_name(step, self.attempt)

    def _asked(self, step: str, hook: Callable[[BuildBackendHookCaller], T]) -> T:
        """`hook` of the backend; its log is kept in any case. Raises `BuildFailed` and `PolicyViolation`."""
        log = self.place.folder / f"{step}.log"
        backend, path = self.recipe.backend, self.recipe.backend_path or None
        asked = self.job.asked

        def kept() -> Path:
            return process.keep_log(log, self.job.store.logs / self.log(step))

        try:
            caller = BuildBackendHookCaller(
                str(self.source),
                backend,
                path,
                runner=_Runner(self, log).run,
                python_executable=self.environment.python,
            )
            answer = hook(caller)
        except _StoppedError as stopped:
            raise self._told(stopped.report, kept()) from None
        except BackendUnavailable as error:
            with log.open("a", encoding="utf-8", errors="replace") as file:
                file.write(error.traceback)
            raise failed(asked, f"its build backend {backend} cannot be imported", kept()) from error
        except (HookMissing, OSError, ValueError) as error:
            raise failed(asked, f"its build backend {backend} cannot be run: {error}", kept()) from error
        kept()
        return answer

    def _told(self, report: Report, log: Path) -> Exception:
        asked, backend = self.job.asked, foreign(self.recipe.backend)
        if report.breach == process.UNCONFINED:
            return unconfined(asked, report.held.because)
        if report.breach:
            return limit_reached(asked, report, self.job.limits, log)
        if report.status is None:
            return failed(asked, f"its build could not be run to an end: {foreign(report.error)}", log)
        return ended(asked, backend, report.status, self.job.limits, log)


class _Runner:
    """Runs what pyproject_hooks wants to be run, with its input and output below the build's own folder."""

    def __init__(self, hooks: Hooks, log: Path) -> None:
        self._hooks = hooks
        self._log = log

    def run(
        self, cmd: Sequence[str], cwd: str | None = None, extra_environ: Mapping[str, str] | None = None
    ) -> None:
        """As a `pyproject_hooks.SubprocessRunner`: `cmd` is a Python, its script, a hook and a folder."""
        hooks, place = self._hooks, self._hooks.place
        python, script, hook, outside = cmd
        inside = _new_folder(place.work)
        shutil.copyfile(Path(outside) / "input.json", inside / "input.json")
        if legacy.is_needed(hooks.job.interpreter):
            argv = legacy.with_program([python, script, hook, str(inside)], inside)
        else:
            argv = [python, _copied(Path(script), inside / "hooks"), hook, str(inside)]
        environment = hooks.environment
        variables = process.scrubbed(
            hooks.job.environ,
            bin_folder=environment.bin,
            home=place.work / "home",
            tmp=place.work / "tmp",
        )
        report = process.run(
            argv,
            cwd=cwd or str(place.work),
            environ={**variables, **(extra_environ or {})},
            log=self._log,
            cell=self._cell(_new_folder(place.folder)),
        )
        hooks.reports.append(report)
        self._tell(report)
        if report.status != 0:
            raise _StoppedError(report)
        answer = json.dumps(_answer(inside / "output.json"))
        (Path(outside) / "output.json").write_text(answer, encoding="utf-8")

    def _tell(self, report: Report) -> None:
        job, held = self._hooks.job, report.held
        if held.network == "open" and job.isolation != "off":
            text = f"builds cannot be kept from the network on this machine: {foreign(held.because)}"
            job.on_event(Warned("BUILD_UNCONFINED", text))

    def _cell(self, private: Path) -> process.Cell:
        job, environment = self._hooks.job, self._hooks.environment
        return process.Cell(
            work=self._hooks.place.work,
            private=private,
            needed=(environment.prefix, job.interpreter.base_prefix, job.interpreter.executable),
            limits=job.limits,
            isolation=job.isolation,
            network=job.network,
        )


def _new_folder(work: Path) -> Path:
    for number in itertools.count():
        with contextlib.suppress(FileExistsError):
            folder = work / f"call-{number}"
            folder.mkdir()
            return folder
    raise AssertionError


def _copied(script: Path, folder: Path) -> str:
    folder.mkdir()
    return str(shutil.copyfile(script, folder / script.name))


def _answer(path: Path) -> dict[str, object]:
    """What the hook answered, as far as it is in form; without warnings, which would be raised in this process."""
    data = b"".join(read_chunks(path, most=_MOST_ANSWERED))
    try:
        answer = json.loads(data)
    except RecursionError as error:
        raise ValueError("its answer is nested too deep") from error
    if not isinstance(answer, dict):
        raise ValueError("its answer is no object")  # noqa: TRY004 (it is about foreign data)
    kept: dict[str, object] = {name: answer[name] for name in _ANSWERS if name in answer}
    kept |= {name: str(answer[name]) for name in _TEXTS if name in answer}
    return {"return_val": None, "warnings": [], **kept}


def read_chunks(path: Path, *, most: int) -> Iterator[bytes]:
    """The content of a file that foreign code wrote. Raises `ValueError` where it is none, or larger than `most`."""
    descriptor = os.open(path, os.O_RDONLY | _NO_FOLLOW)
    with os.fdopen(descriptor, "rb") as file:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode) or status.st_size > most:
            raise ValueError(f"{path.name} is no file, or too large")
        while chunk := file.read(_CHUNK):
            yield chunk
