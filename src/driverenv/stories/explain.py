"""The story of an explanation: what would be chosen, from where, and why others were not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from packaging.utils import canonicalize_name

from driverenv import resolve
from driverenv._http import Transport
from driverenv.events import Listener, ignore
from driverenv.model.launch import Request
from driverenv.stories import making
from driverenv.stories.lock import read_requirements
from driverenv.stories.site import open_site
from driverenv.stories.workshop import open_workshop


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
) -> Explanation:
    """Account for every project of the resolution of `request`, or for `project` alone.

    Raises what `prepare` raises; a conflict is an error whose text is the explanation.
    `transport` stands in for the network in tests.
    """
    with open_workshop(open_site(request), on_event or ignore, transport=transport) as workshop:
        outcome = making.resolve_for(workshop, read_requirements(workshop))
        resolution = making.resolved(workshop, outcome)
        target, policy = workshop.interpreter.target, workshop.policy
        names = (
            [pin.candidate.project for pin in resolution.pins]
            if project is None
            else [canonicalize_name(project)]
        )
        told = [
            resolve.account(name, outcome.facts, resolution, target, outcome.rules, policy=policy)
            for name in names
        ]
        return Explanation(
            lines=tuple(line for one in told for line in str(one).split("\n")),
            data={"python": target.python_full_version, "projects": [_data(one) for one in told]},
        )


def _data(account: resolve.Account) -> dict[str, Any]:
    """The account as data, with its labelled lines: who was asked first, and who was not asked and why."""
    return {**account.data, "account": [list(line) for line in account.lines]}
