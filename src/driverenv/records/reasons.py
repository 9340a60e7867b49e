"""Why a project is in an environment, from its receipt: who asks for it, who served it, who did not, and why. Pure."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any, NamedTuple

MOST_CHAINS = 10
"""So many chains of requirement are told, the shortest first."""
_MOST_STEPS = 2_000
_DEEPEST = 40


class Absence(NamedTuple):
    """An index that did not serve the project, or a file that was not taken."""

    who: str
    why: str


class Reason(NamedTuple):
    """Why a project is in an environment."""

    name: str
    version: str
    origin: str
    """The name of the index that served it."""
    location: str
    public: bool
    rule: str
    """The rule of the policy by which its index serves it."""
    file: str
    sha256: str
    built: bool
    built_by: str
    """The server that built it, and when, where its wheel came from the fleet store; else ""."""
    chains: tuple[tuple[str, ...], ...]
    """Each from a line of the driver (or of the site) to who asks for the project; the shortest first."""
    more_chains: bool
    absent: tuple[Absence, ...]
    """Indexes that proved not to have it."""
    not_asked: tuple[Absence, ...]
    passed_over: tuple[Absence, ...]
    """Files, with why each was not taken."""


def reason(receipt: Mapping[str, Any], project: str) -> Reason | None:
    """Why `project` (normalised) is there; None where it is not. Raises `ValueError` where this is no receipt."""
    try:
        rows = {str(row["name"]): row for row in receipt["distributions"]}
        if project not in rows:
            return None
        answers = {str(row["project"]): row for row in receipt.get("answers", ())}
        return _reason(rows, rows[project], answers.get(project, {}), builders(receipt))
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"this is no receipt: {error}") from error


def builders(receipt: Mapping[str, Any]) -> dict[str, str]:
    """Who built the wheels that came from the fleet store, and when, by the SHA-256 of the wheels."""
    rows = receipt.get("builds", ())
    return {str(row.get("wheel_sha256", "")): str(row["fleet"]) for row in rows if row.get("fleet")}


def _reason(
    rows: Mapping[str, Mapping[str, Any]],
    row: Mapping[str, Any],
    answer: Mapping[str, Any],
    built_by: Mapping[str, str],
) -> Reason:
    found = list(islice(_chains(rows, str(row["name"])), MOST_CHAINS + 1))
    return Reason(
        name=str(row["name"]),
        version=str(row["version"]),
        origin=str(row["index"]["name"]),
        location=str(row["index"]["location"]),
        public=bool(row["index"]["public"]),
        rule=str(row.get("rule", "")),
        file=str(row["file"]),
        sha256=str(row["sha256"]),
        built=bool(row["built"]),
        built_by=built_by.get(str(row.get("wheel_sha256")), ""),
        chains=tuple(found[:MOST_CHAINS]),
        more_chains=len(found) > MOST_CHAINS,
        absent=_absences(answer, "absent", "index", "proof"),
        not_asked=_absences(answer, "not_asked", "index", "reason"),
        passed_over=_absences(answer, "passed_over", "file", "reason"),
    )


def _absences(answer: Mapping[str, Any], key: str, who: str, why: str) -> tuple[Absence, ...]:
    return tuple(Absence(str(one[who]), str(one[why])) for one in answer.get(key, ()))


def _chains(rows: Mapping[str, Mapping[str, Any]], project: str) -> Iterator[tuple[str, ...]]:
    """Ways from what nobody in the environment asks for to `project`; the shortest first, none in a circle."""
    labels = {f"{row['name']} {row['version']}": name for name, row in rows.items()}
    waiting: deque[tuple[str, tuple[str, ...], frozenset[str]]] = deque([(project, (), frozenset({project}))])
    for _ in range(_MOST_STEPS):
        if not waiting:
            return
        name, below, passed = waiting.popleft()
        for text in map(str, rows[name]["requested_by"]):
            parent = labels.get(text.partition(": ")[0])
            if parent is None:
                yield (text, *below)
            elif parent not in passed and len(below) < _DEEPEST:
                waiting.append((parent, (text, *below), passed | {parent}))
