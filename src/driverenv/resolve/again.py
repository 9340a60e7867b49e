"""The last resolution once more, where everything that it followed from is what it was."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from packaging.utils import NormalizedName

from driverenv.model.requirement import Target
from driverenv.model.resolution import Demand, Facts, Resolution, Rules
from driverenv.resolve.memory import Memory, Missing, Unreadable
from driverenv.resolve.solve import gathered
from driverenv.resolve.want import Choice, Want


def again(
    demands: Sequence[Demand],
    facts: Facts,
    target: Target,
    rules: Rules,
    chosen: Mapping[NormalizedName, str],
) -> Resolution | None:
    """The resolution with the candidates `chosen`, by `Candidate.key`; None where they do not fit, or more is needed.

    That a solver would choose them too is for the caller to know: it follows where demands, facts, target
    and rules are those of a solve that chose them.
    """
    memory = Memory()
    memory.learn(facts, target, rules)
    roots = memory.roots(demands)
    try:
        return gathered(memory, roots, _choices(memory, roots, chosen))
    except (Missing, Unreadable, KeyError):
        return None


def _choices(
    memory: Memory, roots: tuple[Want, ...], chosen: Mapping[NormalizedName, str]
) -> dict[str, Choice]:
    """From the roots along the chosen candidates. Raises `KeyError` where one is not there."""
    choices: dict[str, Choice] = {}
    queue = list(roots)
    while queue:
        want = queue.pop()
        if want.ident in choices:
            continue
        shelf = memory.shelf(want.project)
        if shelf is None or want.impossible:
            raise KeyError(want.project)
        choice = shelf.choice(shelf.positions[chosen[want.project]], want.extra)
        choices[want.ident] = choice
        queue += memory.wants(choice)
    return choices
