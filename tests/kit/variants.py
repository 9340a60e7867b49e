"""What one scenario stands for: the same lines elsewhere, and in the other mode.

- `transitive`: the driver asks for `carrier`, a wheel that needs the lines;
- `extra`: it asks for `carrier[more]`, whose extra needs them;
- `build`: it asks for `carrier`, an sdist whose build needs them;
- each of these, and the lines in the driver's own file (`root`), online and offline.

The carrier is in the first local index (in public where there is none) and spared by its faults.
Offline must come to the same wherever nothing is asked of public; elsewhere `[expect.offline]` says
what it comes to. Lines of a file that has options (`raw`) stay in that file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from .scenario import Asked, Expected, Mode, Pin, Position, Scenario
from .universe import File, IndexData, Universe

CARRIER = "carrier"
VERSION = "1.0"
EXTRA = "more"


def variants(scenario: Scenario) -> dict[str, Scenario]:
    """All but the scenario as it is written, by position and mode: "transitive-offline"."""
    places = [(position, mode) for position in _positions(scenario) for mode in _modes(scenario)]
    return {
        f"{position}-{mode}": _variant(scenario, position, mode)
        for position, mode in places
        if (position, mode) != ("root", scenario.request.mode)
        if mode == scenario.request.mode or _says_offline(scenario, position)
    }


def silent_offline(scenario: Scenario) -> bool:
    """Whether public is asked, and nothing says what comes of it offline."""
    return "offline" in _modes(scenario) and not _says_offline(scenario, "root")


def _positions(scenario: Scenario) -> tuple[Position, ...]:
    return ("root",) if scenario.request.raw else scenario.positions


def _modes(scenario: Scenario) -> tuple[Mode, ...]:
    return ("offline",) if scenario.request.mode == "offline" else scenario.modes


def _says_offline(scenario: Scenario, position: Position) -> bool:
    said = {"offline", f"{position}-offline"} & set(scenario.overrides)
    return bool(said) or scenario.request.mode == "offline" or not scenario.expect.asks_public


def _variant(scenario: Scenario, position: Position, mode: Mode) -> Scenario:
    request = replace(scenario.request, mode=mode)
    expect = _expected(scenario, position, mode)
    if mode == "offline":
        nothing = Asked(scenario.universe.public.name, "*")
        expect = replace(expect, not_asked=(*expect.not_asked, nothing))
    universe = scenario.universe
    if position != "root":
        request = replace(request, requirements=(f"{CARRIER}[{EXTRA}]" if position == "extra" else CARRIER,))
        universe, index = _with_carrier(scenario, position)
        expect = _with_pin(expect, Pin(VERSION, index), built=position == "build")
    return replace(scenario, request=request, expect=expect, universe=universe, position=position)


def _expected(scenario: Scenario, position: Position, mode: Mode) -> Expected:
    keys = (f"{position}-{mode}", *(("offline",) if mode != scenario.request.mode else ()), position)
    found = [scenario.overrides[key] for key in keys if key in scenario.overrides]
    return found[0] if found else scenario.expect


def _with_carrier(scenario: Scenario, position: Position) -> tuple[Universe, str]:
    universe = scenario.universe
    index = universe.index(scenario.carrier) if scenario.carrier else universe.indexes[0]
    changed = index.with_file(CARRIER, _carrier(position, scenario.request.requirements))

    def instead(one: IndexData) -> IndexData:
        return changed if one is index else one

    return replace(
        universe,
        local=tuple(map(instead, universe.local)),
        extra=tuple(map(instead, universe.extra)),
        public=instead(universe.public),
    ), index.name


def _carrier(position: Position, lines: tuple[str, ...]) -> File:
    if position == "build":
        return File(version=VERSION, sdist=True, metadata_version="1.2", build_requires=lines)
    if position == "extra":
        return File(version=VERSION, extras={EXTRA: lines})
    return File(version=VERSION, requires=lines)


def _with_pin(expect: Expected, pin: Pin, *, built: bool) -> Expected:
    asked = tuple(one for one in expect.asked if one != Asked(pin.index, "*"))
    if expect.pins is None:
        return replace(expect, asked=asked)
    carried: Mapping[str, Pin] = MappingProxyType({CARRIER: pin})
    if built:
        return replace(expect, pins=carried, built=expect.pins, asked=asked)
    return replace(expect, pins={**expect.pins, **carried}, asked=asked)
