"""Patterns of project names: normalised names (PEP 503) in which ``*`` stands for any text, also for none."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

_SEPARATORS = re.compile(r"[-_.]+")


def canonical(pattern: str) -> str:
    """The normalised form of a name or pattern: lower case, runs of ``-``, ``_`` and ``.`` as one ``-``."""
    return _SEPARATORS.sub("-", pattern).lower()


def matches(pattern: str, name: str) -> bool:
    """Whether the normalised `name` is one of those `pattern` stands for; the pattern is normalised first.

    A pattern in another spelling must not be one that never matches: names would get round it.
    """
    head, *rest = _parts(pattern)
    if not rest:
        return name == head
    *middle, tail = rest
    if not (name.startswith(head) and name.endswith(tail) and len(name) >= len(head) + len(tail)):
        return False
    at, end = len(head), len(name) - len(tail)
    for part in middle:  # the earliest place is the best one: no backtracking
        found = name.find(part, at, end)
        if found < 0:
            return False
        at = found + len(part)
    return True


@lru_cache(maxsize=4096)
def _parts(pattern: str) -> tuple[str, ...]:
    return tuple(canonical(pattern).split("*"))


def first_match(patterns: Iterable[str], name: str) -> str | None:
    """The first of `patterns` that stands for `name`, or None."""
    return next((pattern for pattern in patterns if matches(pattern, name)), None)


def most_specific(patterns: Iterable[str], name: str) -> tuple[str, ...]:
    """Those of the `patterns` for `name` that are the most specific: the longest without their ``*``.

    A plain name is more specific than any pattern. More than one is given only where they are
    equally specific.
    """
    found = [pattern for pattern in patterns if matches(pattern, name)]
    best = max(map(_weight, found), default=None)
    return tuple(pattern for pattern in found if _weight(pattern) == best)


def _weight(pattern: str) -> tuple[bool, int]:
    return "*" not in pattern, len(canonical(pattern).replace("*", ""))
