"""What the best candidates would need, asked all at once before the solver runs.

From the roots through the best fitting candidate of each project; where later demands narrow an
earlier choice, the walk starts again with what it learned, so that little is asked in vain.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping

from packaging.utils import NormalizedName

from driverenv.model.resolution import Candidate, Questions
from driverenv.resolve.memory import Memory, Missing
from driverenv.resolve.want import Choice, Want

SPECULATION = 16
"""How many further candidates of a project are asked for at once, at most."""

_PASSES = 6
"""How often choices are corrected; the solver itself settles what is still open then."""


def frontier(memory: Memory, roots: tuple[Want, ...]) -> Questions | None:
    """All unknown projects and metadata that the best candidates lead to; None where nothing is unknown."""
    walk = _Walk(memory, {})
    for _ in range(_PASSES):
        walk.go(roots)
        if not walk.changed:
            break
        walk = _Walk(memory, walk.demanded)
    candidates = sorted(walk.candidates.values(), key=lambda candidate: (candidate.project, candidate.key))
    if is_hopeless(memory, roots):
        # Nothing is built only to say more about a failure that is certain.
        candidates = [candidate for candidate in candidates if candidate.is_wheel]
    if not walk.projects and not candidates:
        return None
    return Questions(tuple(sorted(walk.projects)), tuple(candidates))


def questions(memory: Memory, missing: Missing, possible: Mapping[str, int]) -> Questions:
    """What is missing, and the wheels that would be asked for next: as many as are known, up to a bound.

    `possible` has, by ident, the candidates that were still possible.
    """
    known_keys = memory.facts.dependencies
    asked = [choice.candidate for choice in missing.choices]
    for choice in missing.choices:
        shelf = memory.shelf(choice.project)
        if shelf is None:
            continue
        known = [key for key in shelf.positions if key in known_keys]
        later = possible.get(choice.ident, 0) & ~((2 << choice.index) - 1)
        following = shelf.candidates(later)
        unknown = (one for one in following if one.is_wheel and one.key not in known_keys)
        asked += itertools.islice(unknown, min(len(known), SPECULATION))
    return Questions(missing.projects, tuple(asked))


def is_hopeless(memory: Memory, roots: tuple[Want, ...]) -> bool:
    """Whether a root demand has, on its own, nothing that fits."""
    return any(memory.is_known(want.project) and not memory.fits(want.project, (want,)) for want in roots)


class _Walk:
    def __init__(self, memory: Memory, before: dict[NormalizedName, list[Want]]) -> None:
        self._memory = memory
        self._before = before
        """Who demanded what in the pass before."""
        self.demanded: dict[NormalizedName, list[Want]] = {}
        self.projects: set[NormalizedName] = set()
        self.candidates: dict[str, Candidate] = {}

    @property
    def changed(self) -> bool:
        """Whether this pass saw other demands than the one before, and so might choose otherwise."""
        return {project: set(found) for project, found in self.demanded.items()} != {
            project: set(found) for project, found in self._before.items()
        }

    def go(self, roots: tuple[Want, ...]) -> None:
        queue: list[Want] = list(roots)
        seen: set[str] = set()
        while queue:
            self._memory.effort.step()
            for want in queue:
                self.demanded.setdefault(want.project, []).append(want)
            idents = dict.fromkeys((want.project, want.extra) for want in queue if not want.impossible)
            queue = []
            for project, extra in idents:
                choice = self._choose(project, extra)
                if choice is not None and choice.ident not in seen:
                    seen.add(choice.ident)
                    queue += self._wants(choice)

    def _choose(self, project: NormalizedName, extra: str) -> Choice | None:
        try:
            shelf = self._memory.shelf(project)
        except Missing:
            self.projects.add(project)
            return None
        if shelf is None:
            return None
        known = self._before.get(project) or self.demanded[project]
        return next(shelf.choices(shelf.fits(known), extra), None)

    def _wants(self, choice: Choice) -> tuple[Want, ...]:
        if self._memory.is_failed(choice.candidate):
            return ()  # the solver raises it, where it really needs this one
        try:
            return self._memory.wants(choice)
        except Missing:
            self.candidates[choice.candidate.key] = choice.candidate
            return ()
