"""What came of a scenario, and whether that is what it expects."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from urllib.parse import unquote

from packaging.utils import canonicalize_name

from driverenv.errors import DriverEnvError
from tests.kit import Asked, Pin, RequestLog, Scenario

ANYTHING = "*"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """Pins or an error; who was asked what; what was warned of (None: not to be seen in this way)."""

    pins: dict[str, Pin] | None = None
    error: DriverEnvError | None = None
    asked: Collection[Asked] = field(default_factory=frozenset)
    watched: Collection[str] | None = None
    """The indexes whose requests were seen; None: all."""
    warnings: tuple[str, ...] | None = None
    built: dict[str, Pin] | None = None
    """What was in the environment of the carrier's build."""

    def seen(self, asked: Collection[Asked], watched: Collection[str] | None = None) -> Outcome:
        """The same, and who was asked what."""
        return replace(self, asked=asked, watched=watched)


def check(scenario: Scenario, outcome: Outcome) -> None:
    """Everything but the error's text."""
    expect = scenario.expect
    if outcome.error is not None:
        assert outcome.error.code == expect.error, f"\n{outcome.error}"
    else:
        assert expect.error is None, f"expected {expect.error}, got pins: {outcome.pins}"
        assert outcome.pins == dict(expect.pins or {}), f"expected {expect.pins}, got {outcome.pins}"
    if expect.built is not None:
        assert outcome.built == dict(expect.built), f"expected {expect.built}, got {outcome.built}"
    check_asked(scenario, outcome)
    if outcome.warnings is not None:
        for wanted in expect.warnings:
            assert any(wanted in one for one in outcome.warnings), f"{wanted!r} in none of {outcome.warnings}"


def check_asked(scenario: Scenario, outcome: Outcome) -> None:
    """Nobody was asked who should not be, everybody was who should be."""
    expect = scenario.expect
    seen = [one for one in outcome.asked if outcome.watched is None or one.index in outcome.watched]
    leaked = [one for one in expect.not_asked if any(_covers(one, other) for other in seen)]
    assert not leaked, f"asked, and should not have been: {leaked} (all: {sorted(map(str, seen))})"
    missed = [
        one
        for one in expect.asked
        if (outcome.watched is None or one.index in outcome.watched)
        and not any(_covers(one, other) for other in seen)
    ]
    assert not missed, f"not asked, and should have been: {missed} (all: {sorted(map(str, seen))})"
    universe = scenario.universe
    known = {one.name for one in (*universe.indexes, *universe.files_past_indexes)}
    assert {one.index for one in seen} <= known, "somebody was asked who is no index of the scenario"
    _check_owned(scenario, seen)


def _check_owned(scenario: Scenario, seen: Iterable[Asked]) -> None:
    """What another index has is never asked of public, unless the scenario says so by its name."""
    public = scenario.universe.public.name
    named = {one.project for one in scenario.expect.asked if one.index == public}
    told = {one.project for one in seen if one.index == public} & scenario.universe.owned - named
    assert not told, f"owned, and asked of public: {sorted(told)}"


def _covers(rule: Asked, asked: Asked) -> bool:
    return rule.index == asked.index and rule.project in (ANYTHING, asked.project)


def asked_of(log: RequestLog | Iterable[str], index: str) -> set[Asked]:
    """The questions behind the requests to one index: pages and files by project, the root by "/"."""
    paths = [row.path for row in log.of(index)] if isinstance(log, RequestLog) else list(log)
    return {Asked(index, project) for path in paths for project in _projects(path)}


def _projects(path: str) -> tuple[str, ...]:
    parts = [unquote(part) for part in path.split("/") if part]
    if "packages" in parts[:-1]:
        # whose file it is may be open ("a-1-b-2.zip"): whoever it could belong to counts as asked for
        pieces = parts[-1].split("-")
        return tuple(canonicalize_name("-".join(pieces[:end])) for end in range(1, len(pieces)))
    if parts and parts != ["simple"]:
        return (canonicalize_name(parts[1] if parts[0] == "simple" else parts[0]),)
    return ("/",)
