"""The account of one project: what is chosen, from where, who asked for it, and why the others are not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from packaging.utils import NormalizedName

from driverenv.errors import foreign
from driverenv.model.answers import NowhereFound
from driverenv.model.requirement import Target
from driverenv.model.resolution import Demand, Facts, Pin, Resolution, Rules
from driverenv.model.site import Policy
from driverenv.policy.corrections import of, shown
from driverenv.resolve.chains import LIMIT, Chains, capped, stated, tell
from driverenv.resolve.memory import Memory
from driverenv.resolve.reasons import Verdict, verdicts
from driverenv.resolve.served import served_by
from driverenv.resolve.shelf import Shelf
from driverenv.resolve.want import Want

_LABEL = 14


@dataclass(frozen=True, slots=True)
class Account:
    """What there is to say about one project, as labelled lines and as data."""

    project: str
    lines: tuple[tuple[str, str], ...]
    data: dict[str, object]

    def __str__(self) -> str:
        """Readable text; the project's name first."""
        shown = [self.project]
        for label, text in self.lines:
            first, *rest = text.split("\n")
            shown.append(f"  {label:<{_LABEL}}{first}".rstrip())
            shown += [f"  {'':<{_LABEL}}{line}" for line in rest]
        return "\n".join(shown)


def account(
    project: NormalizedName,
    facts: Facts,
    resolution: Resolution,
    target: Target,
    rules: Rules,
    *,
    policy: Policy | None = None,
) -> Account:
    """Why `project` is what it is in `resolution`; also for one that is not part of it."""
    memory = Memory()
    memory.learn(facts, target, rules)
    pin = next((pin for pin in resolution.pins if pin.candidate.project == project), None)
    listing = facts.listings.get(project)
    if listing is None:
        return Account(
            project, (("not needed", "nothing asked for it, so no index was asked"),), {"project": project}
        )
    if isinstance(listing, NowhereFound):
        return _absent(listing)
    shelf = memory.shelf(project)
    assert shelf is not None  # noqa: S101 (the listing is there)
    wants = [Want(demand) for demand in pin.demands] if pin else []
    others = [*_passed_over(shelf, wants, pin), *verdicts(memory, shelf, wants)]
    corrected = pin and of(rules.corrections, project, pin.candidate.version)
    lines = [*_chosen(pin, resolution), *served_by(listing.listing, policy)]
    lines += [("corrected", f"by the site's policy: {shown(corrected)}")] if corrected else []
    lines += [("constraint", tell((want.demand,))) for want in shelf.constraint]
    if others:
        lines.append(("others", capped([str(verdict) for verdict in others], 2 * LIMIT)))
    data = _data(pin, shelf, others)
    return Account(project, tuple(lines), {**data, "corrected": shown(corrected)} if corrected else data)


def _chosen(pin: Pin | None, resolution: Resolution) -> list[tuple[str, str]]:
    if pin is None:
        return [("not needed", "it was looked at, and is not part of the answer")]
    chains = Chains(demand for other in resolution.pins for demand in other.demands)
    asked = [tell(chains.to(demand)) for demand in pin.demands]
    return [
        ("chosen", f"{pin.candidate.version}, {foreign(pin.candidate.file.filename)}"),
        *((("extras", ", ".join(pin.extras)),) if pin.extras else ()),
        ("required by", capped(asked)),
    ]


def _passed_over(shelf: Shelf, wants: Sequence[Want], pin: Pin | None) -> list[Verdict]:
    """Candidates that satisfy all demands, and yet are not the chosen one."""
    if pin is None:
        return []
    chosen = shelf.positions[pin.candidate.key]
    found = []
    for choice in shelf.choices(shelf.fits(wants)):
        if choice.index != chosen:
            better = choice.index < chosen
            reason = (
                "what it needs does not fit together with the rest" if better else "older than the chosen one"
            )
            found.append(
                Verdict(choice.candidate.file.filename, choice.candidate.version, reason, relevant=True)
            )
    return found


def _absent(listing: NowhereFound) -> Account:
    lines = [("nowhere", "no index has it")]
    lines += [("asked", f"{foreign(absent.index)}: {foreign(absent.proof)}") for absent in listing.absents]
    lines += [("not asked", f"{foreign(one.index)}: {one.reason}") for one in listing.not_asked]
    return Account(listing.project, tuple(lines), {"project": listing.project, "found": False})


def _data(pin: Pin | None, shelf: Shelf, others: Sequence[Verdict]) -> dict[str, object]:
    listing = shelf.available.listing
    data: dict[str, object] = {
        "project": shelf.available.project,
        "index": listing.index.name,
        "page": listing.page_url,
        "public": listing.public,
        "others": [{"file": foreign(one.filename), "reason": one.reason} for one in others],
    }
    if pin is not None:
        data["version"] = str(pin.candidate.version)
        data["file"] = foreign(pin.candidate.file.filename)
        data["extras"] = list(pin.extras)
        data["required_by"] = [_demand(demand) for demand in pin.demands]
    return data


def _demand(demand: Demand) -> dict[str, str]:
    by = str(demand.parent) if demand.parent else foreign(demand.source or "")
    return {"requirement": stated(demand.requirement), "by": by}
