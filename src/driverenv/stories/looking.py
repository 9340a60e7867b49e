"""A second look where a file went away between the question and the download."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from packaging.utils import canonicalize_name

from driverenv._http import redacted
from driverenv.errors import IndexUnavailable
from driverenv.events import Warned
from driverenv.model.answers import Found
from driverenv.stories.workshop import Workshop

T = TypeVar("T")


def looking_twice(workshop: Workshop, attempt: Callable[[Workshop], T]) -> T:
    """`attempt`, once more from a new snapshot where a listed file was taken off its page meanwhile.

    Raises what `attempt` raises; `IndexUnavailable` where the page still lists a file that is not there:
    no older version is taken in its place.
    """
    try:
        return attempt(workshop)
    except IndexUnavailable as error:
        if not error.data.get("missing"):
            raise
        again = workshop.renewed()
        if _is_listed(again, error.data):
            raise _still_listed(error) from error
        text = f"{error.data['file']} was taken away from its index just now; the indexes were asked anew"
        workshop.on_event(Warned("ASKED_ANEW", text))
    return attempt(again)


def _still_listed(error: IndexUnavailable) -> IndexUnavailable:
    """The same error, with the second look in it; nobody takes a third."""
    labels = [label for label, _ in error.facts]
    at = labels.index("what happened") + 1
    told = ("looked again", "the index still lists the file")
    return IndexUnavailable(
        error.summary,
        code=error.code,
        facts=(*error.facts[:at], told, *error.facts[at:]),
        remedies=error.remedies,
        data={**error.data, "missing": False},
    )


def _is_listed(workshop: Workshop, missing: Mapping[str, Any]) -> bool:
    """Whether the index lists a missing file to this day, at the same place."""
    policy, public = workshop.policy, bool(missing["public"])
    known = (policy.public,) if public else (*policy.local, *policy.extra)
    index = next(one for one in known if one is not None and one.location == missing["index"])
    answer = workshop.asker.ask(index, canonicalize_name(missing["project"]), public=public)
    files = answer.files if isinstance(answer, Found) else ()
    return any(one.filename == missing["file"] and redacted(one.url) == missing["url"] for one in files)
