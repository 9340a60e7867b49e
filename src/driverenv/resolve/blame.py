"""Which demands make the roots unreachable: those that nothing fits even when they stand alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from driverenv.model.resolution import Dependencies
from driverenv.resolve.chains import Chain
from driverenv.resolve.memory import Memory, Missing
from driverenv.resolve.want import Choice, Want


class Leaf(NamedTuple):
    """A demand that nothing fits, and the way to it."""

    want: Want
    chain: Chain


class Blame:
    """Finds, from the bottom up, which candidates cannot be installed whatever else is chosen."""

    def __init__(self, memory: Memory, roots: Sequence[Want]) -> None:
        self._memory = memory
        self._roots = roots
        self._dead: set[str] = set()
        """Keys of candidates that need something that cannot be had."""
        choices = self._reachable()
        grown = True
        while grown:
            grown = False
            for choice in reversed(choices):  # from the bottom up: mostly one pass does
                if choice.candidate.key not in self._dead and any(map(self.is_dead, self._wants(choice))):
                    self._dead.add(choice.candidate.key)
                    grown = True

    def leaves(self) -> list[Leaf]:
        """For each root that cannot be had: what its best candidates fail for in the end."""
        found: list[Leaf] = []
        seen: set[str] = set()
        for want in self._roots:
            self._descend(want, (), found, seen)
        return found

    def is_hopeless(self, want: Want) -> bool:
        """Whether nothing at all fits this one demand."""
        if want.impossible:
            return True
        return self._memory.is_known(want.project) and not self._memory.fits(want.project, (want,))

    def is_dead(self, want: Want) -> bool:
        """Whether all that fits this demand cannot be installed."""
        if self.is_hopeless(want):
            return True
        if not self._memory.is_known(want.project):
            return False
        return all(choice.candidate.key in self._dead for choice in self._fitting(want))

    def _fitting(self, want: Want) -> list[Choice]:
        shelf = self._memory.shelf(want.project)
        return list(shelf.choices(shelf.fits((want,)), want.extra)) if shelf is not None else []

    def _wants(self, choice: Choice) -> tuple[Want, ...]:
        if not isinstance(self._memory.facts.dependencies.get(choice.candidate.key), Dependencies):
            return ()
        try:
            return tuple(want for want in self._memory.wants(choice) if want.exactly is None)
        except Missing:
            return ()

    def _reachable(self) -> list[Choice]:
        found: dict[Choice, None] = {}
        seen: set[tuple[str, str]] = set()
        queue = list(self._roots)
        for want in queue:
            if (want.ident, want.text) in seen or want.impossible or not self._memory.is_known(want.project):
                continue
            seen.add((want.ident, want.text))
            for choice in self._fitting(want):
                if choice not in found:
                    found[choice] = None
                    queue += self._wants(choice)
        return list(found)

    def _descend(self, want: Want, above: Chain, found: list[Leaf], seen: set[str]) -> None:
        place = f"{want.ident} {want.text}"
        if place in seen or not self.is_dead(want):
            return
        seen.add(place)
        chain = (*above, want.demand)
        if self.is_hopeless(want):
            found.append(Leaf(want, chain))
            return
        for needed in self._wants(self._fitting(want)[0]):
            self._descend(needed, chain, found, seen)
