"""How each pin came to be: the way to it from the driver's own lines, and what would have been better but for a reason."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from packaging.utils import NormalizedName

from driverenv.model.requirement import Target
from driverenv.model.resolution import Demand, Facts, Pin, Resolution, Rules
from driverenv.resolve.chains import LIMIT, Chain, Chains
from driverenv.resolve.memory import Memory
from driverenv.resolve.reasons import Verdict, why_not
from driverenv.resolve.want import Want

MISFIT = "what it needs does not fit together with the rest"


class Standing(NamedTuple):
    """One pin among what its index has."""

    chain: tuple[Demand, ...]
    """The shortest way from a line of the driver's file to the pin."""
    better: tuple[Verdict, ...]
    """Files of versions that are newer, or as new, and why they were passed over: the newest, at most `LIMIT`."""
    more: int
    """How many more of them there are."""


def standings(
    resolution: Resolution, facts: Facts, target: Target, rules: Rules, *, memory: Memory | None = None
) -> dict[NormalizedName, Standing]:
    """By project; give the `memory` of the solve to save its work."""
    memory = memory or Memory()
    memory.learn(facts, target, rules)
    chains = Chains(demand for pin in resolution.pins for demand in pin.demands)
    return {pin.candidate.project: _standing(memory, chains, pin) for pin in resolution.pins}


def _standing(memory: Memory, chains: Chains, pin: Pin) -> Standing:
    ways: list[Chain] = [chains.to(demand) for demand in pin.demands]
    found = sorted(_better(memory, pin), key=lambda one: (one.version, one.filename), reverse=True)
    return Standing(min(ways, key=len, default=()), tuple(found[:LIMIT]), max(0, len(found) - LIMIT))


def _better(memory: Memory, pin: Pin) -> Iterator[Verdict]:
    chosen = pin.candidate
    shelf = memory.shelf(chosen.project)
    if shelf is None:
        return
    wants: Sequence[Want] = [Want(demand) for demand in pin.demands]
    for candidate in shelf.available.candidates[: shelf.positions[chosen.key]]:
        reason = why_not(memory, shelf, candidate, wants) or MISFIT
        yield Verdict(candidate.file.filename, candidate.version, reason, relevant=True)
    newer: dict[int, bool] = {}  # files share their versions: a page may list thousands
    for rejection in shelf.available.rejections:
        version = rejection.version
        if version is None:
            continue
        if id(version) not in newer:
            newer[id(version)] = version >= chosen.version
        if newer[id(version)]:
            yield Verdict(rejection.filename, version, rejection.detail, relevant=True)
