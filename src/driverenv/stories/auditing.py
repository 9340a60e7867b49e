"""The story of `driverenv store verify`: everything in the store is looked at, and had anew where it is damaged.

Launches go on meanwhile. What the store cannot have anew by itself is put aside, and fetched again where an environment
has it; else the launch that needs it fetches it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from driverenv.events import Listener, Working, ignore
from driverenv.model.site import Policy
from driverenv.store import Store
from driverenv.store.audit import ARCHIVE, WHEEL, Audit, Fault
from driverenv.stories import holdings, refetching
from driverenv.stories.holdings import Holding


class Blemish(NamedTuple):
    """An entry of the store that is not what it was, and which drivers have it."""

    fault: Fault
    users: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """What a look at the store came to."""

    counts: Mapping[str, int]
    """How many entries of each kind there are: "archive", "wheel", "image", "document"."""
    blemishes: tuple[Blemish, ...]

    @property
    def is_sound(self) -> bool:
        """Whether nothing is damaged any more."""
        return all(one.fault.done for one in self.blemishes if one.fault.is_damage)


def verify(
    home: str,
    *,
    contents: bool = False,
    repair: bool = False,
    policy: Policy | None = None,
    on_event: Listener = ignore,
) -> Report:
    """Look at everything in the store below `home`.

    Args:
        home: the home folder, absolute.
        contents: read every file and compare its digest, whatever its stamps say; documents are looked at as well.
        repair: put aside what is damaged, and have it anew where the store can; else nothing is changed.
        policy: by which what an environment has is fetched again, if it comes to that; None: nobody is asked.
        on_event: told `Working` for each entry.

    Raises:
        HomeUnusable: the system refuses, or another process does not let go of an entry.
    """
    if not Path(home).is_dir():
        return Report({}, ())
    known = {one.sha256: one for one in holdings.holdings(home).rows}  # before anything is put aside
    store = Store(Path(home))
    audit = Audit(store, contents=contents, repair=repair)
    entries = audit.entries()
    faults: list[Fault] = []
    for done, entry in enumerate(entries, 1):
        on_event(Working("verifying", f"{entry.kind} {entry.path.name}", done, len(entries)))
        faults += audit.look(entry)
    blemishes = [_whose(fault, known.get(fault.sha256)) for fault in faults]
    if repair and policy is not None:
        blemishes = _fetched(home, store, policy, blemishes, on_event)
    return Report(Counter(entry.kind for entry in entries), tuple(blemishes))


def _fetched(
    home: str, store: Store, policy: Policy, blemishes: list[Blemish], on_event: Listener
) -> list[Blemish]:
    """The same, with what an environment has fetched again, if it is gone now."""
    lost = {one.fault.sha256 for one in blemishes if one.users and _is_lost(store, one.fault)}
    came = refetching.again(home, policy, sorted(lost), on_event) if lost else {}
    told = {
        sha256: f"; not fetched now: {why}" if why else ", and fetched again now"
        for sha256, why in came.items()
    }
    return [
        one._replace(fault=one.fault._replace(done=f"{one.fault.done}{told[one.fault.sha256]}"))
        if one.fault.sha256 in told and one.fault.done
        else one
        for one in blemishes
    ]


def _is_lost(store: Store, fault: Fault) -> bool:
    if fault.kind == ARCHIVE:
        return store.archive(fault.sha256) is None
    return fault.kind == WHEEL and store.wheel(fault.sha256) is None


def _whose(fault: Fault, kept: Holding | None) -> Blemish:
    if kept is None:
        return Blemish(fault, ())
    return Blemish(fault._replace(name=kept.name or fault.name), kept.users)
