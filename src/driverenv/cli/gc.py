"""`driverenv gc`: remove what nobody uses, or say what would be removed, and why."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from driverenv.cli.parser import UsageError
from driverenv.cli.progress import amount
from driverenv.errors import foreign

if TYPE_CHECKING:
    from driverenv.cli.commands import Call
    from driverenv.model.keeping import Keep
    from driverenv.settings import Settings
    from driverenv.stories.collecting import Collection
    from driverenv.stories.leftovers import Collected


def execute(call: Call, settings: Settings) -> int:
    """Do what the options say; gives the exit code."""
    from driverenv.stories.collecting import collect  # noqa: PLC0415 (each command loads its own story)

    options = call.options
    found = collect(
        settings.home, keep=_keep(call, settings), everything=options.all, dry_run=options.dry_run
    )
    call.say(_json(found) if options.json else _text(found, quiet=options.quiet))
    return 0


def _keep(call: Call, settings: Settings) -> Keep:
    """What the settings keep, and what the options say instead."""
    from driverenv.settings.keeping import size  # noqa: PLC0415

    options = call.options
    changes = {"unused_days": options.older_than, "generations": options.keep}
    for name in ("max_bytes", "store_bytes"):
        said = getattr(options, name)
        try:
            changes[name] = None if said is None else size(said)
        except ValueError as error:
            option = f"--{name.replace('_', '-')}"
            raise UsageError(f"argument {option}: {error}; write 20GB, say") from error
    try:
        keep: Keep = settings.policy().keep
        return keep.replace(**{name: value for name, value in changes.items() if value is not None})
    except ValueError as error:
        raise UsageError(str(error)) from error


def _text(found: Collection, *, quiet: bool) -> str:
    verb = "would remove" if found.dry_run else "removed"
    lines = [] if quiet else [_line(verb if not one.stays else "keeping", one) for one in found.items]
    count = len(found.gone)
    things = "nothing" if not count else "1 thing" if count == 1 else f"{count} things"
    return "".join(f"{line}\n" for line in [*lines, f"{verb} {things}, {amount(found.size)}"])


def _line(verb: str, one: Collected) -> str:
    size = f", {amount(one.size)}" if one.size else ""
    return f"{verb} {one.kind} {foreign(one.path, limit=1000)}: {foreign(one.why)}{size}"


def _json(found: Collection) -> str:
    rows = [one._asdict() for one in found.items]
    return json.dumps({"dry_run": found.dry_run, "size": found.size, "items": rows}, indent=2) + "\n"
