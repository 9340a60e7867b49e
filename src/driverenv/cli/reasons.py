"""`driverenv env why`: why a project is in an environment, as its receipt has it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from driverenv.cli.parser import UsageError
from driverenv.cli.printing import account_text
from driverenv.errors import foreign

if TYPE_CHECKING:
    from driverenv.cli.commands import Call
    from driverenv.stories.reasoning import Why

_LIMIT = 1_000


def execute(call: Call, home: str) -> int:
    """Do what the options say; gives the exit code."""
    from driverenv.stories.reasoning import why  # noqa: PLC0415 (each command loads its own story)

    options = call.options
    if options.generation is not None and options.driver is None:
        raise UsageError("argument --generation: name the DRIVER whose generation it is")
    if not options.project.strip():
        raise UsageError("argument PROJECT: it is empty")
    found = why(home, options.project, options.driver, options.generation, cwd=str(call.shell.cwd))
    if options.json:
        call.say(json.dumps({"environments": [_data(one) for one in found]}, indent=2) + "\n")
    else:
        lines = [line for one in found for line in _lines(one)]
        call.say(account_text(lines, width=call.shell.result_width))
    return 0


def _lines(one: Why) -> Iterator[str]:
    what = one.reason
    yield f"{foreign(what.name)} {foreign(what.version)} in {foreign(one.driver)}, generation {one.generation}"
    rows: list[tuple[str, str]] = []
    for chain in what.chains:
        rows += [("required by", " -> ".join(foreign(step, limit=_LIMIT) for step in chain))]
    if what.more_chains:
        rows.append(("", "and by more ways"))
    kind = "public index" if what.public else "local index"
    elsewhere = f", built by {foreign(what.built_by)}: its wheel came from the fleet store"
    built = elsewhere if what.built_by else ", built here" if what.built else ""
    where = f" ({foreign(what.location)})" if what.location not in ("", what.origin) else ""
    rows.append(("from", f"{kind} {foreign(what.origin)}{where}"))
    rows += [("by the rule", foreign(what.rule, limit=_LIMIT))] if what.rule else []
    rows += [("file", f"{foreign(what.file)}{built}"), ("sha256", foreign(what.sha256))]
    rows += [("absent from", f"{foreign(other.who)}: {_shown(other.why)}") for other in what.absent]
    rows += [("not asked", f"{foreign(other.who)}: {_shown(other.why)}") for other in what.not_asked]
    rows += [("passed over", f"{foreign(other.who)}: {_shown(other.why)}") for other in what.passed_over]
    yield from _labelled(rows)


def _labelled(rows: Sequence[tuple[str, str]]) -> Iterator[str]:
    """A label once for all rows in a row that have it."""
    before = ""
    for label, text in rows:
        yield f"  {'' if label == before else label:<14}{text}"
        before = label


def _shown(text: str) -> str:
    return foreign(text, limit=_LIMIT)


def _data(one: Why) -> dict[str, Any]:
    what = one.reason._asdict()
    for key, who in (("absent", "index"), ("not_asked", "index"), ("passed_over", "file")):
        what[key] = [{who: other.who, "reason": other.why} for other in what[key]]
    what["chains"] = [list(chain) for chain in what["chains"]]
    index = {"name": what.pop("origin"), "location": what.pop("location"), "public": what.pop("public")}
    return {
        "driver": one.driver,
        "generation": one.generation,
        "prefix": one.prefix,
        "project": what.pop("name"),
        "version": what.pop("version"),
        "index": index,
        **what,
    }
