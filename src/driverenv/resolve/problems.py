"""One demand that nothing fits, told whole: what, asked by whom, what there is, and what to do."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from typing import NamedTuple

from driverenv.errors import foreign
from driverenv.model.answers import Found, NowhereFound
from driverenv.model.resolution import Available
from driverenv.model.site import Policy
from driverenv.policy import route
from driverenv.resolve.blame import Leaf
from driverenv.resolve.chains import Chain, capped, stated, tell
from driverenv.resolve.memory import Memory
from driverenv.resolve.reasons import Verdict, verdicts
from driverenv.resolve.shelf import Shelf
from driverenv.resolve.want import Want

_COMPARABLE = 5
"""Names shorter than this are all alike."""

Facts = tuple[tuple[str, str], ...]


class Problem(NamedTuple):
    """What an error is made of."""

    code: str
    project: str
    summary: str
    facts: Facts
    remedies: tuple[str, ...]
    data: dict[str, object]


def problem(leaf: Leaf, memory: Memory, policy: Policy | None) -> Problem:
    """The problem of a hopeless demand."""
    want = leaf.want
    if want.impossible:
        return _direct_url(leaf)
    listing = memory.facts.listings[want.project]
    if isinstance(listing, NowhereFound):
        return _nowhere(leaf, listing, memory)
    shelf = memory.shelf(want.project)
    assert shelf is not None  # noqa: S101 (the listing is there)
    return _unfit(leaf, shelf, memory, policy)


def _unfit(leaf: Leaf, shelf: Shelf, memory: Memory, policy: Policy | None) -> Problem:
    found = verdicts(memory, shelf, (leaf.want,))
    available, listing = shelf.available, shelf.available.listing
    stated = stated_as(leaf.chain)
    code = _code(available, found, shelf)
    summaries = {
        "LOCAL_EMPTY": f"the local index {listing.index.name} has a page for {available.project}, and no file on it",
        "LOCAL_NO_MATCH": f"the local index {listing.index.name} has {available.project}, "
        f"but nothing there fits {stated}",
        "PUBLIC_NO_MATCH": f"no release of {available.project} fits {stated}",
        "BUILD_FORBIDDEN": f"{stated} is there as an sdist only, and it may not be built",
        "INTEGRITY": f"no file of {available.project} that fits {stated} has a hash of the requirements file",
    }
    facts: list[tuple[str, str]] = [("required by", tell(leaf.chain))]
    facts += [("constraint", tell((want.demand,))) for want in shelf.constraint]
    facts += served_by(listing, policy)
    facts.append(("target", _target(memory, available)))
    if found:
        facts.append(("files there", capped([str(verdict) for verdict in found])))
    remedies = _remedies(
        code,
        leaf,
        listing,
        stated,
        target=memory.target.short,
        off_target=_is_off_target(found, shelf, memory),
    )
    remedies += _loosen(shelf.constraint)
    return Problem(
        code, available.project, summaries[code], tuple(facts), remedies, _data(leaf, available, found)
    )


def _target(memory: Memory, available: Available) -> str:
    if not any(rejection.reason == "tag" for rejection in available.rejections):
        return memory.target.short
    return f"{memory.target.short}, which takes\n{capped(memory.target.tags, 4)}"


def _code(available: Available, found: Sequence[Verdict], shelf: Shelf) -> str:
    if not available.listing.files and not available.listing.public:
        return "LOCAL_EMPTY"
    relevant = {verdict.filename for verdict in found if verdict.relevant}
    sdists = {rejection.filename for rejection in available.rejections if rejection.reason == "sdist"}
    if relevant & sdists:
        return "BUILD_FORBIDDEN"
    misfits = {candidate.file.filename for candidate in shelf.candidates(shelf.hash_misfits)}
    if relevant & misfits:
        return "INTEGRITY"
    return "PUBLIC_NO_MATCH" if available.listing.public else "LOCAL_NO_MATCH"


def _remedies(
    code: str, leaf: Leaf, listing: Found, stated: str, *, target: str, off_target: bool
) -> tuple[str, ...]:
    project = leaf.want.project
    change = _change(leaf.chain)
    if code == "BUILD_FORBIDDEN":
        return (f"build a wheel of {project} elsewhere and put it into a local index", change)
    if code == "INTEGRITY":
        return (f"add a line for {project} with the --hash of each file that may be used",)
    if code == "PUBLIC_NO_MATCH":
        return (f"ask for a version that there is: {change.removeprefix('or ')}",)
    where = f"the local index {foreign(listing.index)}"
    if code == "LOCAL_EMPTY":
        return (f"put a file of {project} into {where}",)
    if off_target:
        return (f"put a file of {stated} that is for {target} into {where}",)
    return (f"put a version that fits {stated} into {where}", change)


def _is_off_target(found: Sequence[Verdict], shelf: Shelf, memory: Memory) -> bool:
    """Whether a version that was asked for is there, only not for this Python or platform."""
    relevant = {verdict.filename for verdict in found if verdict.relevant}
    elsewhere = {one.filename for one in shelf.available.rejections if one.reason in ("tag", "python")}
    elsewhere |= {one.file.filename for one in shelf.available.candidates if memory.misfit(one)}
    return bool(relevant) and relevant <= elsewhere


def _loosen(constraint: Sequence[Want]) -> tuple[str, ...]:
    """A constraint of the requirements file may be what stands in the way."""
    told = []
    for source in (want.demand.source for want in constraint):
        if source is not None and source.line:
            told.append(f"or loosen the constraint in line {source.line} of {foreign(source.file)}")
        elif source is not None:
            told.append(f"or ask who keeps {source.file} to loosen the constraint {foreign(source.text)}")
    return tuple(told)


def _change(chain: Chain) -> str:
    root = chain[0]
    if root.source is None or not root.source.line:
        place = f" in {foreign(root.source.file)}" if root.source else ""
        return f"or ask for something else than {stated(root.requirement)}{place}"
    place = f"line {root.source.line} of {foreign(root.source.file)}"
    link = "which asks for" if len(chain) == 1 else "with which it begins:"
    return f"or change {place}, {link} {foreign(root.source.text)}"


def served_by(listing: Found, policy: Policy | None) -> Facts:
    """The index that serves a project, and those that were not asked for it, and why."""
    kind = "public index" if listing.public else "local index"
    name, page = foreign(listing.index.name), foreign(listing.page_url)
    facts = [(kind, page if name == page else f"{name}, {page}")]
    facts += [("asked first", f"{foreign(one.index)}: {foreign(one.proof)}") for one in listing.before]
    if policy is None:
        return tuple(facts)
    way = route(policy, listing.project)
    asks = [(ask.index, ask.public) for ask in way.asks]
    here = (listing.index, listing.public)
    later = asks[asks.index(here) + 1 :] if here in asks else asks
    why = f"{foreign(listing.index.name)} has {listing.project}, and so serves it alone"
    facts += [("not asked", f"{foreign(index)}: {why}") for index, _ in later]
    facts += [("not asked", f"{foreign(one.index)}: {foreign(one.reason)}") for one in way.not_asked]
    return tuple(facts)


def _nowhere(leaf: Leaf, listing: NowhereFound, memory: Memory) -> Problem:
    project = leaf.want.project
    code, where = _kind_of_absence(listing)
    facts = [("required by", tell(leaf.chain))]
    facts += [("asked", f"{foreign(absent.index)}: {foreign(absent.proof)}") for absent in listing.absents]
    facts += [("not asked", f"{foreign(one.index)}: {foreign(one.reason)}") for one in listing.not_asked]
    known = {str(name) for name, there in memory.facts.listings.items() if isinstance(there, Available)}
    known |= {name for absent in listing.absents for name in absent.among}
    long_enough = len(project) >= _COMPARABLE
    near = difflib.get_close_matches(project, sorted(known), n=1, cutoff=0.8) if long_enough else []
    if near:
        facts.append(("similar", f"{near[0]} is there: a slip of the pen?"))
    remedies = [f"put {stated_as(leaf.chain)} into a local index"]
    if not listing.absents and not listing.not_asked:
        remedies.append("name an index in the settings: none is set up")
    remedies.append(_change(leaf.chain))
    if near:
        remedies.append(f"or ask for {near[0]}, if that is what was meant")
    data: dict[str, object] = {
        **_data_of_chain(leaf),
        "asked": [{"index": a.index.name, "answer": foreign(a.proof)} for a in listing.absents],
        "not_asked": [{"index": one.index.name, "reason": one.reason} for one in listing.not_asked],
        "similar": near,
    }
    return Problem(code, project, f"{project}: {where}", tuple(facts), tuple(remedies), data)


def _kind_of_absence(listing: NowhereFound) -> tuple[str, str]:
    if listing.offline:
        return "ABSENT_OFFLINE", "no local index has it, and offline mode asks no other"
    if listing.forbidden:
        nobody = "no index that may serve it has it" if listing.absents else "no index may serve it"
        return "PUBLIC_FORBIDDEN", f"{nobody}, and the policy keeps it from public: {listing.forbidden}"
    return "NOT_FOUND", "no index has it"


def _direct_url(leaf: Leaf) -> Problem:
    demand = leaf.want.demand
    summary = (
        f"{demand.parent} requires {foreign(demand.requirement.name)} from a URL, going round the indexes"
    )
    facts = (("required by", tell(leaf.chain)),)
    parent = demand.parent.project if demand.parent else "it"
    other = f"use a release of {parent} that names no URL, or put one into a local index"
    remedies = (other, _change(leaf.chain))
    return Problem("POLICY_URL", leaf.want.project, summary, facts, remedies, _data_of_chain(leaf))


def stated_as(chain: Chain) -> str:
    """The last demand of a chain, without its marker."""
    requirement = chain[-1].requirement
    extras = f"[{','.join(sorted(requirement.extras))}]" if requirement.extras else ""
    return foreign(f"{requirement.name}{extras}{requirement.specifier}")


def _data(leaf: Leaf, available: Available, found: Sequence[Verdict]) -> dict[str, object]:
    return {
        **_data_of_chain(leaf),
        "index": available.listing.index.name,
        "page": available.listing.page_url,
        "versions": [str(candidate.version) for candidate in available.candidates],
        "files": [{"file": foreign(one.filename), "reason": one.reason} for one in found],
    }


def _data_of_chain(leaf: Leaf) -> dict[str, object]:
    return {
        "project": leaf.want.project,
        "requirement": stated(leaf.want.demand.requirement),
        "chain": tell(leaf.chain).split("\n"),
    }
