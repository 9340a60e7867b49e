"""The account of one project where there is no resolution: who asks for it, who serves it, what became of each file."""

from __future__ import annotations

from collections.abc import Sequence

from packaging.utils import NormalizedName

from driverenv.errors import foreign
from driverenv.model.answers import NowhereFound
from driverenv.model.requirement import Target
from driverenv.model.resolution import Demand, Facts, Rules
from driverenv.model.site import Policy
from driverenv.policy.corrections import shown
from driverenv.resolve.account import Account
from driverenv.resolve.chains import LIMIT, Chain, capped, stated, tell, way_to
from driverenv.resolve.memory import Memory
from driverenv.resolve.reasons import verdicts
from driverenv.resolve.served import served_by
from driverenv.resolve.shelf import Shelf
from driverenv.resolve.want import Want

_LIMIT = 2 * LIMIT


def outlook(
    project: NormalizedName,
    facts: Facts,
    demands: Sequence[Demand],
    target: Target,
    rules: Rules,
    *,
    policy: Policy | None = None,
) -> Account:
    """What is known of `project`, which `demands` (the roots) lead to by the `facts`.

    Files are held against the nearest demand and the constraints: the way there is told, so that one
    sees what else could have been asked for.
    """
    way = way_to(project, demands, facts, rules)
    lines = [("required by", tell(way) if way else "nobody, as far as is known")]
    listing = facts.listings.get(project)
    if listing is None:
        return Account(
            project, (*lines, ("not asked", "the launch ended before its turn came")), _data(project, way)
        )
    if isinstance(listing, NowhereFound):
        lines.append(("nowhere", "no index has it"))
        lines += [("asked", f"{foreign(one.index)}: {foreign(one.proof)}") for one in listing.absents]
        lines += [("not asked", f"{foreign(one.index)}: {foreign(one.reason)}") for one in listing.not_asked]
        return Account(project, tuple(lines), {**_data(project, way), "found": False})
    memory = Memory()
    memory.learn(facts, target, rules)
    shelf = memory.shelf(project)
    assert shelf is not None  # noqa: S101 (the listing is there)
    wanted = (Want(way[-1]),) if way and way[-1].requirement.url is None else ()
    told = _files(memory, shelf, wanted)
    lines += served_by(listing.listing, policy)
    lines += [("constraint", tell((want.demand,))) for want in shelf.constraint]
    lines += [
        ("corrected", f"by the site's policy, {project}{one.versions}: {shown(one)}")
        for one in rules.corrections.get(project, ())
    ]
    lines.append(("files there", capped([f"{name}: {why}" for name, why in told], _LIMIT) or "none"))
    found = {
        "index": listing.listing.index.name,
        "page": listing.listing.page_url,
        "public": listing.listing.public,
        "files": [{"file": name, "reason": why} for name, why in told],
    }
    return Account(project, tuple(lines), {**_data(project, way), **found})


def _files(memory: Memory, shelf: Shelf, wanted: Sequence[Want]) -> list[tuple[str, str]]:
    """Each file and what is to be said of it: those that fit first, then the others as messages have them."""
    fitting = shelf.candidates(shelf.fits(wanted))
    found = [(foreign(one.file.filename), _why_it_fits(memory, one.key)) for one in fitting]
    return found + [(foreign(one.filename), one.reason) for one in verdicts(memory, shelf, wanted)]


def _why_it_fits(memory: Memory, key: str) -> str:
    known = "fits what is asked of it here"
    return known if key in memory.facts.dependencies else f"{known}; what it needs itself was not looked at"


def _data(project: NormalizedName, way: Chain) -> dict[str, object]:
    return {
        "project": project,
        "required_by": tell(way).split("\n") if way else [],
        "requirement": stated(way[-1].requirement) if way else None,
    }
