"""``driverenv index push``: files go to a server."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from driverenv.cli.impact import Check
from driverenv.cli.progress import amount, things
from driverenv.cli.stock import say
from driverenv.errors import foreign
from driverenv.model.site import Index

if TYPE_CHECKING:
    from driverenv.cli.commands import Call
    from driverenv.settings import Settings
    from driverenv.settings.pypirc import Destination
    from driverenv.stories.pushing import Result


def push(call: Call, settings: Settings) -> int:
    """Upload; gives the exit code."""
    from driverenv.settings import pypirc  # noqa: PLC0415 (each command loads its own story)
    from driverenv.stories import pushing  # noqa: PLC0415

    options, policy = call.options, settings.policy()
    to = pypirc.destination(
        url=options.url,
        repository=options.repository,
        config_file=options.pypirc,
        local=policy.local,
        environ=call.shell.environ,
        cwd=str(call.shell.cwd),
    )
    with call.steps() as steps:
        check = Check(call, settings, _index(to, policy.local), steps)
        result = pushing.push(
            [call.path(one) for one in options.files],
            to,
            site=policy,
            skip_bad=options.skip_bad,
            approve=check,
            on_event=steps,
        )
    if options.json:
        call.say(json.dumps({**_data(result), "impact": check.data}, indent=2, default=str) + "\n")
    else:
        say(call, [*check.told(), *_told(result)])
    return 0


def _index(to: Destination, local: Sequence[Index]) -> Index:
    """The local index that takes uploads there; else the server itself, which launches do not ask."""
    from driverenv.settings.pypirc import upload_url  # noqa: PLC0415

    servers = (one for one in local if not one.is_folder)
    same = (one for one in servers if upload_url(one).rstrip("/") == to.url.rstrip("/"))
    return next(same, Index(to.url))


def _told(result: Result) -> Iterator[str]:
    for opened in result.offer.bundles:
        yield f"opened {foreign(opened.shown)}: {things(opened.files, 'distribution file')}"
    for one in result.pushed:
        yield f"{'there already' if one.there else 'uploaded'} {foreign(one.filename)}  {amount(one.size)}"
    yield from (f"passed over {foreign(one.shown)}: {foreign(one.why)}" for one in result.offer.passed)
    yield from (f"left out {foreign(one.summary)} ({one.code})" for one in result.offer.refused)
    count = sum(not one.there for one in result.pushed)
    yield f"{things(count, 'file')} went to {foreign(result.url)}"


def _data(result: Result) -> dict[str, Any]:
    return {
        "url": result.url,
        "pushed": [one._asdict() for one in result.pushed],
        "passed": [one._asdict() for one in result.offer.passed],
        "refused": [one.as_dict() for one in result.offer.refused],
        "bundles": [one._asdict() for one in result.offer.bundles],
    }
