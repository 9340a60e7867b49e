"""A folder as an index: is it there, what is in it, and what of that cannot be used."""

from __future__ import annotations

import time
from collections.abc import Iterator

from driverenv.errors import foreign
from driverenv.index.filenames import claimants
from driverenv.index.scan import Scan, scan_folder
from driverenv.model.finding import FAIL, OK, WARN, Finding
from driverenv.model.site import Index

_SLOW = 2.0
"""Seconds for one look, which every launch takes that asks."""


def look_at(index: Index) -> Iterator[Finding]:
    """All about it; it is read as a launch reads it."""
    began = time.monotonic()
    try:
        found = scan_folder(index.location, follow=index.follow_symlinks)
    except OSError as error:
        said = foreign(error.strerror or error)
        remedy = (
            "make the folder, or mount the share that has it; a launch does not take this for an empty index"
        )
        yield Finding("folder", FAIL, "folder", f"it cannot be read: {said}", remedy)
        return
    seconds = time.monotonic() - began
    yield _content(found)
    yield from _claims(found)
    if seconds > _SLOW:
        told = f"one look at all of it takes {seconds:.1f} s, and every launch that asks takes one"
        remedy = "serve it with a pypiserver near it, or keep it on a disk of this machine"
        yield Finding("folder-slow", WARN, "speed", told, remedy, {"seconds": seconds})


def _content(found: Scan) -> Finding:
    projects = {max(names, key=len) for entry in found.entries if (names := claimants(entry.filename))}
    data = {"files": len(found.entries), "projects": len(projects)}
    if not found.entries:
        told = "there is no distribution file in it: for every name it is taken for an index without it"
        remedy = "copy wheels and sdists into it: driverenv index add FILES"
        return Finding("folder-empty", WARN, "content", told, remedy, data)
    return Finding(
        "folder", OK, "content", f"{len(found.entries)} files of about {len(projects)} projects", data=data
    )


def _claims(found: Scan) -> Iterator[Finding]:
    for code, listed, told in (
        ("folder-unusable", found.claims, "cannot be used, and yet keeps its project's name for this index"),
        (
            "folder-unseen",
            found.unseen,
            "cannot be looked into: nothing is proven to be absent while it is there",
        ),
    ):
        for _, path in listed[:5]:
            remedy = "look at it: driverenv index lint; or take it out of there"
            yield Finding(code, WARN, "files", f"{foreign(path)} {told}", remedy, {"path": path})
        if len(listed) > 5:  # noqa: PLR2004 (as above)
            yield Finding(code, WARN, "files", f"and {len(listed) - 5} more like that")
