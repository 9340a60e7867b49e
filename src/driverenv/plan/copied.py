"""Which files are an environment's own all the same, or may be edited in place, by the site's patterns."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from driverenv import warm
from driverenv.model.plan import CODE, DATA, OVERLAY


def matcher(patterns: Iterable[str]) -> Callable[[str], bool] | None:
    """Whether a path below site-packages is one that the `patterns` mean; None where there are none.

    ``*`` stands for any text. A pattern with a slash is compared with the whole path, any other with the
    file's name alone; whatever the case.
    """
    found = tuple(patterns)
    if not found:
        return None
    paths, names = (
        re.compile("|".join(map(_translated, chosen)) or r"(?!)", re.IGNORECASE)
        for chosen in ([one for one in found if "/" in one], [one for one in found if "/" not in one])
    )

    def matches(path: str) -> bool:
        return bool(paths.fullmatch(path) or names.fullmatch(path.rpartition("/")[2]))

    return matches


def kinds(copied: Iterable[str], overlays: Iterable[str]) -> Callable[[str, str], str] | None:
    """What a file is to be, by its path below site-packages and what it is by itself; None where that is always the same.

    What describes a distribution, and what Python runs at its start, may not be edited, whatever the patterns say.
    """
    is_copied, is_overlay = matcher(copied), matcher(overlays)
    if is_copied is None and is_overlay is None:
        return None

    def kind(path: str, usual: str) -> str:
        if is_overlay is not None and is_overlay(path) and _may_be_edited(path):
            return OVERLAY
        return DATA if is_copied is not None and usual == CODE and is_copied(path) else usual

    return kind


def _may_be_edited(path: str) -> bool:
    first, _, rest = path.partition("/")
    return not (rest and first.endswith(".dist-info")) and not warm.is_hook(first)


def _translated(pattern: str) -> str:
    return ".*".join(re.escape(part) for part in pattern.strip("/").split("*"))
