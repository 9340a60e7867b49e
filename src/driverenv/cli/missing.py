"""``driverenv missing``: what the local indexes lack, in one table."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from driverenv.cli.printing import wrapped
from driverenv.cli.progress import amount, things
from driverenv.errors import foreign

if TYPE_CHECKING:
    from driverenv.cli.commands import Call
    from driverenv.settings import Settings
    from driverenv.stories.abroad import Aim, Terms
    from driverenv.stories.fleet import Member
    from driverenv.stories.lacking import Lack, Lacking

MISSING = 3
_SHOWN = 5
_KINDS = ("absent", "unfit", "failed")


def execute(call: Call, settings: Settings) -> int:
    """Look, and tell; gives the exit code."""
    from driverenv.stories import lacking  # noqa: PLC0415 (a launch never needs it)

    members, aims, terms = wanted(call, settings)
    with call.steps() as steps:
        found = lacking.lacking(members, aims, terms, on_event=steps)
    if call.options.json:
        call.say(json.dumps(described(found), indent=2, default=str) + "\n")
    else:
        width = call.shell.result_width
        call.say("".join(f"{line}\n" for text in _told(found) for line in wrapped(text, width, " " * 10)))
    return 0 if found.is_complete else MISSING


def wanted(call: Call, settings: Settings) -> tuple[tuple[Member, ...], tuple[Aim, ...], Terms]:
    """The drivers, the targets and the site's terms that the options name."""
    from driverenv.settings import make_default_index  # noqa: PLC0415 (as above)
    from driverenv.stories import abroad, fleet  # noqa: PLC0415

    make_default_index(settings)
    options = call.options
    aims = abroad.aims(options.pythons or (), options.platforms or ())
    found = [one for said in options.drivers for one in fleet.in_folder(call.path(said))]
    members = tuple({one.driver: one for one in found}.values())
    terms = abroad.Terms(settings.policy(), settings.home, settings.values["python"].value)
    return members, aims, terms


def _told(found: Lacking) -> Iterator[str]:
    groups: dict[tuple[str, str, str, str], list[Lack]] = {}
    for one in found.lacks:
        why = "" if one.error is None else f"{one.error.code}: {one.error.summary}"
        groups.setdefault((one.kind, one.project, one.wanted, why), []).append(one)
    order = sorted(groups, key=lambda key: (_KINDS.index(key[0]), *map(str.lower, key)))
    for key in order:
        yield from _row(key, groups[key], found.targets)
    scope = f"{things(len(found.drivers), 'driver')}, {things(len(found.targets), 'target')}"
    if found.is_complete:
        yield f"nothing is missing: {scope}"
        return
    counts = [f"{number} {kind}" for kind in _KINDS if (number := sum(key[0] == kind for key in groups))]
    yield f"{scope}: {', '.join(counts)}"


def _row(key: tuple[str, str, str, str], those: Sequence[Lack], targets: Sequence[str]) -> Iterator[str]:
    kind, project, version, why = key
    what = version if why else f"{project} {version}"
    sizes = {one.size for one in those if one.size is not None}
    size = f"  {amount(max(sizes))}" if sizes else ""
    yield f"{kind:<9} {foreign(what or those[0].driver.name)}{size}"
    if why:
        yield f"{'':<9}   {foreign(why, limit=400)}"
    if any(one.is_sdist for one in those):
        yield f"{'':<9}   an sdist only: it must be built where it is used, or beforehand"
    builds = sorted({one.for_build_of for one in those if one.for_build_of})
    if builds and all(one.for_build_of for one in those):
        yield f"{'':<9}   to build {_some(builds)}"
    mine = list(dict.fromkeys(one.target for one in those))
    where = "" if len(mine) == len(targets) else f" ({_some(mine)})"
    yield f"{'':<9}   for {_some(list(dict.fromkeys(one.driver.name for one in those)))}{where}"


def _some(names: Sequence[str]) -> str:
    shown = ", ".join(foreign(name, limit=60) for name in names[:_SHOWN])
    return shown + (f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else "")


def described(found: Lacking) -> dict[str, Any]:
    """The same as data."""
    return {
        "complete": found.is_complete,
        "targets": list(found.targets),
        "drivers": [{"name": one.name, "driver": one.driver} for one in found.drivers],
        "missing": [
            {
                "kind": one.kind,
                "project": one.project or None,
                "wanted": one.wanted or None,
                "file": one.filename or None,
                "size": one.size,
                "sdist": one.is_sdist,
                "for_build_of": one.for_build_of or None,
                "driver": one.driver.driver,
                "name": one.driver.name,
                "target": one.target,
                "error": None if one.error is None else one.error.as_dict(),
            }
            for one in found.lacks
        ],
        "counts": {kind: sum(one.kind == kind for one in found.lacks) for kind in _KINDS},
    }
