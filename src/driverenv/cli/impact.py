"""``driverenv impact``, and ``--check`` of `index add`, `push` and `remove`: what would become of each driver."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from driverenv.cli import places
from driverenv.cli.parser import UsageError
from driverenv.cli.printing import wrapped
from driverenv.cli.progress import things
from driverenv.errors import foreign

if TYPE_CHECKING:
    from driverenv.cli.commands import Call
    from driverenv.cli.stepping import Steps
    from driverenv.model.site import Index
    from driverenv.repository.checking import Checked
    from driverenv.repository.manifest import Item
    from driverenv.settings import Settings
    from driverenv.stories.fleet import Member
    from driverenv.stories.impact import Impact, Verdict

WOULD_FAIL = 3
_WORDS = {
    "fails": "would fail",
    "failed-before": "fails anyway",
    "changes": "would change",
    "mended": "would work again",
    "unchanged": "unchanged",
}
_NARROW = 70
_MOST_CHANGES = 8


def execute(call: Call, settings: Settings) -> int:
    """Judge; gives the exit code."""
    from driverenv.stories import offers  # noqa: PLC0415 (each command loads its own story)
    from driverenv.stories.offers import scratch  # noqa: PLC0415

    options = call.options
    if not (options.add or options.remove):
        raise UsageError("say what would be done: --add FILE..., --remove NAME..., or both")
    index = places.place(call, options.to, settings, option="--to")
    with call.steps() as steps, scratch() as place:
        paths = [Path(call.path(one)) for one in options.add or ()]
        offer = offers.gather(paths, scratch=place, on_event=steps)
        if not options.skip_bad:
            offer.raise_refused()
        go = _names(index, options.remove or (), steps)
        found = judged(call, settings, index, come=offer.files, go=go, steps=steps)
    if options.json:
        call.say(json.dumps(described(found), indent=2, default=str) + "\n")
    else:
        call.say("".join(f"{line}\n" for line in _told(found, call)))
    return WOULD_FAIL if found.count("fails") else 0


def judged(
    call: Call, settings: Settings, index: Index, *, come: Sequence[Checked], go: Sequence[str], steps: Steps
) -> Impact:
    """What would become of every driver that is known, and of those in the folders that were named."""
    from driverenv.stories import impact  # noqa: PLC0415

    python = settings.values["python"]
    terms = impact.Terms(
        settings.policy(),
        settings.home,
        python=python.value if python.source.startswith("argument") else None,
        default_python=python.value,
    )
    members = _members(call, settings)
    return impact.impact(members, terms, index=index, come=come, go=go, on_event=steps)


class Check:
    """``--check``: judges before anything is changed, and refuses where drivers would fail, unless ``--anyway``."""

    def __init__(self, call: Call, settings: Settings, index: Index, steps: Steps) -> None:
        self._call, self._settings, self._index, self._steps = call, settings, index, steps
        self._found: Impact | None = None

    def __call__(self, come: Sequence[Checked], go: Sequence[Item] = ()) -> None:
        """Judge what comes and goes, if that is wanted. Raises `RepositoryRefused` (`WOULD_FAIL`)."""
        from driverenv.stories import impact  # noqa: PLC0415 (only where it is wanted)

        options = self._call.options
        if not options.check:
            return
        names = tuple(item.filename for item in go)
        self._found = judged(self._call, self._settings, self._index, come=come, go=names, steps=self._steps)
        if not options.anyway:
            impact.refuse(self._found)

    def told(self) -> Iterator[str]:
        """What was found, in words."""
        if self._found is not None:
            yield from table(self._found, self._call.shell.result_width)
            yield summary(self._found)

    @property
    def data(self) -> dict[str, Any] | None:
        """The same for programs."""
        return None if self._found is None else described(self._found)


def _members(call: Call, settings: Settings) -> tuple[Member, ...]:
    from driverenv.stories import fleet  # noqa: PLC0415

    named = [one for said in call.options.drivers or () for one in fleet.in_folder(call.path(said))]
    there = {one.driver for one in named}
    known = () if call.options.only_drivers else fleet.known(settings.home)
    members = (*(one for one in known if one.driver not in there), *named)
    if not members:
        raise UsageError(
            "no driver is known: this server has launched none with this home folder; name some with --drivers FOLDER"
        )
    return members


def _names(index: Index, names: Sequence[str], steps: Steps) -> tuple[str, ...]:
    """The names of the files that would be taken out."""
    from driverenv.stories import snapshots, stocking  # noqa: PLC0415

    if not names:
        return ()
    manifest = snapshots.manifest_of(index, hashed=False, on_event=steps)
    return stocking.chosen(manifest, names)


def table(found: Impact, width: int | None) -> Iterator[str]:
    """A row for each driver that is not as before, then how many are."""
    rows = [one for one in found.verdicts if one.status != "unchanged"]
    column = min(max((len(one.member.name) for one in rows), default=0), 40)
    for one in rows:
        yield from _row(one, column, width)
    count = found.count("unchanged")
    if count:
        yield f"{'unchanged':<17} {things(count, 'driver')}"


def _row(one: Verdict, column: int, width: int | None) -> Iterator[str]:
    name, python = foreign(one.member.name, limit=60), ".".join(one.python.split(".")[:2])
    head = f"{_WORDS[one.status]:<17} {name:<{column}}  {python:<4}"
    texts = list(_texts(one))
    if width is not None and width < column + _NARROW:
        yield from wrapped(head.rstrip(), width, "    ")
        yield from (line for text in texts for line in wrapped(f"    {text}", width, "      "))
        return
    yield from wrapped(f"{head}  {texts[0]}", width, " " * (len(head) + 4))
    for text in texts[1:]:
        yield from wrapped(f"{'':<{len(head)}}  {text}", width, " " * (len(head) + 4))


def _texts(one: Verdict) -> Iterator[str]:
    if one.error is not None:
        was = "it failed with " if one.status == "mended" else ""
        yield f"{was}{one.error.code}: {foreign(one.error.summary, limit=400)}"
    for change in one.changes[:_MOST_CHANGES]:
        yield f"{change.project} {change.before or 'not there'} -> {change.after or 'not there'}"
    if len(one.changes) > _MOST_CHANGES:
        yield f"and {len(one.changes) - _MOST_CHANGES} more"


def _told(found: Impact, call: Call) -> Iterator[str]:
    width = call.shell.result_width
    what = [*(f"+ {name}" for name in found.added), *(f"- {name}" for name in found.removed)]
    for line in what[:20]:
        yield foreign(line)
    if len(what) > 20:  # noqa: PLR2004
        yield f"and {len(what) - 20} more files"
    yield from table(found, width)
    yield from (line for note in found.notes for line in wrapped(f"note: {note}", width, "  "))
    yield from wrapped(f"{summary(found)}; nothing was placed", width, "  ")


def summary(found: Impact) -> str:
    """All drivers in one line."""
    counts = [
        f"{found.count(status)} {word}"
        for status, word in _WORDS.items()
        if found.count(status) or status == "fails"
    ]
    return f"{things(len(found.verdicts), 'driver')}: {', '.join(counts)}"


def described(found: Impact) -> dict[str, Any]:
    """An impact as data."""
    return {
        "index": found.index.location,
        "added": list(found.added),
        "removed": list(found.removed),
        "drivers": [
            {
                "name": one.member.name,
                "driver": one.member.driver,
                "python": one.python or None,
                "status": one.status,
                "changes": [change._asdict() for change in one.changes],
                "error": None if one.error is None else one.error.as_dict(),
            }
            for one in found.verdicts
        ],
        "counts": {status: found.count(status) for status in _WORDS},
        "notes": list(found.notes),
    }
