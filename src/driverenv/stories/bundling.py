"""The story of a bundle: all files that drivers need on their targets, with what their builds need, in one archive.

Everything is resolved before anything is fetched for the bundle; what will have to be built at the site is told then.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from os import PathLike
from pathlib import Path
from typing import NamedTuple

from packaging.utils import parse_wheel_filename

from driverenv import _http
from driverenv.errors import BuildFailed, DriverEnvError, HomeUnusable, IndexUnavailable, foreign
from driverenv.events import Listener, Warned, Working, ignore
from driverenv.model.resolution import Pin, Resolution
from driverenv.repository import packing
from driverenv.repository.bundle import Bundle
from driverenv.stories import abroad, making, packing_list, reading
from driverenv.stories.abroad import Abroad, Aim, Terms, Toolset
from driverenv.stories.fleet import Member
from driverenv.stories.packing_list import Made, Part
from driverenv.stories.workshop import Workshop


class Since(NamedTuple):
    """What the site has already."""

    digests: tuple[str, ...] = ()
    """Of the documents that say so."""
    there: frozenset[str] = frozenset()
    """The sha256 of files."""


@dataclass(frozen=True, slots=True)
class Created:
    """A bundle that was made."""

    path: str
    size: int
    bundle: Bundle
    notes: tuple[str, ...] = field(default=())
    """What will have to be built at the site, and what is not in it."""


def create(
    members: Sequence[Member],
    aims: Sequence[Aim],
    terms: Terms,
    output: str | PathLike[str],
    *,
    build: bool = False,
    since: Since | None = None,
    on_event: Listener = ignore,
    transport: _http.Transport | None = None,
) -> Created:
    """Resolve each driver for each target by the site's policy, fetch all, and write it to `output`.

    Args:
        members: the drivers.
        aims: the targets.
        terms: how drivers are launched at the site.
        output: the bundle; it is written whole or not at all, and the same inputs give the same bytes.
        build: what is there as an sdist only is built here, where the wheel fits its target.
        since: what the site has already is described, and left out.
        on_event: told `Working`, what fetching tells, and `Warned`.
        transport: stands in for the network in tests.

    Raises:
        RepositoryRefused: `BUNDLE_UNWRITABLE`, `BUNDLE_TOO_LARGE`, `BUNDLE_INCOMPLETE`, `OTHER_CONTENT`.
        DriverEnvError: what `lock` raises; where several drivers cannot be resolved, of all in one.
    """
    path, known = Path(os.path.abspath(output)), since or Since()
    packing.check_place(path)
    jobs = [(member, aim) for member in members for aim in aims]
    with contextlib.ExitStack() as opened:
        bench = Abroad(terms, opened, on_event, transport)
        parts = _resolved(bench, jobs, build=build, on_event=on_event)
        notes = tuple(dict.fromkeys(note for part in parts for note in _notes(part)))
        for note in notes:
            on_event(Warned("BUNDLE_NOTE", note))
        packed = packing_list.Packed(known.there)
        for number, part in enumerate(parts, 1):
            on_event(Working("fetching for", part.member.name, number, len(parts)))
            packed.take(part)
        bundle = packed.bundle(known.digests)
        on_event(Working("writing", path.name, 0, 0))
        size = packing.write(path, bundle, files=packed.files(bundle), texts=packed.texts)
    return Created(str(path), size, bundle, notes)


def _resolved(
    bench: Abroad, jobs: Sequence[tuple[Member, Aim]], *, build: bool, on_event: Listener
) -> list[Part]:
    parts: list[Part] = []
    errors: list[DriverEnvError] = []
    for number, (member, aim) in enumerate(jobs, 1):
        on_event(Working("resolving", member.name, number, len(jobs)))
        try:
            with bench.workshop(member, aim) as workshop:
                parts.append(_part(bench, workshop, member, aim, build=build))
        except (IndexUnavailable, HomeUnusable):
            raise
        except DriverEnvError as error:
            who = f"{foreign(member.name)} on {'-'.join(filter(None, aim)) or 'this machine'}"
            errors.append(error.with_facts(("bundle for", who)))
    if errors:
        raise _together(errors, len(jobs))
    return parts


def _part(bench: Abroad, workshop: Workshop, member: Member, aim: Aim, *, build: bool) -> Part:
    outcome = abroad.resolve(workshop, reading.read(workshop).requirements)
    pins = making.resolved(workshop, outcome).pins
    made = dict(_made(workshop, pins)) if build else {}
    tools = _tools(workshop, [pin for pin in pins if pin.candidate.key not in made])
    return Part(
        member=member,
        target=aim.name(workshop.interpreter.target),
        workshop=bench.lasting(workshop),
        outcome=outcome,
        pins=pins,
        tools=tools,
        made=made,
    )


def _tools(workshop: Workshop, pins: Sequence[Pin]) -> tuple[Toolset, ...]:
    found = abroad.toolsets(workshop, [pin for pin in pins if not pin.candidate.direct], learn=True)
    for one in found:
        if not isinstance(one.outcome.result, Resolution):
            making.resolved(workshop, one.outcome)  # raises, explained
    return found


def _made(workshop: Workshop, pins: Sequence[Pin]) -> Iterator[tuple[str, Made]]:
    """Wheels of those sdists that this machine can build for the target, by `Candidate.key`."""
    own = abroad.builder(workshop)
    here = own or abroad.stand_in(workshop)
    sdists = [pin.candidate for pin in pins if not pin.candidate.is_wheel and not pin.candidate.direct]
    if here is None:
        return
    for one in sdists:
        sha256 = making.fetched(workshop, [one], deciding=True)[one.key]
        try:
            record = making.brought_one(replace(workshop, interpreter=here), one, sha256).record
        except BuildFailed:
            if own is not None:
                raise
            continue  # for another platform it was but a try
        assert record is not None  # noqa: S101 (of an sdist)
        tags = {str(tag) for tag in parse_wheel_filename(record.wheel)[3]}
        if tags & set(workshop.interpreter.target.tags):
            yield one.key, Made(record.wheel, record.wheel_sha256)


def _notes(part: Part) -> Iterator[str]:
    target = part.workshop.interpreter.target
    compiled = {one.sdist.key: one.compiles for one in part.tools}
    is_known = abroad.builder(part.workshop) is not None
    for pin in part.pins:
        one = pin.candidate
        if one.direct == "url":
            yield f"{one} is named by its address, {foreign(one.file.url)}: it is not in the bundle"
        elif one.key in compiled:
            compiler = ", which needs a compiler there" if compiled[one.key] else ""
            besides = "" if is_known else "; what its build asks for besides its own words is not known here"
            yield f"{one} is an sdist only: it will be built on {target.short}{compiler}{besides}"


def _together(errors: Sequence[DriverEnvError], count: int) -> DriverEnvError:
    first = errors[0]
    if len(errors) == 1:
        return first
    facts = []
    for number, one in enumerate(errors, 1):
        who = one.facts[0][1]
        facts.append((f"problem {number}", f"{who}: {one.code}: {one.summary}"))
    remedies = dict.fromkeys(remedy for one in errors for remedy in one.remedies)
    return type(first)(
        f"{len(errors)} of {count} combinations of driver and target cannot be had, and no bundle was written",
        code=first.code,
        facts=tuple((label, foreign(text, limit=500)) for label, text in facts),
        remedies=("to see all of it as a list: driverenv missing", *list(remedies)[:5]),
        data={"problems": [one.as_dict() for one in errors]},
    )
