"""The story of `driverenv env verify`: whether environments are what they were made, and making those again that are not.

Nobody is asked what should be in them: an environment's own manifest says it, and the store has it. Without the wish to
repair nothing is changed, and nothing counts as used.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from driverenv import _fs, environment, warm
from driverenv.errors import DriverEnvError
from driverenv.events import Listener, ignore
from driverenv.model.site import Policy
from driverenv.stories import inventory, mending
from driverenv.stories.making import BUILD_NAME
from driverenv.stories.site import Site
from driverenv.stories.workshop import open_workshop

WHOLE, DAMAGED, MENDED = "whole", "damaged", "mended"


class Target(NamedTuple):
    """An environment that is there."""

    prefix: str
    owners: tuple[tuple[str, int], ...]
    """The drivers that it is a generation of, and its number there."""


class Checked(NamedTuple):
    """What was found about an environment, and what became of it."""

    target: Target
    state: str
    """A stable word: "whole", "damaged", or "mended" where it was made again just now, and is whole."""
    findings: tuple[str, ...] = ()
    """What was wrong with it, safe for a terminal."""
    beyond: str = ""
    """Why it could not be made again."""


def targets(home: str, wanted: str | None = None, *, cwd: str) -> list[Target]:
    """The environments of the driver `wanted`, else of all drivers; the latest generation of each driver first.

    Raises `EnvironmentBroken` (`ENV_UNKNOWN`), `HomeUnusable`.
    """
    known = inventory.drivers(home) if wanted is None else [inventory.find(home, wanted, cwd=cwd)]
    owners: dict[str, list[tuple[str, int]]] = {}
    for one in known:
        for state in reversed(one.states):
            if state.is_there:
                owners.setdefault(state.prefix, []).append((one.shown, state.generation.number))
    if wanted is None:
        for prefix in _everything(home):
            owners.setdefault(prefix, [])
    return [Target(prefix, tuple(dict.fromkeys(found))) for prefix, found in owners.items()]


def _everything(home: str) -> Iterator[str]:
    """Every environment but those of builds, which may change what is in them."""
    try:
        found = sorted(Path(home, "environments").glob("*/*"))
    except OSError as error:
        raise _fs.unusable(home, error) from error
    for folder in found:
        if folder.is_dir() and not folder.is_symlink() and folder.name != BUILD_NAME:
            yield str(folder)


def verify(
    target: Target,
    *,
    home: str,
    policy: Policy,
    contents: bool = False,
    repair: bool = False,
    on_event: Listener = ignore,
) -> Checked | None:
    """Look at one environment: at the stamps of its files, and where one changed at the contents of all.

    Args:
        target: the environment.
        home: the home folder, absolute.
        policy: by which it is made again.
        contents: look at the contents in any case.
        repair: make it again, from the store, where it is not what it was made.
        on_event: told what is done to it.

    Returns:
        None where it was removed meanwhile.

    Raises:
        HomeUnusable: the system refuses.
    """
    at = Path(target.prefix)
    findings = _findings(home, at, contents=contents)
    if not os.path.isdir(at.parent):
        return None
    if not findings:
        return Checked(target, WHOLE)
    if not repair:
        return Checked(target, DAMAGED, findings)
    beyond = _mend(home, policy, at, on_event)
    return Checked(target, DAMAGED if beyond else MENDED, findings, beyond)


def _findings(home: str, at: Path, *, contents: bool) -> tuple[str, ...]:
    reason = environment.check(at)
    if reason:
        return (reason,)
    if not contents and warm.intact(home, str(at)):
        return ()
    try:
        return tuple(environment.differences(at))
    except (OSError, ValueError):
        return ("its record of what was shipped cannot be read",)


def _mend(home: str, policy: Policy, at: Path, on_event: Listener) -> str:
    """Why it cannot be made again; "" where it was."""
    executable = environment.made_for(at)
    if not executable:
        return "its mark of completeness cannot be read, so its next launch makes it anew"
    site = Site(driver=str(at.parent), home=home, policy=policy, name=at.name, python=executable)
    try:
        with open_workshop(site, on_event) as workshop:
            environment.doubt(at, workshop.store)
            return mending.whole(workshop, environment.describe(at, workshop.interpreter)).wrong
    except DriverEnvError as error:
        return error.summary
