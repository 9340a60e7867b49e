"""One demand that nothing fits, told whole: what, asked by whom, what there is, and what to do."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from typing import NamedTuple

from driverenv.errors import foreign
from driverenv.model.answers import Absent, NowhereFound
from driverenv.model.resolution import Available, Candidate, Unusable
from driverenv.model.site import Policy
from driverenv.resolve.blame import Leaf
from driverenv.resolve.chains import Chain, capped, stated, tell
from driverenv.resolve.memory import Memory
from driverenv.resolve.nearest import nearest_file, nearest_versions, similar
from driverenv.resolve.reasons import Verdict, verdicts
from driverenv.resolve.served import served_by
from driverenv.resolve.shelf import Shelf
from driverenv.resolve.want import Want

Facts = tuple[tuple[str, str], ...]

_BUILD = "build of "
"""How the place begins where a build says what it needs."""
_PUT_A_WHEEL = "or put a wheel of"


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
        "DIRECT_NO_MATCH": f"the file that is named for {available.project} itself does not fit {stated}",
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
    near = _nearest(leaf, shelf, found, memory)
    if near.text:
        facts.append(("nearest", near.text))
    remedies = _remedies(code, leaf, shelf, memory, found)
    alike = similar(available.project, _local_names(listing.before))
    facts += _slip(alike)
    if alike:
        remedies = (f"if {' or '.join(alike)} was meant, ask for that", *remedies)
    elif near.version and len(leaf.chain) == 1 and code.endswith("NO_MATCH"):
        remedies = (*remedies[:-1], f"{remedies[-1]}; {near.version} is there")
    remedies += (*_correct(shelf, found, memory), *_loosen(shelf.constraint))
    data = {**_data(leaf, available, found), "nearest": near.data}
    return Problem(code, available.project, summaries[code], tuple(facts), remedies, data)


class _Nearest(NamedTuple):
    text: str
    version: str
    """A version to ask for in its place, as a requirement."""
    data: dict[str, object]


def _nearest(leaf: Leaf, shelf: Shelf, found: Sequence[Verdict], memory: Memory) -> _Nearest:
    """The nearest file where only its tags are wrong, else the nearest versions."""
    relevant = {verdict.filename for verdict in found if verdict.relevant}
    off_target = [one for one in shelf.available.rejections if one.filename in relevant]
    misfit = nearest_file(off_target, memory.target)
    if misfit is not None:
        data: dict[str, object] = {
            "file": foreign(misfit.filename),
            "tags": foreign(misfit.tags),
            "other": [word for word in ("python", "platform") if getattr(misfit, word)],
        }
        return _Nearest(str(misfit), "", data)
    if relevant:
        return _Nearest("", "", {})
    specifiers = [want.demand.requirement.specifier for want in (*shelf.constraint, leaf.want)]
    usable = shelf.everything & ~shelf.misfits & shelf.unyanked
    there = [candidate.version for candidate in shelf.candidates(usable)]
    below, above = nearest_versions(there, specifiers)
    places = [f"{one} is the closest {where}" for one, where in ((below, "below"), (above, "above")) if one]
    text = f"{leaf.want.project} {', '.join(places)}" if places and len(there) > 1 else ""
    best = above or below
    if best is not None and leaf.want.demand.requirement.specifier.contains(best, prereleases=True):
        best = None  # a constraint is what stands in the way
    data = {"below": str(below) if below else None, "above": str(above) if above else None}
    return _Nearest(text, f"{leaf.want.project}=={best}" if best else "", data)


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
    if available.listing.direct:
        return "DIRECT_NO_MATCH"
    return "PUBLIC_NO_MATCH" if available.listing.public else "LOCAL_NO_MATCH"


def _remedies(
    code: str, leaf: Leaf, shelf: Shelf, memory: Memory, found: Sequence[Verdict]
) -> tuple[str, ...]:
    project, listing, stated = leaf.want.project, shelf.available.listing, stated_as(leaf.chain)
    change = _change(leaf.chain)
    if code == "BUILD_FORBIDDEN":
        return (
            f"build a wheel of {project} elsewhere and put it into a local index",
            _build(shelf, found),
            change,
        )
    if code == "INTEGRITY":
        return _hashes(leaf, shelf, memory)
    if code == "PUBLIC_NO_MATCH":
        return _of_public(stated, change, is_fresh=_is_fresh(found, shelf))
    off_target = f" that is for {memory.target.short}" if _is_off_target(found, shelf, memory) else ""
    if listing.direct:
        return (f"name a file of {project}{off_target or f' that fits {stated}'} in its place", change)
    where = f"into the local index {foreign(listing.index)}"
    if code == "LOCAL_EMPTY" or off_target:
        return (f"put a file of {project if not off_target else stated}{off_target} {where}",)
    return (f"put a version that fits {stated} {where}", change)


def _build(shelf: Shelf, found: Sequence[Verdict]) -> str:
    """The command that builds the newest sdist of those that were asked for."""
    relevant = [verdict.filename for verdict in found if verdict.relevant]
    sdists = {one.filename for one in shelf.available.rejections if one.reason == "sdist"}
    newest = next(name for name in relevant if name in sdists)
    url = next(file.url for file in shelf.available.listing.files if file.filename == newest)
    return f"for example with: python -m pip wheel --no-deps {shlex.quote(foreign(url))}"


def _hashes(leaf: Leaf, shelf: Shelf, memory: Memory) -> tuple[str, ...]:
    """A line is to be added where none is; else one of the two, file or line, is not the right one."""
    project, root = leaf.want.project, leaf.chain[0].source
    if not (memory.rules.hashes or {}).get(project):
        if len(leaf.chain) == 1 and root is not None and root.line:
            line = f"line {root.line} of {foreign(root.file)}"
            return (
                f"add to {line} the --hash of each file that may be used, as you know it from its author",
            )
        return (f"add a line for {project} with the --hash of each file that may be used",)
    correct = (
        f"correct the --hash of {project} in the requirements file, if its author confirms the other digest"
    )
    if shelf.available.listing.public:
        return (correct,)
    where = foreign(shelf.available.listing.index)
    return (
        f"put the file that the requirements file means into {where}, if another one is there by mistake",
        f"or {correct}",
    )


def _is_off_target(found: Sequence[Verdict], shelf: Shelf, memory: Memory) -> bool:
    """Whether a version that was asked for is there, only not for this Python or platform."""
    relevant = {verdict.filename for verdict in found if verdict.relevant}
    elsewhere = {one.filename for one in shelf.available.rejections if one.reason in ("tag", "python")}
    misfits = (one for one in shelf.available.candidates if memory.misfit(one))
    elsewhere |= {one.file.filename for one in misfits if not _is_broken(one, memory)}
    return bool(relevant) and relevant <= elsewhere


def _of_public(stated: str, change: str, *, is_fresh: bool) -> tuple[str, ...]:
    if not is_fresh and change.startswith(_PUT_A_WHEEL):
        return (change.removeprefix("or "),)
    if not is_fresh:
        return (f"ask for a version that there is: {change.removeprefix('or ')}",)
    checked = f"put a file of {stated} into a local index, once somebody has checked it"
    return (f"{checked}: exclude_newer is for public files alone", change)


def _is_fresh(found: Sequence[Verdict], shelf: Shelf) -> bool:
    """Whether a version that was asked for is there, only too new for the site's cool-down."""
    newer = {one.filename for one in shelf.available.rejections if one.reason == "newer"}
    return any(verdict.relevant and verdict.filename in newer for verdict in found)


