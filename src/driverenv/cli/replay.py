"""What was saved, looked at again: facts are played, failed launches explained. Nobody is asked."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from driverenv.cli import locks
from driverenv.cli.parser import UsageError
from driverenv.cli.shell import Explanation

if TYPE_CHECKING:
    from collections.abc import Callable

    from driverenv.cli.commands import Call

_WHERE_FROM = {
    "local": "--local",
    "public": "--public",
    "mode": "--offline or --online",
    "python": "--python",
    "save_facts": "--save-facts",
}


def execute(call: Call) -> int:
    """``driverenv replay FACTS``: the lock that follows from them, or the error."""
    _refuse(call, "the facts say it all", **_WHERE_FROM, home="--home", config="--config")
    at = locks.output(call)
    with call.progress() as progress:
        lock = call.shell.stories.replay(Path(call.driver), progress)
    locks.deliver(call, lock, at, progress)
    return 0


def explain(call: Call, home: Callable[[], str]) -> Explanation:
    """``driverenv explain --last DRIVER`` and ``--failure RECEIPT``; `home` is only looked up for the first."""
    options, stories = call.options, call.shell.stories
    option = "--last" if options.last else "--failure"
    _refuse(call, f"with {option} nobody is asked", **_WHERE_FROM)
    path = Path(call.driver)
    if options.last:
        path = stories.last_failure(home(), call.driver, options.name)
    return stories.explain_failure(path, options.project)


def _refuse(call: Call, why: str, **options: str) -> None:
    """An option that would change nothing is a misunderstanding."""
    for name, shown in options.items():
        if getattr(call.options, name, None) is not None:
            raise UsageError(f"argument {shown}: it has no meaning here: {why}")
