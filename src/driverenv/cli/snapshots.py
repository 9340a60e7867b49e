"""``driverenv index snapshot``, ``diff`` and ``restore``."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from driverenv.cli import locks, places
from driverenv.cli.progress import amount, things
from driverenv.cli.stock import described, say
from driverenv.errors import foreign

if TYPE_CHECKING:
    from driverenv.cli.commands import Call
    from driverenv.cli.stepping import Steps
    from driverenv.repository.difference import Difference
    from driverenv.repository.keeping import Kept
    from driverenv.repository.manifest import Item, Manifest
    from driverenv.settings import Settings
    from driverenv.stories.snapshots import Restored

DIFFERENT = 3
"""The exit code where the answer is "no": something differs, is wrong, or would fail."""
_SHOWN = 12
"""Characters of a digest."""


def snapshot(call: Call, settings: Settings) -> int:
    """Write down what is there; gives the exit code."""
    from driverenv.stories import snapshots as story  # noqa: PLC0415 (each command loads its own story)

    options = call.options
    if options.list:
        return _list(call, places.folder(call, options.place, settings, option="PLACE"))
    index = places.place(call, options.place, settings)
    at = None if options.output is None else locks.in_a_folder(call, "output", "-o/--output")
    with call.steps() as steps:
        made = story.snapshot(index, output=at, with_files=options.with_files, on_event=steps)
    if options.json:
        told = {"snapshot": made.path, "id": made.ident, "copied": made.copied, **described(made.manifest)}
        call.say(json.dumps(told, indent=2) + "\n")
        return 0
    size = amount(sum(item.size or 0 for item in made.manifest.items))
    lines = [f"{things(len(made.manifest.items), 'file')}, {size}: {foreign(made.path)}"]
    if options.with_files:
        lines.append(f"{things(made.copied, 'content')} copied; what was kept before is not copied again")
    if at is None:
        lines.append(f"its id is {made.ident}: driverenv index diff {made.ident}")
    say(call, lines)
    return 0


def _list(call: Call, folder: str) -> int:
    from driverenv.stories import snapshots as story  # noqa: PLC0415

    kept = story.kept_of(folder)
    if call.options.json:
        rows = [
            {
                "id": one.ident,
                "kind": one.manifest.kind,
                "when": one.manifest.when,
                "files": len(one.manifest.items),
                "why": one.manifest.why,
                "with_files": bool(one.manifest.content),
                "path": str(one.path),
            }
            for one in kept
        ]
        call.say(json.dumps({"folder": folder, "kept": rows}, indent=2) + "\n")
    else:
        say(call, [_row(one) for one in kept] or [f"nothing is kept in {foreign(folder)}"])
    return 0


def _row(kept: Kept) -> str:
    manifest = kept.manifest
    told = manifest.why or ("with its files" if manifest.content else "names only")
    return f"{kept.ident}  {manifest.kind:<8}  {things(len(manifest.items), 'file')}  {foreign(told)}"


# ----------------------------------------------------------------------------------------------- diff


def diff(call: Call, settings: Settings) -> int:
    """Compare; gives the exit code."""
    from driverenv.stories import snapshots as story  # noqa: PLC0415

    options = call.options
    with call.steps() as steps:
        a, b = (_side(call, said, settings, steps) for said in (options.a, options.b))
    found = story.compare(a, b).difference
    if options.json:
        call.say(json.dumps(_data(a, b, found), indent=2) + "\n")
    else:
        say(call, list(_told(a, b, found)))
    return 0 if found.is_empty else DIFFERENT


def _side(call: Call, said: str | None, settings: Settings, steps: Steps) -> Manifest:
    """The snapshot of this file or id, else what a folder or server has now."""
    from driverenv.stories import snapshots as story  # noqa: PLC0415

    if said is not None and not said.startswith(("http://", "https://")):
        kept = _kept(call, said, settings)
        if kept is not None:
            return kept.manifest
    return story.manifest_of(places.place(call, said, settings, option="A or B"), on_event=steps)


def _kept(call: Call, said: str, settings: Settings, folder: str | None = None) -> Kept | None:
    from driverenv.stories import snapshots as story  # noqa: PLC0415

    path = os.path.join(call.shell.cwd, said)
    folders = [folder] if folder else [one.location for one in settings.policy().local if one.is_folder]
    for one in (*folders, *([] if folders else [None])):
        kept = story.find(path if os.path.isfile(path) else said, folder=one)
        if kept is not None:
            return kept
    return None


def _told(a: Manifest, b: Manifest, found: Difference) -> Iterator[str]:
    yield f"from {foreign(a.location)} ({a.when})"
    yield f"to   {foreign(b.location)} ({b.when})"
    yield from told_difference(found)
    if found.is_empty:
        yield "nothing differs"


def told_difference(found: Difference) -> Iterator[str]:
    """Which files, versions and names differ, in words."""
    yield from (f"+ {foreign(item.path)}  {_content(item)}" for item in found.added)
    yield from (f"- {foreign(item.path)}  {_content(item)}" for item in found.removed)
    for before, after in found.replaced:
        yield f"! {foreign(after.path)}  {_content(before)} is {_content(after)} now: another content under the same name"
    yield from (
        f"> {foreign(before.path)} is called {foreign(after.path)} now" for before, after in found.moved
    )
    for project, added, removed in found.versions:
        changes = [*(f"+{one}" for one in added), *(f"-{one}" for one in removed)]
        yield f"{project}: {' '.join(changes)}"
    if found.owned:
        yield f"owned only by the second: {', '.join(found.owned)}"
    if found.disowned:
        yield f"owned only by the first: {', '.join(found.disowned)}"
    if found.unknown:
        yield f"{things(len(found.unknown), 'file')} of one name could not be compared: a side gives no sha256"


def _content(item: Item) -> str:
    return f"sha256 {item.sha256[:_SHOWN]}" if item.sha256 else "content unknown"


def _data(a: Manifest, b: Manifest, found: Difference) -> dict[str, Any]:
    return {
        "a": {"location": a.location, "when": a.when},
        "b": {"location": b.location, "when": b.when},
        **difference_data(found),
    }


def difference_data(found: Difference) -> dict[str, Any]:
    """The same as data."""
    return {
        "same": found.is_empty,
        "added": _items(found.added),
        "removed": _items(found.removed),
        "replaced": [
            {"before": one.before._asdict(), "after": one.after._asdict()} for one in found.replaced
        ],
        "moved": [{"before": one.before._asdict(), "after": one.after._asdict()} for one in found.moved],
        "unknown": _items(found.unknown),
        "owned": list(found.owned),
        "disowned": list(found.disowned),
        "versions": [one._asdict() for one in found.versions],
    }


def _items(items: Sequence[Item]) -> list[dict[str, Any]]:
    return [item._asdict() for item in items]


# -------------------------------------------------------------------------------------------- restore


def restore(call: Call, settings: Settings) -> int:
    """Put back; gives the exit code."""
    from driverenv.repository.manifest import invalid  # noqa: PLC0415
    from driverenv.stories import snapshots as story  # noqa: PLC0415

    options = call.options
    folder = places.folder(call, options.to, settings)
    kept = _kept(call, options.what, settings, folder)
    if kept is None:
        raise invalid(
            options.what,
            f"{foreign(folder)} has no snapshot and no removal of this id, and there is no such file",
        )
    with call.steps() as steps:
        done = story.restore(kept, folder, replace=options.replace, dry_run=options.dry_run, on_event=steps)
    if options.json:
        told = {
            "folder": done.folder,
            "id": done.ident,
            "dry_run": done.dry_run,
            "put_back": _items(done.put),
            "taken_out": _items(done.taken),
            "there": done.there,
            "removal": done.removal or None,
        }
        call.say(json.dumps(told, indent=2) + "\n")
    else:
        say(call, list(_restored(done)))
    return 0


def _restored(done: Restored) -> Iterator[str]:
    would = "would be " if done.dry_run else ""
    yield from (f"{would}taken out: {foreign(item.path)}" for item in done.taken)
    yield from (f"{would}put back: {foreign(item.path)}" for item in done.put)
    there = f", {things(done.there, 'file')} there already" if done.there else ""
    yield f"{foreign(done.folder)} {'would be' if done.dry_run else 'is'} as {done.ident} says{there}"
    if done.removal:
        yield f"to put back what was taken out: driverenv index restore {done.removal} --replace"