def _correct(shelf: Shelf, found: Sequence[Verdict], memory: Memory) -> tuple[str, ...]:
    """Metadata that cannot be used may be all that is wrong with a release that was asked for."""
    relevant = {verdict.filename for verdict in found if verdict.relevant}
    broken = (one for one in shelf.available.candidates if _is_broken(one, memory))
    first = next((one for one in broken if one.file.filename in relevant), None)
    if first is None:
        return ()
    return (
        f"or, if only its metadata is wrong, say under corrections in the settings what {first} requires",
    )


def _is_broken(candidate: Candidate, memory: Memory) -> bool:
    return isinstance(memory.facts.dependencies.get(candidate.key), Unusable)


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
    if root.source is not None and root.source.file.startswith(_BUILD):
        built = foreign(root.source.file.removeprefix(_BUILD))
        return f"{_PUT_A_WHEEL} {built} into a local index, for then nothing is built, or take another release of it"
    if root.source is None or not root.source.line:
        place = f" in {foreign(root.source.file)}" if root.source else ""
        return f"or ask for something else than {stated(root.requirement)}{place}"
    place = f"line {root.source.line} of {foreign(root.source.file)}"
    link = "which asks for" if len(chain) == 1 else "with which it begins:"
    return f"or change {place}, {link} {foreign(root.source.text)}"


def _nowhere(leaf: Leaf, listing: NowhereFound, memory: Memory) -> Problem:
    project = leaf.want.project
    code, where = _kind_of_absence(listing)
    facts = [("required by", tell(leaf.chain))]
    facts += [("asked", f"{foreign(absent.index)}: {foreign(absent.proof)}") for absent in listing.absents]
    facts += [("not asked", f"{foreign(one.index)}: {foreign(one.reason)}") for one in listing.not_asked]
    known = {str(name) for name, there in memory.facts.listings.items() if isinstance(there, Available)}
    known |= {name for absent in listing.absents for name in absent.among}
    near = similar(project, known)
    facts += _slip(near)
    remedies = [f"put {stated_as(leaf.chain)} into a local index{_passed_over(listing)}"]
    if not listing.absents and not listing.not_asked:
        remedies.append("name an index in the settings: none is set up")
    remedies.append(_change(leaf.chain))
    if near:
        remedies.append(f"or ask for {' or '.join(near)}, if that is what was meant")
    data: dict[str, object] = {
        **_data_of_chain(leaf),
        "asked": [{"index": a.index.name, "answer": foreign(a.proof)} for a in listing.absents],
        "not_asked": [{"index": one.index.name, "reason": one.reason} for one in listing.not_asked],
        "similar": near,
    }
    return Problem(code, project, f"{project}: {where}", tuple(facts), tuple(remedies), data)


def _slip(near: Sequence[str]) -> Facts:
    are = "is" if len(near) == 1 else "are"
    return (("similar", f"{', '.join(near)} {are} there: a slip of the pen?"),) if near else ()


def _local_names(before: Sequence[Absent]) -> set[str]:
    """What the local indexes do have that were asked in vain: a stranger's project may be named nearly so."""
    return {name for absent in before if not absent.public for name in absent.among}


def _passed_over(listing: NowhereFound) -> str:
    """Where the policy asks no local index for the project, a file put there would not be seen."""
    if any(not absent.public for absent in listing.absents):
        return ""
    others = (one for one in listing.not_asked if one.reason not in (listing.forbidden, "offline mode"))
    first = next(others, None)
    if first is None:
        return ""
    return f" that may serve it ({foreign(first.index.name)} may not: {foreign(first.reason)})"


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
