"""Scenarios: a universe, a request, and what must come of it, as one TOML file.

    title = "Found locally, a newer one on public"
    rows = ["A1"]                                   # of the decision table

    [request]
    requirements = ["six"]
    mode = "online"                                 # or "offline"
    python = "3.11"
    policy = { builds = "never" }                   # free: the runner knows the names

    [[local]]
    projects.six = ["1.16.0"]

    [public.projects]
    six = ["1.17.0"]

    [expect]
    pins = { six = "1.16.0 @ local" }               # or: error = "LOCAL_NO_MATCH"
    not_asked = ["public:six"]                      # "public:*": nothing at all

With `error` one of `text` (the whole text) and `golden` (a file name) may be given.

Each scenario stands for its variants, too (see `variants`): the same lines needed by a package, by an
extra and by a build, online and offline. What differs there is said beside it:

    positions = ["root", "transitive"]              # not all four: `why` is needed then
    modes = ["online"]                              # not both: `why` is needed then
    why = "the file's own options are the matter"
    carrier = "public"                              # who has the package that needs the lines

    [expect.offline]                                # also: expect.build, expect.build-offline, ...
    error = "ABSENT_OFFLINE"

What was there before, in the same home, is told by `[[before]]`: each with its own `local`, `public`
and (if they differ) `requirements` and `mode`; each must go well.

    [[before]]
    requirements = ["widget"]
    local = [{ projects.widget = ["1.0"] }]
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal, cast, get_args

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from .checked import ScenarioError, Table
from .universe import TABLES, Universe

Mode = Literal["online", "offline"]
Position = Literal["root", "transitive", "extra", "build"]

MODES: tuple[Mode, ...] = get_args(Mode)
POSITIONS: tuple[Position, ...] = get_args(Position)
OVERRIDES = (
    "offline",
    *POSITIONS[1:],
    *(f"{position}-offline" for position in POSITIONS),
)
"""The sub-tables of `[expect]`."""
PAST_INDEXES = "url"
"""What a pin has in place of an index where a line names the address of its file."""


@dataclass(frozen=True, slots=True)
class Pin:
    """A version and the index it must come from."""

    version: str
    index: str

    @classmethod
    def parse(cls, text: str, place: str) -> Pin:
        """From "1.16.0 @ local"."""
        version, at, index = text.partition(" @ ")
        if not at or not version.strip() or not index.strip():
            msg = f'{place}: expected "VERSION @ INDEX", found {text!r}'
            raise ScenarioError(msg)
        return cls(version.strip(), index.strip())


@dataclass(frozen=True, slots=True)
class Asked:
    """An index and a project ("*": any)."""

    index: str
    project: str

    @classmethod
    def parse(cls, text: str, place: str) -> Asked:
        """From "public:widget"."""
        index, colon, project = text.partition(":")
        if not colon or not index or not project:
            msg = f'{place}: expected "INDEX:PROJECT", found {text!r}'
            raise ScenarioError(msg)
        return cls(index, project if project == "*" else canonicalize_name(project))


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """What is asked of driverenv."""

    requirements: tuple[str, ...]
    mode: Mode = "online"
    python: str = "3.11"
    platform: str | None = None
    raw: bool = False
    """The requirements are lines of a file that may be malformed."""
    policy: Mapping[str, object]

    @classmethod
    def parse(cls, table: Table) -> Asking:
        """From `[request]`."""
        table.need("requirements")
        requirements, raw = table.strings("requirements"), table.flag("raw")
        for one in () if raw else requirements:
            try:
                Requirement(one)
            except InvalidRequirement as wrong:
                msg = f"{table.place}.requirements: {one!r}: {wrong} (raw = true allows it)"
                raise ScenarioError(msg) from wrong
        mode = cast("Mode", table.choice("mode", MODES, "online"))
        python, platform = table.text("python", "3.11"), table.maybe_text("platform")
        policy = table.free_table("policy")
        table.done("requirements", "raw", "mode", "python", "platform", "policy")
        return cls(
            requirements=requirements, mode=mode, python=python, platform=platform, raw=raw, policy=policy
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What must come of it: pins, or an error."""

    pins: Mapping[str, Pin] | None = None
    error: str | None = None
    text: str | None = None
    golden: str | None = None
    warnings: tuple[str, ...] = ()
    """Each must occur in some warning."""
    asked: tuple[Asked, ...] = ()
    not_asked: tuple[Asked, ...] = ()
    built: Mapping[str, Pin] | None = None
    """What must be in the environment of the build, in a variant that has one."""

    @property
    def asks_public(self) -> bool:
        """Whether anything may be asked of an index named "public"."""
        return Asked("public", "*") not in self.not_asked

    @classmethod
    def parse(cls, table: Table) -> Expected:
        """From `[expect]` or one of its sub-tables."""
        place, has_pins = table.place, "pins" in table
        pins: dict[str, Pin] = {
            canonicalize_name(name): Pin.parse(text, f"{place}.pins.{name}")
            for name, text in table.string_table("pins").items()
        }
        error, text, golden = table.maybe_text("error"), table.maybe_text("text"), table.maybe_text("golden")
        warnings = table.strings("warnings")
        asked = tuple(Asked.parse(one, f"{place}.asked") for one in table.strings("asked"))
        not_asked = tuple(Asked.parse(one, f"{place}.not_asked") for one in table.strings("not_asked"))
        table.done("pins", "error", "text", "golden", "warnings", "asked", "not_asked")
        if has_pins == (error is not None):
            msg = f"{place}: exactly one of pins and error"
            raise ScenarioError(msg)
        if (text is not None or golden is not None) and (
            error is None or (text is not None and golden is not None)
        ):
            msg = f"{place}: text or golden (one of them) belong to an error"
            raise ScenarioError(msg)
        return cls(
            pins=pins if has_pins else None,
            error=error,
            text=text,
            golden=golden,
            warnings=warnings,
            asked=asked,
            not_asked=not_asked,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Before:
    """What was asked earlier, of what was there then; it went well."""

    requirements: tuple[str, ...]
    mode: Mode
    universe: Universe

    @classmethod
    def parse(cls, data: object, place: str, asking: Asking) -> Before:
        """From a row of `[[before]]`; requirements and mode are those of `asking` where it says none."""
        table = Table(data, place)
        requirements = table.strings("requirements") or asking.requirements
        mode = cast("Mode", table.choice("mode", MODES, asking.mode))
        universe = Universe.take(table)
        table.done("requirements", "mode", *TABLES)
        return cls(requirements=requirements, mode=mode, universe=universe)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """One row (or more) of the decision table, played."""

    title: str
    rows: tuple[str, ...]
    request: Asking
    universe: Universe
    expect: Expected
    before: tuple[Before, ...] = ()
    overrides: Mapping[str, Expected] = field(default_factory=dict)
    """What is expected elsewhere: by one of `OVERRIDES`."""
    positions: tuple[Position, ...] = POSITIONS
    modes: tuple[Mode, ...] = MODES
    why: str = ""
    """Why it is not played in every position and mode."""
    carrier: str = ""
    """The index that has the package that needs the lines; empty: the first there is."""
    position: Position = "root"
    """Where the lines stand: a scenario as written has them in the driver's file."""

    @classmethod
    def loads(cls, text: str, place: str = "scenario") -> Scenario:
        """From TOML; raises `ScenarioError` that names what is wrong and where."""
        try:
            data = tomllib.loads(text)
        except tomllib.TOMLDecodeError as wrong:
            msg = f"{place}: {wrong}"
            raise ScenarioError(msg) from wrong
        table = Table(data, place)
        for key in ("title", "rows", "request", "expect"):
            table.need(key)
        title, rows = table.text("title"), table.strings("rows")
        request, expected = Asking.parse(table.table("request")), table.table("expect")
        overrides = {one: Expected.parse(expected.table(one)) for one in OVERRIDES if one in expected}
        expect, universe = Expected.parse(expected), Universe.take(table)
        before = tuple(
            Before.parse(one, f"{place}.before[{number}]", request)
            for number, one in enumerate(table.rows("before"))
        )
        positions, modes = _chosen(table, "positions", POSITIONS), _chosen(table, "modes", MODES)
        why, carrier = table.text("why"), table.text("carrier")
        table.done(
            *("title", "rows", "request", "expect", *TABLES),
            *("before", "positions", "modes", "why", "carrier"),
        )
        scenario = cls(
            title=title,
            rows=rows,
            request=request,
            universe=universe,
            expect=expect,
            before=before,
            overrides=overrides,
            positions=cast("tuple[Position, ...]", positions),
            modes=cast("tuple[Mode, ...]", modes),
            why=why,
            carrier=carrier,
        )
        scenario._check_index_names(place)
        scenario._check_positions(place)
        return scenario

    @classmethod
    def load(cls, path: Path) -> Scenario:
        """From a file; errors name it."""
        return cls.loads(path.read_text(encoding="utf-8"), path.name)

    def earlier(self) -> tuple[Scenario, ...]:
        """What came before, as scenarios of which only pins are expected."""
        return tuple(
            replace(
                self,
                request=replace(self.request, requirements=one.requirements, mode=one.mode),
                universe=one.universe,
                before=(),
                position="root",
            )
            for one in self.before
        )

    def needs_a_fake(self) -> tuple[str, ...]:
        """Why its local indexes cannot be real pypiservers; empty if they can."""
        universes = (self.universe, *(one.universe for one in self.before))
        reasons = [reason for one in universes for index in one.local for reason in index.needs_a_fake()]
        reasons += ["it has extra indexes" for one in universes if one.extra]
        return (*reasons, *("a host that is no index has files" for one in universes if one.elsewhere))

    def _check_index_names(self, place: str) -> None:
        others = {one.name for one in self.universe.files_past_indexes}
        known = {one.name for one in self.universe.indexes} | others | {PAST_INDEXES}
        for expect in (self.expect, *self.overrides.values()):
            named = {pin.index for pin in (expect.pins or {}).values()}
            named |= {one.index for one in (*expect.asked, *expect.not_asked)}
            if named - known:
                msg = f"{place}.expect: no such index: {', '.join(sorted(named - known))}"
                raise ScenarioError(msg)
        if self.carrier and self.carrier not in known:
            msg = f"{place}.carrier: no such index: {self.carrier}"
            raise ScenarioError(msg)

    def _check_positions(self, place: str) -> None:
        if self.request.mode not in self.modes or "root" not in self.positions:
            msg = f"{place}: modes and positions have those it is written for"
            raise ScenarioError(msg)
        fewer = self.positions != POSITIONS or self.modes != MODES
        if fewer and not self.why:
            msg = f"{place}: fewer positions or modes, and no why"
            raise ScenarioError(msg)


def _chosen(table: Table, key: str, allowed: tuple[str, ...]) -> tuple[str, ...]:
    chosen = table.strings(key) or allowed
    wrong = [one for one in chosen if one not in allowed]
    if wrong:
        msg = f"{table.place}.{key}: {wrong[0]!r} is none of {', '.join(allowed)}"
        raise ScenarioError(msg)
    return tuple(one for one in allowed if one in chosen)


def load_scenarios(folder: Path) -> dict[str, Scenario]:
    """All `*.toml` below a folder, by their path without the ending."""
    found = sorted(folder.rglob("*.toml"))
    return {path.relative_to(folder).with_suffix("").as_posix(): Scenario.load(path) for path in found}
