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
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from .checked import ScenarioError, Table, is_table
from .universe import Universe

Mode = Literal["online", "offline"]


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
        mode = cast("Mode", table.choice("mode", ("online", "offline"), "online"))
        python, platform = table.text("python", "3.11"), table.maybe_text("platform")
        policy = table.take("policy", {})
        if not is_table(policy):
            msg = f"{table.place}.policy: expected a table, found {policy!r}"
            raise ScenarioError(msg)
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

    @classmethod
    def parse(cls, table: Table) -> Expected:
        """From `[expect]`."""
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
class Scenario:
    """One row (or more) of the decision table, played."""

    title: str
    rows: tuple[str, ...]
    request: Asking
    universe: Universe
    expect: Expected

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
        request, expect = Asking.parse(table.table("request")), Expected.parse(table.table("expect"))
        universe = Universe.take(table)
        table.done("title", "rows", "request", "local", "public", "expect")
        scenario = cls(title=title, rows=rows, request=request, universe=universe, expect=expect)
        scenario._check_index_names(place)
        return scenario

    @classmethod
    def load(cls, path: Path) -> Scenario:
        """From a file; errors name it."""
        return cls.loads(path.read_text(encoding="utf-8"), path.name)

    def needs_a_fake(self) -> tuple[str, ...]:
        """Why its local indexes cannot be real pypiservers; empty if they can."""
        return tuple(reason for index in self.universe.local for reason in index.needs_a_fake())

    def _check_index_names(self, place: str) -> None:
        known = {one.name for one in (*self.universe.local, self.universe.public)}
        named = {pin.index for pin in (self.expect.pins or {}).values()}
        named |= {one.index for one in (*self.expect.asked, *self.expect.not_asked)}
        if named - known:
            msg = f"{place}.expect: no such index: {', '.join(sorted(named - known))}"
            raise ScenarioError(msg)


def load_scenarios(folder: Path) -> dict[str, Scenario]:
    """All `*.toml` below a folder, by their path without the ending."""
    found = sorted(folder.rglob("*.toml"))
    return {path.relative_to(folder).with_suffix("").as_posix(): Scenario.load(path) for path in found}
