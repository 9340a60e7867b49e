"""What each command does, between its options and its exit code."""

from __future__ import annotations

import argparse
import json
import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from driverenv import settings as settings_room
from driverenv.cli import formats, lane
from driverenv.cli.parser import UsageError
from driverenv.cli.printing import warning_line
from driverenv.cli.progress import Progress
from driverenv.cli.shell import Lock, Shell
from driverenv.model.launch import Environment, Request
from driverenv.settings import Settings

_PYLOCK_NAME = re.compile(r"pylock\.([^.]+\.)?toml")
_BY_SUFFIX = {".toml": "pylock", ".json": "json"}
_ONLY_RESOLVE = ("lock", "explain")


@dataclass(frozen=True, slots=True)
class Call:
    """One command: its options, the arguments it came from, and its surroundings."""

    options: argparse.Namespace
    own: Sequence[str]
    """driverenv's own arguments, as typed."""
    passed: Sequence[str]
    """What `run` passes on to the driver."""
    shell: Shell

    @property
    def driver(self) -> str:
        """The driver's folder or requirements file, absolute."""
        return os.path.normpath(os.path.join(self.shell.cwd, self.options.driver))

    def progress(self) -> Progress:
        """A listener that shows what the options want to be shown."""
        options = self.options
        return Progress(
            self.shell,
            quiet=options.quiet,
            verbose=options.verbose,
            as_json=options.json,
            resolving=os.path.basename(self.driver) if options.command in _ONLY_RESOLVE else "",
        )

    def say(self, text: str) -> None:
        """Write a result, ending in a line break, to stdout."""
        self.shell.out.write(text)
        self.shell.out.flush()


def execute(call: Call) -> int:
    """Do what the command says; gives the exit code."""
    return _COMMANDS[call.options.command](call)


def _settings(call: Call) -> Settings:
    options = call.options
    names = ("local", "public", "mode", "python", "home")
    return settings_room.load(
        environ=call.shell.environ,
        arguments={name: getattr(options, name) for name in names},
        config=None if options.config is None else Path(options.config),
        cwd=call.shell.cwd,
    )


def _request(call: Call, settings: Settings) -> Request:
    """The one place where settings become a request."""
    settings_room.make_default_index(settings)
    return Request(
        call.driver,
        policy=settings.policy(),
        home=settings.home,
        python=settings.python,
        refresh=getattr(call.options, "refresh", False),
    )


def _prepare(call: Call) -> int:
    settings = _settings(call)
    watched = lane.watch(settings.inputs)
    environment, progress = _prepared(call, settings)
    if call.options.json:
        reused = progress.tally.ready is not None and progress.tally.ready.reused
        call.say(formats.prepared_json(environment, reused=reused, warnings=_warnings(progress)) + "\n")
        text = formats.prepared_json(environment, reused=True, warnings=[])
    else:
        text = environment.prefix
        call.say(text + "\n")
    _remember(call, progress, environment, watched, text=text)
    return 0


def _run(call: Call) -> int:
    entry = str(call.shell.stories.entry_point(Path(call.driver)))
    settings = _settings(call)
    watched = lane.watch(settings.inputs)
    environment, progress = _prepared(call, settings)
    _remember(call, progress, environment, watched, entry=entry)
    return call.shell.stories.run(environment.command([entry, *call.passed], environ=call.shell.environ))


def _prepared(call: Call, settings: Settings) -> tuple[Environment, Progress]:
    with call.progress() as progress:
        return call.shell.stories.prepare(_request(call, settings), progress), progress


def _remember(
    call: Call,
    progress: Progress,
    environment: Environment,
    watched: Mapping[str, str],
    *,
    text: str = "",
    entry: str = "",
) -> None:
    ready = progress.tally.ready
    if ready is not None:
        lane.remember(
            call.own,
            call.shell.environ,
            str(call.shell.cwd),
            ready=ready,
            environment=environment,
            watched=watched,
            text=text,
            entry=entry,
        )


def _lock(call: Call) -> int:
    options = call.options
    output = None if options.output in (None, "-") else _output(Path(call.shell.cwd, options.output))
    settings = _settings(call)
    with call.progress() as progress:
        lock = call.shell.stories.lock(_request(call, settings), progress)
    text = _lock_text(call, lock, output, progress)
    if output is None:
        call.say(text)
    else:
        _write(output, text)
    return 0


def _output(output: Path) -> Path:
    """`output`, where its folder is there: a slip in a path makes no folders."""
    folder = os.path.dirname(os.path.realpath(output))
    if not os.path.isdir(folder):
        raise UsageError(f"argument -o/--output: cannot write {output}: the folder {folder} is not there")
    return output


def _format(options: argparse.Namespace, output: Path | None) -> str:
    """What was asked for, else what the file's name says, else JSON for ``--json``."""
    if options.format is not None:
        return str(options.format)
    if output is not None:
        return _BY_SUFFIX.get(output.suffix.lower(), "pins")
    return "json" if options.json else "pins"


def _lock_text(call: Call, lock: Lock, output: Path | None, progress: Progress) -> str:
    chosen = _format(call.options, output)
    if chosen == "pins":
        return formats.pins(lock)
    if chosen == "json":
        return formats.lock_json(lock, warnings=_warnings(progress))
    if output is not None and not _PYLOCK_NAME.fullmatch(output.name) and not call.options.json:
        text = f"other tools read a lock only as pylock.toml or pylock.NAME.toml, not as {output.name}"
        call.shell.err.write(warning_line("LOCK_NAME", text, colour=call.shell.watched) + "\n")
    return formats.pylock(lock, folder=output.parent if output is not None else call.shell.cwd)


def _write(output: Path, text: str) -> None:
    from driverenv import _fs  # noqa: PLC0415 (only here)

    try:
        _fs.write_atomically(Path(os.path.realpath(output)), text.encode("utf-8"))
    except OSError as error:
        raise UsageError(f"argument -o/--output: cannot write {output}: {error.strerror or error}") from error


def _explain(call: Call) -> int:
    settings = _settings(call)
    with call.progress() as progress:
        told = call.shell.stories.explain(_request(call, settings), call.options.project, progress)
    call.say(json.dumps(told.data, indent=2) + "\n" if call.options.json else "\n".join((*told.lines, "")))
    return 0


def _config(call: Call) -> int:
    described = _settings(call).describe()
    call.say(
        json.dumps(described, indent=2) + "\n" if call.options.json else formats.settings_toml(described)
    )
    return 0


def _warnings(progress: Progress) -> list[dict[str, str]]:
    return [{"code": warned.code, "text": warned.text} for warned in progress.tally.warnings]


_COMMANDS: dict[str, Callable[[Call], int]] = {
    "prepare": _prepare,
    "run": _run,
    "lock": _lock,
    "explain": _explain,
    "config": _config,
}
