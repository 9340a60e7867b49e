"""All candidates of one project, as bits of a number: bit 0 is the best. Sets of candidates are cheap so."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from packaging.specifiers import SpecifierSet

from driverenv.model.resolution import Available, Candidate, Rules
from driverenv.resolve.want import Choice, Want


class Shelf:
    """What the solver may take of a project, under the rules."""

    __slots__ = (
        "_allowed",
        "_choices",
        "_masks",
        "_rules",
        "available",
        "constraint",
        "everything",
        "finals",
        "hash_misfits",
        "misfits",
        "positions",
        "unyanked",
    )

    def __init__(self, available: Available, rules: Rules) -> None:
        self.available = available
        candidates = available.candidates
        self._rules = rules
        self._masks: dict[str, int] = {}
        self._choices: dict[tuple[int, str], Choice] = {}
        self.everything = (1 << len(candidates)) - 1
        self.finals = _bits(not candidate.version.is_prerelease for candidate in candidates)
        self.unyanked = _bits(candidate.file.yanked is None for candidate in candidates)
        self.positions = {candidate.key: index for index, candidate in enumerate(candidates)}
        self.hash_misfits = _bits(not hash_fits(candidate, rules) for candidate in candidates)
        self.misfits = self.hash_misfits
        """Whatever is known to be unusable by now: wrong hashes, then what metadata tells."""
        self.constraint = [Want(demand) for demand in rules.constraints.get(available.project, ())]
        self._allowed = self.everything
        for want in self.constraint:
            self._allowed &= self.mask(want)

    @property
    def usable(self) -> int:
        """The candidates that no constraint and nothing in their metadata rules out."""
        return self._allowed & ~self.misfits

    def mask(self, want: Want) -> int:
        """The candidates that `want` alone is satisfied with, pre-releases and yanked ones included."""
        if want.impossible:
            return 0
        if want.exactly is not None:
            return 1 << want.exactly.index
        if not want.text:
            return self.everything
        known = self._masks.get(want.text)
        if known is None:
            known = self._masks[want.text] = self._matching(want.demand.requirement.specifier)
        return known

    def fits(self, wants: Iterable[Want]) -> int:
        """The candidates that satisfy all of `wants`, the constraints, and the rules about choosing."""
        mask = self.usable
        explicit = any(want.explicit for want in self.constraint)
        pinned = any(want.pinned for want in self.constraint)
        for want in wants:
            mask &= self.mask(want)
            explicit = explicit or want.explicit
            pinned = pinned or want.pinned
        if not pinned or self._rules.yanked == "never":
            mask &= self.unyanked
        return self._by_maturity(mask, explicit=explicit)

    def choices(self, mask: int, extra: str = "") -> Iterator[Choice]:
        """The candidates of `mask`, best first."""
        while mask:
            lowest = mask & -mask
            mask ^= lowest
            yield self.choice(lowest.bit_length() - 1, extra)

    def choice(self, index: int, extra: str = "") -> Choice:
        """The one object for a candidate (and its extras)."""
        known = self._choices.get((index, extra))
        if known is None:
            known = self._choices[index, extra] = Choice(self.available.candidates[index], index, extra)
        return known

    def candidates(self, mask: int) -> tuple[Candidate, ...]:
        """The candidates of `mask`, best first."""
        return tuple(choice.candidate for choice in self.choices(mask))

    def _matching(self, specifier: SpecifierSet) -> int:
        versions = [candidate.version for candidate in self.available.candidates]
        matching = set(specifier.filter(versions, prereleases=True))
        return _bits(version in matching for version in versions)

    def _by_maturity(self, mask: int, *, explicit: bool) -> int:
        """PEP 440: pre-releases where a requirement names one, or (by default) where no final release fits."""
        rule = self._rules.prereleases
        if rule == "allow" or (explicit and rule != "never"):
            return mask
        finals = mask & self.finals
        return finals or (mask if rule == "if-necessary" else 0)


def hash_fits(candidate: Candidate, rules: Rules) -> bool:
    """Whether the file may still be one of those whose hashes are allowed; what is not known yet may."""
    if rules.hashes is None:
        return True
    allowed = rules.hashes.get(candidate.project, frozenset())
    names = {name for name, _ in allowed}
    known = [digest for digest in candidate.file.hashes if digest[0] in names]
    return bool(allowed) and (not known or any(digest in allowed for digest in known))


def _bits(flags: Iterable[bool]) -> int:
    mask = 0
    for index, flag in enumerate(flags):
        if flag:
            mask |= 1 << index
    return mask
