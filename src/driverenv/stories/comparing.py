"""What is different between two generations of a driver: distributions, where they came from, files; and why."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from driverenv import environment
from driverenv.errors import EnvironmentBroken, foreign
from driverenv.generations import Cause, difference
from driverenv.generations.difference import Change, FileChange
from driverenv.stories import inventory
from driverenv.stories.inventory import Known, State


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two generations, the older first, and what is different."""

    old: State
    new: State
    causes: tuple[Cause, ...]
    """Why each generation after the old one was made, up to the new one."""
    distributions: tuple[Change, ...]
    files: tuple[FileChange, ...]


def compare(known: Known, old: int | None = None, new: int | None = None) -> Comparison:
    """What is different between generations of a driver: by default the current one and the one before it.

    Raises `EnvironmentBroken` (`ENV_UNKNOWN`): one of them is not known, or not there any more.
    """
    after = inventory.numbered(known, known.lineage.current if new is None else new)
    if old is None:
        before = known.lineage.before(after.generation.number)
        first = inventory.numbered(known, 0 if before is None else before.number)
    else:
        first = inventory.numbered(known, old)
    rows = [_contents(known, state) for state in (first, after)]
    since = known.lineage.since(first.generation, after.generation)
    return Comparison(
        old=first,
        new=after,
        causes=tuple(cause for one in since for cause in one.causes),
        distributions=tuple(difference.changes(*rows)),
        files=tuple(difference.file_changes(*(_files(known, state) for state in (first, after)))),
    )


def _contents(known: Known, state: State) -> dict[str, difference.Distribution]:
    found = inventory.within(state)
    if not state.is_there:
        raise _gone(known, state)
    return found


def _files(known: Known, state: State) -> list[tuple[str, str]]:
    try:
        return environment.files(Path(state.prefix))
    except (OSError, ValueError) as error:
        raise _gone(known, state) from error


def _gone(known: Known, state: State) -> EnvironmentBroken:
    there = [str(one.generation.number) for one in known.states if one.is_there]
    return EnvironmentBroken(
        f"generation {state.generation.number} of {foreign(known.shown)} is not there any more",
        code=inventory.UNKNOWN,
        facts=(("environment", state.prefix), ("there", ", ".join(there) or "none")),
        remedies=("compare those that are there: driverenv env diff DRIVER OLD NEW",),
        data={"driver": known.shown, "generation": state.generation.number},
    )
