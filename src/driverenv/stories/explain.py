"""The story of an explanation: what would be chosen, from where, and why others were not; or why a launch failed."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from os import PathLike
from typing import Any

from packaging.utils import NormalizedName, canonicalize_name

from driverenv import resolve
from driverenv._http import Transport
from driverenv.errors import DriverEnvError, ProjectNotFound, foreign
from driverenv.events import Asked, Listener, ignore
from driverenv.model.launch import Request
from driverenv.model.resolution import Resolution
from driverenv.resolve import Account
from driverenv.stories import failure, looking, making, reading
from driverenv.stories.failure import Failure
from driverenv.stories.replay import sifted, solved_again
from driverenv.stories.resolving import terms
from driverenv.stories.site import open_site
from driverenv.stories.workshop import open_workshop

_SHOWN = 20
"""How many names an error lists."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """Lines for people, data for programs."""

    lines: tuple[str, ...]
    data: dict[str, Any]


def explain(
    request: Request,
    project: str | None = None,
    *,
    on_event: Listener | None = None,
    transport: Transport | None = None,
    save_facts: str | PathLike[str] | None = None,
) -> Explanation:
    """Account for every project of the resolution of `request`, or for `project` alone.

    Raises what `prepare` raises, `ProjectNotFound` (`NOT_NEEDED`) for a `project` that nothing asks for,
    and `FactsInvalid` where `save_facts` cannot be written (see `lock`). A conflict is an error whose
    text is the explanation. `transport` stands in for the network in tests.
    """
    hear = on_event or ignore
    with (
        failure.told(hear),
        failure.kept(open_site(request), save_facts=save_facts, receipt=False) as journal,
        open_workshop(journal.site, hear, transport=transport, journal=journal) as workshop,
    ):
        wanted = reading.read(workshop).requirements
        outcome = looking.looking_twice(workshop, lambda bench: making.resolve_for(bench, wanted))
        resolution = making.resolved(workshop, outcome)
        target, policy = workshop.interpreter.target, workshop.policy
        names = [pin.candidate.project for pin in resolution.pins]
        if project is not None:
            names = [_one_of(project, outcome.facts.listings)]
        told = [
            resolve.account(name, outcome.facts, resolution, target, outcome.rules, policy=policy)
            for name in names
        ]
        return Explanation(
            lines=tuple(line for one in told for line in str(one).split("\n")),
            data={"python": target.python_full_version, "projects": [_data(one) for one in told]},
        )


def explain_failure(path: str | PathLike[str], project: str | None = None) -> Explanation:
    """Account for a launch that failed, from its receipt alone: its error, then each project, or `project`.

    Nobody is asked. Raises `FactsInvalid`, and `ProjectNotFound` (`NOT_NEEDED`) as above.
    """
    failed = failure.read(path)
    told = _accounts(failed)
    if project is not None:
        told = {name: told[name] for name in (_one_of(project, told),)}
    record, error = failed.record, failed.error
    python = record.target.python_full_version if record.target else None
    head = [
        f"the launch of {foreign(record.name)} failed at {foreign(failed.when)}",
        f"  {'driver':<14}{foreign(record.driver)}",
        *([f"  {'target':<14}{record.target.short}"] if record.target else ()),
    ]
    accounts = tuple(line for one in told.values() for line in ("", *str(one).split("\n")))
    return Explanation(
        lines=(*head, "", *str(error).split("\n"), *accounts),
        data={
            "when": failed.when,
            "driver": record.driver,
            "name": record.name,
            "python": python,
            "error": error.as_dict(),
            "asked": [_answer(one) for one in failed.asked],
            "projects": [_data(one) for one in told.values()],
        },
    )


def _accounts(failed: Failure) -> dict[NormalizedName, Account]:
    """Every project that anybody was asked about, or was to be, in order of names."""
    record = failed.record
    if record.requirements is None or record.target is None:
        return {}
    target, policy = record.target, record.policy
    by = terms(record.requirements, target, policy)
    known, resolution = sifted(record, by.sieve), _resolution(failed)
    told = {}
    for name in sorted({*known.listings, *_named(failed)}):
        if resolution is not None:
            one = resolve.account(name, known, resolution, target, by.rules, policy=policy)
        else:
            one = resolve.outlook(name, known, by.demands, target, by.rules, policy=policy)
        told[name] = one if name in known.listings else _unanswered(one, failed)
    return told


def _resolution(failed: Failure) -> Resolution | None:
    """The resolution, where there was one: what failed came after it."""
    try:
        outcome = solved_again(failed.record)
    except DriverEnvError:  # it is the one that the launch failed with
        return None
    return outcome.result if outcome is not None and isinstance(outcome.result, Resolution) else None


def _named(failed: Failure) -> set[NormalizedName]:
    """The projects whose answers are not among the facts, since their round of questions failed."""
    data = failed.error.data
    others = data.get("others")
    named = [data.get("project"), *(others if isinstance(others, list) else ())]
    return {canonicalize_name(str(name)) for name in (*named, *(one.project for one in failed.asked)) if name}


def _unanswered(account: Account, failed: Failure) -> Account:
    """The account of a project whose round of questions failed: what was answered until then."""
    lines = [line for line in account.lines if line[0] != "not asked"]
    answers = [one for one in failed.asked if one.project == account.project]
    lines += [("asked", f"{foreign(one.index)}: {foreign(one.answer)}") for one in answers]
    error = failed.error
    if error.data.get("project") == account.project:
        lines.append(("no answer", f"{error.code}: {error.summary}"))
    else:
        found = any(one.answer == "found" for one in answers)
        missing = "its files were looked at" if found else "every index had answered"
        lines.append(("not known", f"the launch failed before {missing}"))
    return Account(account.project, tuple(lines), account.data)


def _one_of(project: str, known: Iterable[NormalizedName]) -> NormalizedName:
    """The project of this name, in any spelling. Raises `ProjectNotFound` (`NOT_NEEDED`)."""
    name, names = canonicalize_name(project), sorted(known)
    if name in names:
        return name
    near = difflib.get_close_matches(name, names, n=3, cutoff=0.6)
    more = f", and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    raise ProjectNotFound(
        f"{foreign(name)}: nothing here asks for it, so no index was asked about it",
        code="NOT_NEEDED",
        facts=(
            ("there are", ", ".join(names[:_SHOWN]) + more if names else "no projects at all"),
            *((("similar", f"{', '.join(near)}: a slip of the pen?"),) if near else ()),
        ),
        remedies=(f"ask about {near[0]}, if that is what was meant" if near else "ask about one of these",),
        data={"project": name, "projects": names, "similar": near},
    )


def _answer(asked: Asked) -> Mapping[str, Any]:
    return {"project": asked.project, "index": asked.index, "answer": asked.answer, "public": asked.public}


def _data(account: Account) -> dict[str, Any]:
    """The account as data, with its labelled lines: who was asked first, and who was not asked and why."""
    return {**account.data, "account": [list(line) for line in account.lines]}
