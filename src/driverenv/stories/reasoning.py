"""Why a project is in the environments of drivers, by their receipts. Nobody is asked."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from packaging.utils import canonicalize_name

from driverenv import _fs
from driverenv.errors import ProjectNotFound, foreign
from driverenv.records.reasons import Reason, reason
from driverenv.stories import inventory
from driverenv.stories.inventory import Known, State

_SHOWN = 12


@dataclass(frozen=True, slots=True)
class Why:
    """A project in the environment of a driver's generation, and why it is there."""

    driver: str
    generation: int
    prefix: str
    reason: Reason


def why(
    home: str, project: str, driver: str | None = None, generation: int | None = None, *, cwd: str
) -> tuple[Why, ...]:
    """Why `project` is in the current environment of `driver`, or that of a generation; without a driver: of each.

    Raises:
        ProjectNotFound: `NOT_NEEDED`: it is in none of them.
        EnvironmentBroken: `ENV_UNKNOWN`: the driver is not known, or the generation.
        HomeUnusable: the home folder cannot be read.
    """
    wanted = str(canonicalize_name(project))
    looked = list(_states(home, driver, generation, cwd))
    receipts = [(known, state, _receipt(state)) for known, state in looked]
    found = [
        Why(known.shown, state.generation.number, state.prefix, one)
        for known, state, receipt in receipts
        for one in [_reason(receipt, wanted)]
        if one is not None
    ]
    if found:
        return tuple(found)
    there = sorted({name for _, _, receipt in receipts for name in _names(receipt)})
    raise _nowhere(project, wanted, [(known, state) for known, state, _ in receipts], there, driver)


def _states(home: str, driver: str | None, generation: int | None, cwd: str) -> Iterator[tuple[Known, State]]:
    known = inventory.drivers(home) if driver is None else [inventory.find(home, driver, cwd=cwd)]
    for one in known:
        state = one.current if generation is None else inventory.numbered(one, generation)
        if state is not None:
            yield one, state


def _receipt(state: State) -> dict[str, Any]:
    """What the receipt says; nothing where it cannot be read."""
    try:
        found = json.loads(_fs.read(Path(state.prefix).parent / "receipt.json"))
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _reason(receipt: dict[str, Any], project: str) -> Reason | None:
    try:
        return reason(receipt, project)
    except ValueError:
        return None


def _names(receipt: dict[str, Any]) -> list[str]:
    try:
        return [str(row["name"]) for row in receipt["distributions"]]
    except (KeyError, TypeError):
        return []


def _nowhere(
    project: str, wanted: str, looked: list[tuple[Known, State]], there: list[str], driver: str | None
) -> ProjectNotFound:
    gone = [
        f"{known.shown}, generation {state.generation.number}"
        for known, state in looked
        if not state.is_there
    ]
    near = difflib.get_close_matches(wanted, there, n=3)
    names = [f"{known.shown}, generation {state.generation.number}" for known, state in looked]
    where = names[0] if driver is not None and names else "the current environment of any driver"
    shown = ", ".join(map(foreign, there[:_SHOWN])) or "nothing"
    more = len(there) - _SHOWN
    return ProjectNotFound(
        f"{foreign(project)} is not in {foreign(where)}",
        code="NOT_NEEDED",
        facts=(
            (
                "in there" if driver is not None else "in them",
                shown + (f" and {more} more" if more > 0 else ""),
            ),
            *((("removed", foreign(", ".join(gone[:_SHOWN]))),) if gone else ()),
        ),
        remedies=(
            *((f"did you mean {' or '.join(map(foreign, near))}?",) if near else ()),
            "`driverenv env show DRIVER` lists what is in an environment",
        ),
        data={"project": wanted, "looked_at": names, "near": near},
    )
