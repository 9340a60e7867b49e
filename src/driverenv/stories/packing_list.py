"""From what was resolved to what lies in a bundle: each file once, and for each driver and target its list and lock."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from driverenv.errors import RepositoryRefused, foreign
from driverenv.index.metadata import parse_metadata
from driverenv.model.lock import Lock
from driverenv.model.resolution import Candidate, Demand, Dependencies, Pin, Resolution
from driverenv.records import pylock
from driverenv.repository import closure
from driverenv.repository.bundle import FILES, LOCKS, Aimed, Build, Bundle, Item, Share, Use
from driverenv.stories import making, pinning, remembering
from driverenv.stories.abroad import Toolset
from driverenv.stories.fleet import Member
from driverenv.stories.remembering import Known
from driverenv.stories.resolving import Outcome, traced
from driverenv.stories.workshop import Workshop


class Made(NamedTuple):
    """A wheel that was built here."""

    filename: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Part:
    """One driver for one target, resolved."""

    member: Member
    target: str
    workshop: Workshop
    outcome: Outcome
    pins: tuple[Pin, ...]
    tools: tuple[Toolset, ...]
    made: Mapping[str, Made]
    """Wheels in place of sdists, by `Candidate.key`."""


def candidates(part: Part) -> Iterator[Candidate]:
    """Every file that comes from an index; those that a line of the driver names itself do not."""
    yield from (pin.candidate for pin in part.pins if not pin.candidate.direct)
    for one in part.tools:
        yield from (pin.candidate for pin in _pins(one))


def _pins(one: Toolset) -> tuple[Pin, ...]:
    return one.outcome.result.pins if isinstance(one.outcome.result, Resolution) else ()


class Packed:
    """Takes parts, and gives the bundle of all of them.

    Args:
        there: the sha256 of files that the site has.
    """

    def __init__(self, there: frozenset[str]) -> None:
        self._there = there
        self._items: dict[str, Item] = {}
        self._places: dict[str, Path] = {}
        self._shares: list[Share] = []
        self._aimed: dict[str, Aimed] = {}
        self._lenient: dict[int, bool] = {}
        self.texts: dict[str, bytes] = {}
        """The locks, by their place in the bundle."""

    def take(self, part: Part) -> None:
        """Fetch what a part needs, look at it, and list it. Raises what `making.fetched` and `prove` raise."""
        names = self._fetched(part)
        target = part.workshop.interpreter.target
        self._aimed[part.target] = Aimed(
            part.target, target.python_full_version, _steady(target.markers), target.tags
        )
        uses = tuple(self._uses(part.pins, names))
        builds = tuple(
            Build(names[one.sdist.key], one.requires, tuple(self._uses(_pins(one), names)))
            for one in part.tools
            if one.sdist.key in names
        )
        requires = tuple(dict.fromkeys(str(one.requirement) for one in part.outcome.demands))
        share = Share(part.member.name, part.target, requires, uses, builds)
        share = share._replace(lock=self._lock(part, share, names))
        policy, rules = part.workshop.policy, part.outcome.rules
        self._lenient[len(self._shares)] = bool(
            policy.overrides
            or policy.corrections
            or rules.exact
            or any(p.candidate.direct for p in part.pins)
        )
        self._shares.append(share)

    def _uses(self, pins: Sequence[Pin], names: Mapping[str, str]) -> Iterator[Use]:
        for pin in pins:
            if pin.candidate.key in names:
                yield Use(names[pin.candidate.key], tuple(sorted(pin.extras)))

    def _fetched(self, part: Part) -> dict[str, str]:
        """Bring all of it into the store; gives the names of the files in the bundle, by `Candidate.key`."""
        workshop, known = part.workshop, dict(part.outcome.facts.dependencies)
        own = [pin.candidate for pin in part.pins if not pin.candidate.direct]
        with traced(part.outcome.demands, part.outcome.facts, part.outcome.rules):
            digests = dict(making.fetched(workshop, own, part.outcome.rules.hashes))
        for one in part.tools:
            digests |= making.fetched(workshop, [pin.candidate for pin in _pins(one)])
            known |= one.outcome.facts.dependencies
        names = {}
        for candidate in candidates(part):
            names[candidate.key] = self._put(
                part, candidate, digests[candidate.key], known.get(candidate.key)
            )
        return names

    def _put(self, part: Part, candidate: Candidate, sha256: str, known: Known | None) -> str:
        workshop, made = part.workshop, part.made.get(candidate.key)
        filename, origin = candidate.file.filename, "public" if candidate.public else "local"
        if made is not None:
            filename, sha256, origin = made.filename, made.sha256, "built"
        said: Known | None = known
        wheel = workshop.store.wheel(sha256)
        if wheel is not None:
            said = parse_metadata(workshop.metadata(wheel))
            if made is None:
                said = remembering.prove(workshop, candidate, wheel, known)
        place = workshop.store.archive(sha256)
        assert place is not None, filename  # noqa: S101 (it was just fetched, or built)
        item = Item(
            filename=filename,
            project=candidate.project,
            version=str(candidate.version),
            sha256=sha256,
            size=place.stat().st_size,
            origin=origin,
            requires=tuple(map(str, said.requires)) if isinstance(said, Dependencies) else None,
            requires_python=(said.requires_python or "") if isinstance(said, Dependencies) else "",
            inside=sha256 not in self._there,
        )
        before = self._items.setdefault(filename, item)
        if before.sha256 != sha256:
            raise _two_contents(before, item)
        if before.requires != item.requires:  # an sdist that says other things on other targets
            self._items[filename] = before._replace(requires=None)
        self._places[filename] = place
        return filename

    def _lock(self, part: Part, share: Share, names: Mapping[str, str]) -> str:
        """Write the lock of a part; gives its place, or "" where the format has no words for a file of its own."""
        if any(pin.candidate.key not in names for pin in part.pins):
            return ""
        slug = re.sub(r"[^A-Za-z0-9._-]+", "-", share.driver).strip("-.") or "driver"
        taken = {one.lock for one in self._shares}
        ways = (f"{LOCKS}{slug}{end}/{share.target}/{pylock.NAME}" for end in _endings())
        place = next(way for way in ways if way not in taken)
        up = "../" * place.count("/")
        items = (self._items[names[pin.candidate.key]] for pin in part.pins)
        pins = tuple(
            replace(
                pinning.locked(pin, part.outcome, {}),
                index="",
                location="",
                public=False,
                filename=item.filename,
                url=str(PurePosixPath(up + FILES + item.filename)),
                hashes=(("sha256", item.sha256),),
                size=item.size,
                is_wheel=item.filename.endswith(".whl"),
                requested_by=tuple(_asked_by(one) for one in pin.demands),
            )
            for pin, item in zip(part.pins, items, strict=True)
        )
        version = part.workshop.interpreter.target.python_full_version
        about = {"driver": share.driver, "target": share.target}
        lock = Lock(pins, version, requirements_path="")
        self.texts[place] = pylock.render(lock, folder=Path(), about=about).encode()
        return place

    def bundle(self, since: tuple[str, ...]) -> Bundle:
        """All of it. Raises `RepositoryRefused` (`BUNDLE_INCOMPLETE`) where a driver would lack something."""
        items = tuple(self._items[name] for name in sorted(self._items))
        whole = Bundle(tuple(self._aimed.values()), items, tuple(self._shares), tuple(sorted(since)))
        shares = []
        for number, share in enumerate(whole.shares):
            unmet = closure.unmet(whole, share)
            if unmet and not self._lenient[number]:
                raise incomplete(share, unmet)
            shares.append(share._replace(waived=unmet))
        return replace(whole, shares=tuple(shares))

    def files(self, bundle: Bundle) -> dict[str, Path]:
        """Where the files lie that go into it, by their place in it."""
        return {one.path: self._places[one.filename] for one in bundle.inside}


def _endings() -> Iterator[str]:
    yield ""
    yield from (f"-{number}" for number in range(2, 1_000_000))


def _steady(markers: Mapping[str, str]) -> dict[str, str]:
    """Without what changes with every update of a system."""
    return {
        name: "" if name in ("platform_release", "platform_version") else text
        for name, text in sorted(markers.items())
    }


def _asked_by(demand: Demand) -> str:
    """Who asks, without the path of a file on this machine."""
    if demand.parent is not None:
        return f"{demand.parent}: {demand.requirement}"
    file = os.path.basename(demand.source.file) if demand.source is not None else ""
    return f"{file}: {demand.requirement}"


def _two_contents(before: Item, item: Item) -> RepositoryRefused:
    return RepositoryRefused(
        f"two drivers need different files that are called {foreign(item.filename)}",
        code="OTHER_CONTENT",
        facts=tuple(
            ("file", f"{one.size} bytes, {one.origin}, sha256 {one.sha256}") for one in (before, item)
        ),
        remedies=("make a bundle for each of these drivers; one local index cannot serve both files",),
        data={"files": [item.filename]},
    )


def incomplete(share: Share, unmet: Sequence[str], *, shown: str = "") -> RepositoryRefused:
    """The error for a list that does not hold all that a driver needs."""
    what = foreign(shown) if shown else "the bundle"
    return RepositoryRefused(
        f"{what} would not hold all that {foreign(share.driver)} needs for {share.target}",
        code="BUNDLE_INCOMPLETE",
        facts=tuple(("lacking", foreign(one)) for one in unmet[:20]),
        remedies=("make it anew: driverenv bundle create; if it says the same again, say so to its authors",),
        data={"driver": share.driver, "target": share.target, "lacking": list(unmet)},
    )
