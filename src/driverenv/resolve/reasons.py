"""Why a file was not chosen: one reason for each, the strongest."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from packaging.version import InvalidVersion, Version

from driverenv.errors import foreign
from driverenv.model.resolution import Candidate, Rules
from driverenv.resolve.memory import Memory
from driverenv.resolve.shelf import Shelf
from driverenv.resolve.want import Want

_NONE = Version("0")
_DIGESTS = 3
_PRERELEASES = {
    "never": "and the policy has prereleases = never",
    "explicit": "and the policy takes one only where a requirement names one (prereleases = explicit)",
    "if-necessary": "and a final release is preferred",
    "allow": "and another one is preferred",
}


class Verdict(NamedTuple):
    """A file, and why it does not do; `relevant` where its version is one that was asked for."""

    filename: str
    version: Version | None
    reason: str
    relevant: bool

    def __str__(self) -> str:
        """File name and reason."""
        return f"{foreign(self.filename)}: {self.reason}"


def verdicts(memory: Memory, shelf: Shelf, wants: Sequence[Want]) -> list[Verdict]:
    """A verdict on each file that does not satisfy `wants`: those of the versions asked for first, then the nearest."""
    fits = shelf.fits(wants)
    found = [
        Verdict(candidate.file.filename, candidate.version, *_judge(memory, shelf, index, wants))
        for index, candidate in enumerate(shelf.available.candidates)
        if not fits >> index & 1
    ]
    for rejection in shelf.available.rejections:
        version = rejection.version
        relevant = version is not None and _refusing(version, (*shelf.constraint, *wants)) is None
        found.append(Verdict(rejection.filename, version, rejection.detail, relevant))
    found.sort(key=lambda verdict: (verdict.version or _NONE, verdict.filename), reverse=True)
    asked_for = [verdict for verdict in found if verdict.relevant]
    return asked_for + _nearest_first([verdict for verdict in found if not verdict.relevant], wants)


def _nearest_first(found: list[Verdict], wants: Sequence[Want]) -> list[Verdict]:
    """Around the version that was named, as far as one was; else as they are, newest first."""
    named = [version for want in wants if not want.exactly for version in _versions(want)]
    if not named:
        return found
    newer = sum((verdict.version or _NONE) > named[0] for verdict in found)

    def nearness(place: int) -> tuple[bool, float, int]:
        return found[place].version is None, abs(place - newer + 0.5), place

    places = sorted(range(len(found)), key=nearness)
    return [found[place] for place in places]


def _versions(want: Want) -> list[Version]:
    texts = (
        one.version.removesuffix(".*") for one in want.demand.requirement.specifier if one.operator != "!="
    )
    try:
        return sorted(map(Version, texts))
    except InvalidVersion:  # === takes any text
        return []


def why_not(memory: Memory, shelf: Shelf, candidate: Candidate, wants: Sequence[Want]) -> str:
    """Why `candidate` does not satisfy `wants`; empty where it does."""
    index = shelf.positions[candidate.key]
    return "" if shelf.fits(wants) >> index & 1 else _judge(memory, shelf, index, wants)[0]


def _judge(memory: Memory, shelf: Shelf, index: int, wants: Sequence[Want]) -> tuple[str, bool]:
    candidate = shelf.available.candidates[index]
    refusing = _refusing(candidate.version, (*shelf.constraint, *wants))
    if refusing is not None:
        kind = "the constraint " if refusing in shelf.constraint else ""
        return f"version {candidate.version} is not in {kind}{foreign(refusing.text) or 'it'}", False
    if shelf.hash_misfits >> index & 1:
        return _digests(candidate, memory.rules), True
    misfit = memory.misfit(candidate)
    if misfit:
        return foreign(misfit), True
    if candidate.file.yanked is not None:
        why = f' ("{foreign(candidate.file.yanked, limit=100)}")' if candidate.file.yanked else ""
        takes = "the policy takes none (yanked = never)"
        if memory.rules.yanked != "never":
            takes = "only an exact pin takes it"
        return f"it was yanked by its authors{why}; {takes}", True
    return f"version {candidate.version} is a pre-release, {_PRERELEASES[memory.rules.prereleases]}", True


def _digests(candidate: Candidate, rules: Rules) -> str:
    """What was promised, and what is there."""
    allowed = sorted((rules.hashes or {}).get(candidate.project, ()))
    there = dict(candidate.file.hashes)
    if not allowed:
        known = f"; its sha256 is {there['sha256']}" if "sha256" in there else ""
        return f"the requirements file has no --hash for {candidate.project}{known}"
    name = next((name for name, _ in allowed if name in there), allowed[0][0])
    promised = [digest for other, digest in allowed if other == name]
    shown = " or ".join(promised[:_DIGESTS]) + (" or another one" if len(promised) > _DIGESTS else "")
    return f"its {name} is {there.get(name, 'not known')}, and the requirements file asks for {shown}"


def _refusing(version: Version, wants: Sequence[Want]) -> Want | None:
    """The first of `wants` whose specifier does not have `version`."""
    for want in wants:
        if want.exactly is not None:
            if want.exactly.candidate.version != version:
                return want
        elif not want.demand.requirement.specifier.contains(version, prereleases=True):
            return want
    return None
