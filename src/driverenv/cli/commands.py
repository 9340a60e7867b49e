"""What each command does, between its options and its exit code."""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

from driverenv import settings as settings_room
from driverenv.cli import (
    configuring,
    environments,
    formats,
    gc,
    indexing,
    lane,
    locks,
    policy,
    release,
    replay,
    storing,
    verifying,
)
from driverenv.cli.printing import account_text
from driverenv.cli.progress import Progress
from driverenv.cli.shell import Shell
from driverenv.cli.stepping import Steps
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

    def progress(self, *, has_result: bool = True) -> Progress:
        """A listener that shows what the options want to be shown; a profile goes into the JSON of a result."""
        options = self.options
        profile = None
        if getattr(options, "profile", False):
            from driverenv.cli.profiling import Profile  # noqa: PLC0415 (where it was asked for)

            profile = Profile()
        return Progress(
            self.shell,
            quiet=options.quiet,
            verbose=options.verbose,
            as_json=options.json,
            resolving=os.path.basename(self.driver) if options.command in _ONLY_RESOLVE else "",
            profile=profile,
            has_result=has_result,
        )

    def steps(self) -> Steps:
        """The same for what administrators do."""
        options = self.options
        return Steps(self.shell, quiet=options.quiet, verbose=options.verbose, as_json=options.json)

    def path(self, said: str) -> str:
        """A path that an option names, absolute."""
        return os.path.normpath(os.path.join(self.shell.cwd, said))

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
        locked=getattr(call.options, "locked", False),
        instances=getattr(call.options, "instances", "shared"),
    )


def _prepare(call: Call) -> int:
    settings = _settings(call)
    watched = lane.watch(settings.inputs)
    environment, progress = _prepared(call, settings, has_result=True)
    if call.options.json:
        reused = progress.tally.ready is not None and progress.tally.ready.reused
        call.say(
            formats.prepared_json(
                environment,
                reused=reused,
                warnings=formats.warned(progress.tally.warnings),
                profile=None if progress.profile is None else progress.profile.data,
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
    with call.shell.stories.opened(Path(call.driver), settings.home) as opened:
        driver = opened.path
        entry = str(call.shell.stories.entry_point(driver))
        environment, progress = _prepared(call, settings, has_result=False)
        if driver == Path(call.driver):  # else it is extracted for this launch alone
            _remember(call, progress, environment, watched, entry=entry, variables=variables)
        command = environment.command([entry, *call.passed], environ={**call.shell.environ, **variables})
        return call.shell.stories.run(command.replace(leases=(*command.leases, *opened.leases)))


def _prepared(call: Call, settings: Settings, *, has_result: bool) -> tuple[Environment, Progress]:
    save_facts = call.save_facts
    with call.progress(has_result=has_result) as progress:
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
            driver=call.driver,
            environment=environment,
            watched=watched,
            text=text,
            entry=entry,
            variables=variables,
        )


def _lock(call: Call) -> int:
    at, save_facts, settings = locks.output(call), call.save_facts, _settings(call)
    with call.progress(has_result=locks.is_told(call, at)) as progress:
        share = locks.is_shared(call, settings)
        lock = call.shell.stories.lock(_request(call, settings), progress, save_facts, share)
    locks.deliver(call, lock, at, progress)
    return locks.told(progress) if share else 0


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


def _index(call: Call) -> int:
    return indexing.execute(call, _settings)


def _doctor(call: Call) -> int:
    from driverenv.cli import doctor  # noqa: PLC0415 (a launch never needs it)

    return doctor.execute(call)


def _impact(call: Call) -> int:
    from driverenv.cli import impact  # noqa: PLC0415 (a launch never needs it)

    return impact.execute(call, _settings(call))


def _missing(call: Call) -> int:
    from driverenv.cli import missing  # noqa: PLC0415 (a launch never needs it)

    return missing.execute(call, _settings(call))


def _bundle(call: Call) -> int:
    from driverenv.cli import bundles  # noqa: PLC0415 (a launch never needs it)

    return bundles.execute(call, _settings)


def _release(call: Call) -> int:
    return release.execute(call, _settings(call).home)


def _env(call: Call) -> int:
    settings = _settings(call)
    if call.options.env_command == "verify":
        return verifying.execute(call, settings)

    def prepare(driver: str, name: str) -> tuple[Environment, Progress]:
        asked = {**vars(call.options), "driver": driver, "name": name, "refresh": True}
        again = replace(call, options=argparse.Namespace(**asked))
        with call.progress() as progress:
            return call.shell.stories.prepare(_request(again, settings), progress, None), progress

    return environments.execute(call, settings.home, prepare)


def _history(call: Call) -> int:
    from driverenv.cli import histories  # noqa: PLC0415 (a launch never needs it)

    return histories.execute(call, _settings(call).home)


def _many(call: Call) -> int:
    from driverenv.cli import prewarming  # noqa: PLC0415 (a launch never needs it)

    settings = _settings(call)

    def ask(driver: str, name: str | None) -> Request:
        again = {**vars(call.options), "driver": driver, "name": name}
        return _request(replace(call, options=argparse.Namespace(**again)), settings)

    execute = prewarming.prewarm if call.options.command == "prewarm" else prewarming.ready
    return execute(call, settings.home, ask)


def _report(call: Call) -> int:
    from driverenv.cli import reporting  # noqa: PLC0415 (a launch never needs it)

    return reporting.execute(call, _settings(call).home)


def _gc(call: Call) -> int:
    return gc.execute(call, _settings(call))


def _store(call: Call) -> int:
    return storing.execute(call, _settings(call))


_COMMANDS: dict[str, Callable[[Call], int]] = {
    "prepare": _prepare,
    "run": _run,
    "lock": _lock,
    "explain": _explain,
    "replay": replay.execute,
    "release": _release,
    "env": _env,
    "gc": _gc,
    "prewarm": _many,
    "ready": _many,
    "history": _history,
    "report": _report,
    "store": _store,
    "policy": policy.execute,
    "config": _config,
    "doctor": _doctor,
    "index": _index,
    "impact": _impact,
    "missing": _missing,
    "bundle": _bundle,
}
