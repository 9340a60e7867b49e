"""``driverenv bundle``: made, verified, put into a local index, compared."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from driverenv.cli import locks, missing, places
from driverenv.cli.progress import amount, things
from driverenv.cli.snapshots import difference_data, told_difference
from driverenv.cli.stock import added_data, say, told_added
from driverenv.errors import foreign

if TYPE_CHECKING:
    from driverenv.cli.commands import Call
    from driverenv.repository.bundle import Bundle
    from driverenv.settings import Settings
    from driverenv.stories.bundling import Created
    from driverenv.stories.handover import Compared

DIFFERENT = 3


def execute(call: Call, settings: Callable[[Call], Settings]) -> int:
    """Do what the options say; gives the exit code."""
    name = call.options.bundle_command
    if name in ("verify", "diff"):  # whatever the settings say
        return verify(call) if name == "verify" else diff(call)
    return create(call, settings(call)) if name == "create" else apply(call, settings(call))


def create(call: Call, settings: Settings) -> int:
    """Make one; gives the exit code."""
    from driverenv.stories import bundling, handover  # noqa: PLC0415 (each command loads its own story)

    options = call.options
    output = locks.in_a_folder(call, "output", "-o/--output")
    members, aims, terms = missing.wanted(call, settings)
    since = handover.since(_path(call, options.since), _path(call, options.since_snapshot))
    with call.steps() as steps:
        made = bundling.create(members, aims, terms, output, build=options.build, since=since, on_event=steps)
    if options.json:
        told = {"path": made.path, "size": made.size, **described(made.bundle), "notes": list(made.notes)}
        call.say(json.dumps(told, indent=2) + "\n")
    else:
        say(call, list(_created(made)))
    return 0


def _path(call: Call, said: str | None) -> str | None:
    return None if said is None else call.path(said)


def _created(made: Created) -> Iterator[str]:
    yield from _lists(made.bundle)
    yield f"wrote {foreign(made.path)}  {amount(made.size)}"


def verify(call: Call) -> int:
    """Look at one; gives the exit code."""
    from driverenv.stories import handover  # noqa: PLC0415 (as above)

    with call.steps() as steps:
        found = handover.verify(call.path(call.options.bundle), on_event=steps)
    if call.options.json:
        call.say(json.dumps({"path": found.path, **described(found.bundle)}, indent=2) + "\n")
    else:
        say(call, [*_lists(found.bundle), f"{foreign(found.path)} is whole"])
    return 0


def _lists(bundle: Bundle) -> Iterator[str]:
    """A line for each driver and target, then all in one."""
    column = min(max((len(one.driver) for one in bundle.shares), default=0), 40)
    for one in bundle.shares:
        tools = {use.filename for build in one.builds for use in build.uses}
        besides = (
            f", {things(len(tools), 'file')} to build {things(len(one.builds), 'sdist')}" if tools else ""
        )
        yield f"{foreign(one.driver):<{column}}  {one.target}  {things(len(one.uses), 'file')}{besides}"
    left = f", {len(bundle.elsewhere)} more that the site has" if bundle.elsewhere else ""
    size = amount(sum(one.size for one in bundle.inside))
    yield f"{things(len(bundle.inside), 'file')}  {size}{left}"


def apply(call: Call, settings: Settings) -> int:
    """Put what is missing into an index; gives the exit code."""
    from driverenv.settings import make_default_index  # noqa: PLC0415 (as above)
    from driverenv.stories import handover  # noqa: PLC0415

    make_default_index(settings)
    options = call.options
    folder = places.folder(call, options.folder, settings, option="INDEX")
    with call.steps() as steps:
        added = handover.apply(
            call.path(options.bundle),
            folder,
            replace=options.replace,
            dry_run=options.dry_run,
            on_event=steps,
        )
    if options.json:
        call.say(json.dumps(added_data(added), indent=2, default=str) + "\n")
    else:
        say(call, list(told_added(added)))
    return 0


def diff(call: Call) -> int:
    """Compare two; gives the exit code."""
    from driverenv.stories import handover  # noqa: PLC0415 (as above)

    options = call.options
    found = handover.compare(call.path(options.a), call.path(options.b))
    if options.json:
        told = {
            **difference_data(found.files),
            "same": found.is_empty,
            "drivers_added": [{"driver": driver, "target": target} for driver, target in found.added],
            "drivers_removed": [{"driver": driver, "target": target} for driver, target in found.removed],
        }
        call.say(json.dumps(told, indent=2) + "\n")
    else:
        say(call, list(_compared(found)))
    return 0 if found.is_empty else DIFFERENT


def _compared(found: Compared) -> Iterator[str]:
    yield from (f"+ for {foreign(driver)} on {target}" for driver, target in found.added)
    yield from (f"- for {foreign(driver)} on {target}" for driver, target in found.removed)
    yield from told_difference(found.files)
    if found.is_empty:
        yield "nothing differs"


def described(bundle: Bundle) -> dict[str, Any]:
    """A bundle as data."""
    return {
        "since": list(bundle.since),
        "files": [one._asdict() for one in bundle.items],
        "drivers": [
            {
                "driver": one.driver,
                "target": one.target,
                "requires": list(one.requires),
                "files": [use.filename for use in one.uses],
                "builds": [
                    {"sdist": build.sdist, "files": [use.filename for use in build.uses]}
                    for build in one.builds
                ],
                "lock": one.lock or None,
                "waived": list(one.waived),
            }
            for one in bundle.shares
        ],
        "targets": [{"name": one.name, "python": one.python} for one in bundle.targets],
    }
