"""`driverenv env`: the drivers that were launched, their generations, and what is in each."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from driverenv.cli import formats
from driverenv.cli.parser import UsageError
from driverenv.errors import foreign

if TYPE_CHECKING:
    from driverenv.cli.commands import Call
    from driverenv.cli.progress import Progress
    from driverenv.generations.difference import Distribution
    from driverenv.model.launch import Environment
    from driverenv.stories.comparing import Comparison
    from driverenv.stories.inventory import Known, State

    Prepare = Callable[[str, str], tuple[Environment, Progress]]


def execute(call: Call, home: str, prepare: Prepare) -> int:
    """Do what the options say, below `home`; gives the exit code. `prepare` launches a driver by path and name."""
    if call.options.env_command == "rebuild":
        return _rebuild(call, home, prepare)
    return _COMMANDS[call.options.env_command](call, home)


def _rebuild(call: Call, home: str, prepare: Prepare) -> int:
    from driverenv.stories import returning  # noqa: PLC0415 (each command loads its own story)

    known = returning.anew(home, call.options.driver, cwd=str(call.shell.cwd))
    environment, progress = prepare(known.lineage.driver, known.lineage.name)
    if call.options.json:
        warnings = formats.warned(progress.tally.warnings)
        call.say(formats.prepared_json(environment, reused=False, warnings=warnings) + "\n")
    else:
        call.say(f"{environment.prefix}\n")
    return 0


def _list(call: Call, home: str) -> int:
    from driverenv.stories import inventory  # noqa: PLC0415 (each command loads its own story)

    known = inventory.drivers(home)
    if call.options.json:
        return _say_json(call, {"drivers": [_driver_data(one) for one in known]})
    if not known:
        call.say("no driver was launched yet with this home folder\n")
        return 0
    head = ("driver", "generation", "python", "made", "last used", "in use", "path")
    call.say(table(head, [_listed(one) for one in known]))
    return 0


def _listed(one: Known) -> Sequence[str]:
    current = one.current
    held = [state for state in one.states if state.is_held]
    in_use = ", ".join(str(state.generation.number) for state in held) or "-"
    if current is None:
        return (one.shown, "-", "-", "-", "-", in_use, one.lineage.driver)
    number = str(current.generation.number)
    number += (" (gone back to)" if current.is_pinned else "") + ("" if current.is_there else " (removed)")
    generation = current.generation
    return (
        one.shown,
        number,
        generation.python,
        _minute(generation.made),
        _minute(current.used),
        in_use,
        one.lineage.driver,
    )


def _show(call: Call, home: str) -> int:
    from driverenv.stories import inventory  # noqa: PLC0415

    known = inventory.find(home, call.options.driver, cwd=str(call.shell.cwd))
    state = _chosen(known, call.options.generation)
    found = {} if state is None else inventory.within(state)
    edited = () if state is None else inventory.edited(state)
    if call.options.json:
        rows = [_distribution(one) for one in found.values()]
        return _say_json(call, {**_driver_data(known), "distributions": rows, "edited": list(edited)})
    lines = [f"{foreign(known.shown)}  {foreign(known.lineage.driver)}"]
    for one in reversed(known.states):
        lines += _generation_lines(one)
    if state is not None and found:
        lines.append(f"in generation {state.generation.number}:")
        lines += [
            f"  {'  ' * row.depth}{one.name} {one.version} from {foreign(one.origin)}  ({foreign(why)})"
            for row in inventory.tree(found)
            for one in [row.distribution]
            for why in [one.requested_by[0] if one.requested_by else "nobody asks for it"]
        ]
    if edited:
        lines.append("edited there, and kept in the next ones:")
        lines += [f"  {foreign(path)}" for path in edited]
    call.say("".join(f"{line}\n" for line in lines))
    return 0


def _rollback(call: Call, home: str) -> int:
    from driverenv.stories import returning  # noqa: PLC0415

    options, cwd = call.options, str(call.shell.cwd)
    if options.release:
        if options.number is not None:
            raise UsageError("argument --release: it lets the driver go on, so there is no N to go back to")
        known = returning.go_on(home, options.driver, cwd=cwd)
        text = f"{foreign(known.shown)} goes on: its next launch asks the indexes\n"
    else:
        known = returning.rollback(home, options.driver, options.number, cwd=cwd)
        text = f"{foreign(known.shown)} uses generation {known.lineage.current} from its next launch on\n"
    if options.json:
        return _say_json(call, _driver_data(known))
    call.say(text)
    return 0


def _diff(call: Call, home: str) -> int:
    from driverenv.stories import comparing, inventory  # noqa: PLC0415

    options = call.options
    known = inventory.find(home, options.driver, cwd=str(call.shell.cwd))
    found = comparing.compare(known, options.old, options.new)
    if options.json:
        return _say_json(call, _comparison_data(found))
    call.say("".join(f"{line}\n" for line in _comparison_lines(found, files=options.files)))
    return 0


def _comparison_lines(found: Comparison, *, files: bool) -> Iterable[str]:
    for word, state in (("from", found.old), ("to", found.new)):
        generation = state.generation
        yield f"{word:<9} generation {generation.number} of {_minute(generation.made)}, Python {generation.python}"
    for cause in found.causes:
        yield f"why       {foreign(cause.text)}"
    for change in found.distributions:
        yield f"{change.word:<9} {foreign(str(change))} ({foreign(change.because)})"
    words = [one.word for one in found.files]
    counts = ", ".join(f"{words.count(word)} {word}" for word in ("added", "removed", "changed"))
    yield f"files     {counts}"
    if files:
        yield from (f"  {one.word:<7} {foreign(one.path, limit=1000)}" for one in found.files)


def _comparison_data(found: Comparison) -> dict[str, Any]:
    return {
        "old": _state_data(found.old),
        "new": _state_data(found.new),
        "causes": [cause._asdict() for cause in found.causes],
        "distributions": [
            {
                "name": one.name,
                "change": one.word,
                "before": None if one.before is None else _distribution(one.before),
                "after": None if one.after is None else _distribution(one.after),
                "because": one.because,
            }
            for one in found.distributions
        ],
        "files": [{"path": one.path, "change": one.word} for one in found.files],
    }


def _distribution(one: Distribution) -> dict[str, Any]:
    return {**one._asdict(), "requested_by": list(one.requested_by)}


def _chosen(known: Known, number: int | None) -> State | None:
    """The generation of this number, by default the current one. Raises `EnvironmentBroken`."""
    from driverenv.stories import inventory  # noqa: PLC0415

    return known.current if number is None else inventory.numbered(known, number)


def _generation_lines(one: State) -> Iterable[str]:
    generation = one.generation
    marks = [
        *(["current"] if one.is_current else []),
        *(["gone back to"] if one.is_pinned else []),
        *(["in use"] if one.is_held else []),
        *([] if one.is_there else ["removed"]),
    ]
    told = f"  ({', '.join(marks)})" if marks else ""
    why = "; ".join(foreign(cause.text) for cause in generation.causes)
    yield f"generation {generation.number}{told}"
    yield f"  made       {_minute(generation.made)}, Python {generation.python}: {why}"
    for line in generation.changes:
        yield f"  changed    {foreign(line)}"
    if one.is_there:
        yield f"  last used  {_minute(one.used)}"
        yield f"  prefix     {foreign(one.prefix)}"


def _driver_data(known: Known) -> dict[str, Any]:
    return {
        "driver": known.shown,
        "name": known.lineage.name,
        "path": known.lineage.driver,
        "folder": known.folder,
        "current": known.lineage.current or None,
        "generations": [_state_data(one) for one in known.states],
    }


def _state_data(one: State) -> dict[str, Any]:
    generation = one.generation
    return {
        "number": generation.number,
        "key": generation.key,
        "prefix": one.prefix,
        "python": generation.python,
        "made": generation.made,
        "causes": [cause._asdict() for cause in generation.causes],
        "changes": list(generation.changes),
        "is_current": one.is_current,
        "is_pinned": one.is_pinned,
        "is_there": one.is_there,
        "is_in_use": one.is_held,
        "last_used": one.used or None,
    }


def _minute(moment: str) -> str:
    """ISO 8601 as people read it."""
    return f"{moment[:10]} {moment[11:16]} UTC" if moment else "-"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Columns as wide as what is in them."""
    cells = [head, *([foreign(cell) for cell in row] for row in rows)]
    widths = [max(len(row[at]) for row in cells) for at in range(len(head))]
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in cells)
    return "".join(f"{line.rstrip()}\n" for line in lines)


def _say_json(call: Call, data: Mapping[str, Any]) -> int:
    call.say(json.dumps(data, indent=2) + "\n")
    return 0


def _why(call: Call, home: str) -> int:
    from driverenv.cli import reasons  # noqa: PLC0415 (each command loads its own)

    return reasons.execute(call, home)


def _sbom(call: Call, home: str) -> int:
    from driverenv.cli import sbom  # noqa: PLC0415

    return sbom.execute(call, home)


def _schema(call: Call, _home: str) -> int:
    from driverenv.records.schema import schema  # noqa: PLC0415

    return _say_json(call, schema())


_COMMANDS: dict[str, Callable[[Call, str], int]] = {
    "list": _list,
    "show": _show,
    "diff": _diff,
    "rollback": _rollback,
    "why": _why,
    "sbom": _sbom,
    "schema": _schema,
}
