"""``driverenv index add``, ``remove`` and ``list``: what went in and out, and what that means for names."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from driverenv.cli import places
from driverenv.cli.impact import Check
from driverenv.cli.printing import wrapped
from driverenv.cli.progress import amount, things
from driverenv.errors import foreign

if TYPE_CHECKING:
    from driverenv.cli.commands import Call
    from driverenv.repository.manifest import Item, Manifest
    from driverenv.settings import Settings
    from driverenv.stories.stocking import Added, Placed, Removed

_SHOWN = 10


def add(call: Call, settings: Settings) -> int:
    """Put files in; gives the exit code."""
    from driverenv.settings import make_default_index  # noqa: PLC0415 (each command loads its own story)
    from driverenv.stories import stocking  # noqa: PLC0415

    make_default_index(settings)
    options = call.options
    folder = places.folder(call, options.to, settings)
    with call.steps() as steps:
        check = Check(call, settings, places.place(call, options.to, settings), steps)
        added = stocking.add(
            [call.path(one) for one in options.files],
            folder,
            replace=options.replace,
            skip_bad=options.skip_bad,
            dry_run=options.dry_run,
            approve=check,
            on_event=steps,
        )
    if options.json:
        call.say(json.dumps({**added_data(added), "impact": check.data}, indent=2, default=str) + "\n")
    else:
        say(call, (*check.told(), *told_added(added)))
    return 0


def remove(call: Call, settings: Settings) -> int:
    """Take files out; gives the exit code."""
    from driverenv.stories import stocking  # noqa: PLC0415

    folder = places.folder(call, call.options.to, settings)
    options = call.options
    with call.steps() as steps:
        check = Check(call, settings, places.place(call, options.to, settings), steps)
        removed = stocking.remove(options.names, folder, dry_run=options.dry_run, approve=check)
    if options.json:
        call.say(json.dumps({**_removed(removed), "impact": check.data}, indent=2, default=str) + "\n")
    else:
        say(call, (*check.told(), *_told_removed(removed)))
    return 0


def show(call: Call, settings: Settings) -> int:
    """List projects or files; gives the exit code."""
    from driverenv.stories import snapshots  # noqa: PLC0415

    index = places.place(call, call.options.place, settings)
    with call.steps() as steps:
        manifest = snapshots.manifest_of(index, hashed=call.options.json, on_event=steps)
    if call.options.json:
        call.say(json.dumps(described(manifest), indent=2) + "\n")
    else:
        say(call, _files(manifest) if call.options.files else _projects(manifest))
    return 0


def say(call: Call, lines: Iterator[str] | Sequence[str]) -> None:
    """Results, wrapped for a terminal."""
    width = call.shell.result_width
    call.say("".join(f"{line}\n" for text in lines for line in wrapped(text, width, "    ")))


# ------------------------------------------------------------------------------------------------ add


def told_added(added: Added) -> Iterator[str]:
    """What was put in, in words."""
    would = "would be " if added.dry_run else ""
    for opened in added.offer.bundles:
        yield f"opened {foreign(opened.shown)}: {things(opened.files, 'distribution file')}"
    for placed in added.placed:
        yield f"{would}{'replaced' if placed.replaces else 'added'} {foreign(placed.path)}  {amount(placed.size)}"
        for path in placed.same_as:
            yield f"  the same content lies there as {foreign(path)}, which nobody needs any more"
    yield from _told_notes(added)
    if added.there:
        yield f"{things(len(added.there), 'file')} there already, byte for byte: {_some(added.there)}"
    yield from (f"passed over {foreign(one.shown)}: {foreign(one.why)}" for one in added.offer.passed)
    yield from (f"left out {foreign(one.summary)} ({one.code})" for one in added.offer.refused)
    count = things(len(added.placed), "file")
    yield f"{count} {'would go' if added.dry_run else 'went'} into {foreign(added.folder)}"
    if added.owned:
        yield (
            f"from now on this index alone serves {_some(added.owned)}: local version wins or fails; "
            "drivers that need another version will fail"
        )
    if added.removal:
        yield f"what was replaced can be put back: driverenv index restore {added.removal} --replace"


def _told_notes(added: Added) -> Iterator[str]:
    for one in added.offer.files:
        for note in one.notes[:1]:
            more = f" (and {len(one.notes) - 1} more)" if len(one.notes) > 1 else ""
            yield f"  {foreign(one.named.filename)}: {foreign(note)}{more}"


def added_data(added: Added) -> dict[str, Any]:
    """What was put in, as data."""
    return {
        "folder": added.folder,
        "dry_run": added.dry_run,
        "added": [_placed(one) for one in added.placed],
        "there": list(added.there),
        "passed": [one._asdict() for one in added.offer.passed],
        "refused": [one.as_dict() for one in added.offer.refused],
        "bundles": [one._asdict() for one in added.offer.bundles],
        "owned": list(added.owned),
        "removal": added.removal or None,
        "notes": {one.named.filename: list(one.notes) for one in added.offer.files if one.notes},
    }


def _placed(placed: Placed) -> dict[str, Any]:
    return {**placed._asdict(), "replaces": placed.replaces or None}


def _some(names: Sequence[str]) -> str:
    shown = ", ".join(foreign(name) for name in names[:_SHOWN])
    return shown + (f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else "")


# --------------------------------------------------------------------------------------------- remove


def _told_removed(removed: Removed) -> Iterator[str]:
    would = "" if removed.removal else "would be "
    yield from (f"{would}taken out: {foreign(item.path)}" for item in removed.items)
    for project, versions in removed.kept.items():
        left = f"it has {', '.join(versions)}" if versions else "it has a file of it that nobody can use"
        yield f"{project} is still served by this index alone: {left}"
    if removed.disowned:
        yield (
            f"of {_some(removed.disowned)} no file is left. A name that was local does not become public in silence: "
            "where it was seen, launches fail (LOCAL_VANISHED) unless public has the very same files; "
            f"if it is to come from elsewhere: driverenv release {' '.join(removed.disowned[:_SHOWN])}"
        )
    if removed.removal:
        yield f"to put it back: driverenv index restore {removed.removal}"


def _removed(removed: Removed) -> dict[str, Any]:
    return {
        "folder": removed.folder,
        "removed": [item._asdict() for item in removed.items],
        "removal": removed.removal or None,
        "disowned": list(removed.disowned),
        "kept": {project: list(versions) for project, versions in removed.kept.items()},
    }


# ----------------------------------------------------------------------------------------------- list


def described(manifest: Manifest) -> dict[str, Any]:
    """A manifest as data."""
    return {
        "location": manifest.location,
        "when": manifest.when,
        "files": [item._asdict() for item in manifest.items],
    }


def _projects(manifest: Manifest) -> Iterator[str]:
    by_project: dict[str, list[Item]] = defaultdict(list)
    for item in manifest.items:
        by_project[item.project].append(item)
    strays = by_project.pop("", [])
    width = max((len(name) for name in by_project), default=0)
    for project, items in sorted(by_project.items()):
        versions = ", ".join(_versions(items))
        yield f"{project:<{width}}  {versions}  ({things(len(items), 'file')})"
    yield from (f"{foreign(item.path)}: no project can be told from its name" for item in strays)
    yield f"{things(len(by_project), 'project')}, {things(len(manifest.items), 'file')} in {foreign(manifest.location)}"


def _versions(items: Sequence[Item]) -> list[str]:
    from packaging.version import Version  # noqa: PLC0415 (only here)

    return sorted({item.version for item in items if item.version}, key=Version, reverse=True)


def _files(manifest: Manifest) -> Iterator[str]:
    rows = sorted(manifest.items)
    for item in rows:
        size = "" if item.size is None else amount(item.size)
        yield f"{size:>8}  {item.modified or '':20}  {foreign(item.path)}".rstrip()
    yield f"{things(len(rows), 'file')} in {foreign(manifest.location)}"
