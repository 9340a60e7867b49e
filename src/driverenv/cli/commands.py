"""What each command does, between its options and its exit code."""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from driverenv import settings as settings_room
from driverenv.cli import configuring, formats, lane, locks, policy, release, replay
from driverenv.cli.printing import account_text
from driverenv.cli.progress import Progress
from driverenv.cli.shell import Shell
from driverenv.model.launch import Environment, Request
from driverenv.settings import Settings

_ONLY_RESOLVE = ("lock", "explain", "replay")


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

    @property
    def save_facts(self) -> Path | None:
        """Where the facts go, if they are to be kept."""
        if self.options.save_facts is None:
            return None
        return locks.in_a_folder(self, "save_facts", "--save-facts")

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
    python = settings.values["python"]
    return Request(
        call.driver,
        policy=settings.policy(),
        home=settings.home,
        python=python.value if python.source.startswith("argument") else None,
        default_python=python.value,
        name=getattr(call.options, "name", None),
        refresh=getattr(call.options, "refresh", False),
        requirements=getattr(call.options, "requirement", None),
        groups=getattr(call.options, "group", None) or (),
    )


def _prepare(call: Call) -> int:
    settings = _settings(call)
    watched = lane.watch(settings.inputs)
    environment, progress = _prepared(call, settings)
    if call.options.json:
        reused = progress.tally.ready is not None and progress.tally.ready.reused
        call.say(
            formats.prepared_json(
                environment, reused=reused, warnings=formats.warned(progress.tally.warnings)
            )
            + "\n"
        )
        text = formats.prepared_json(environment, reused=True, warnings=[])
    else:
        text = environment.prefix
        call.say(text + "\n")
    _remember(call, progress, environment, watched, text=text)
    return 0


def _run(call: Call) -> int:
    settings = _settings(call)
    watched = lane.watch(settings.inputs)
    variables = dict(settings.values["variables"].value)
    with call.shell.stories.opened(Path(call.driver), settings.home) as driver:
        entry = str(call.shell.stories.entry_point(driver))
        environment, progress = _prepared(call, settings)
        if driver == Path(call.driver):  # else it is extracted for this launch alone
            _remember(call, progress, environment, watched, entry=entry, variables=variables)
        command = environment.command([entry, *call.passed], environ={**call.shell.environ, **variables})
        return call.shell.stories.run(command)


def _prepared(call: Call, settings: Settings) -> tuple[Environment, Progress]:
    save_facts = call.save_facts
    with call.progress() as progress:
        return call.shell.stories.prepare(_request(call, settings), progress, save_facts), progress


def _remember(
    call: Call,
    progress: Progress,
    environment: Environment,
    watched: Mapping[str, str],
    *,
    text: str = "",
    entry: str = "",
    variables: Mapping[str, str] = MappingProxyType({}),
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
            variables=variables,
        )


def _lock(call: Call) -> int:
    at, save_facts, settings = locks.output(call), call.save_facts, _settings(call)
    with call.progress() as progress:
        lock = call.shell.stories.lock(_request(call, settings), progress, save_facts)
    locks.deliver(call, lock, at, progress)
    return 0


def _explain(call: Call) -> int:
    options = call.options
    if options.last or options.failure:
        told = replay.explain(call, lambda: _settings(call).home)
    else:
        save_facts, settings = call.save_facts, _settings(call)
        with call.progress() as progress:
            told = call.shell.stories.explain(_request(call, settings), options.project, progress, save_facts)
    call.say(
        json.dumps(told.data, indent=2) + "\n"
        if options.json
        else account_text(told.lines, width=call.shell.result_width)
    )
    return 0


def _config(call: Call) -> int:
    return configuring.execute(call, _settings)


def _release(call: Call) -> int:
    return release.execute(call, _settings(call).home)


_COMMANDS: dict[str, Callable[[Call], int]] = {
    "prepare": _prepare,
    "run": _run,
    "lock": _lock,
    "explain": _explain,
    "replay": replay.execute,
    "release": _release,
    "policy": policy.execute,
    "config": _config,
}
