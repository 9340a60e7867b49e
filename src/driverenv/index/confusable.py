"""Names that are nearly those of a local index: a slip of the pen, or somebody who hopes for one. Pure.

Nothing can decide which of the two names was meant; a person can, who is told of both.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from driverenv.errors import PolicyViolation, foreign
from driverenv.model.site import Index

_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789-"
_SHORT = 4
"""Letters: shorter names are all near each other, so only their separators are looked at."""
_LONG = 80
"""Letters: one edit more or less in a longer name misleads nobody."""
_ALIKE = (("-", ""), ("0", "o"), ("1", "l"), ("i", "l"), ("rn", "m"), ("vv", "w"))
_SHOWN = 3


class Lookalikes:
    """The names that an index has, ready to be asked for those that look like another one."""

    def __init__(self, names: Collection[str]) -> None:
        self._names = frozenset(name for name in names if name.isprintable())
        self._by_shape: dict[str, list[str]] = {}
        for name, shape in zip(self._names, _shapes(self._names), strict=True):
            seen_as = shape if _is_judged(name) else name.replace("-", "")
            self._by_shape.setdefault(seen_as, []).append(name)

    def of(self, name: str) -> tuple[str, ...]:
        """The names that differ from the normalised `name` by one edit or only in looks; none if it is one itself."""
        return () if name in self._names else self.beside(name)

    def beside(self, name: str) -> tuple[str, ...]:
        """The same, also for a name that is one of them: the others."""
        near = set(self._by_shape.get(_shape(name), ()))
        if _is_judged(name):
            near.update(one for one in _edits(name) if one in self._names and _is_judged(one))
        return tuple(sorted(near - {name}))


def warning(project: str, near: Collection[str], index: Index) -> str:
    """What a person is told before the public index is asked for `project`."""
    return (
        f"{index} does not have {project}, but it has {_told(near)}: if that was meant, change the "
        "requirement; the public index is asked for a name that nearly is a local one"
    )


def refusal(project: str, near: Collection[str], index: Index) -> PolicyViolation:
    """The error where the policy wants no name at public that nearly is a local one."""
    named = _told(near)
    return PolicyViolation(
        f"no local index has {project}, but {named} is there: the names are too much alike",
        code="CONFUSABLE",
        facts=(
            ("project", project),
            ("local index", str(index)),
            ("it has", named),
            ("not asked", 'the public index: the policy says confusable = "fail"'),
        ),
        remedies=(
            f"if {named} was meant, write that into the requirements",
            f'if {project} is right, map the name to its source: sources = {{ {project} = ["public"] }}',
        ),
        data={"project": project, "index": index.location, "near": sorted(near), "public": False},
    )


def _told(near: Collection[str]) -> str:
    shown = [foreign(name, limit=100) for name in sorted(near)]
    return ", ".join(shown[:_SHOWN]) + (", ..." if len(shown) > _SHOWN else "")


def _is_judged(name: str) -> bool:
    return _SHORT <= len(name) <= _LONG


def _shape(name: str) -> str:
    """`name` as a hasty eye sees it; short names only without their separators."""
    return _shapes([name])[0] if _is_judged(name) else name.replace("-", "")


def _shapes(names: Collection[str]) -> list[str]:
    """Each of `names` as a hasty eye sees it; in one go, for there may be thousands."""
    text = "\n".join(names)
    for mark, looks in _ALIKE:
        text = text.replace(mark, looks)
    return text.split("\n") if names else []


def _edits(name: str) -> Iterator[str]:
    """Every name that is one letter more, less, other, or two swapped away."""
    for at in range(len(name) + 1):
        head, tail = name[:at], name[at:]
        for letter in _LETTERS:
            yield f"{head}{letter}{tail}"
        if tail:
            yield head + tail[1:]
            for letter in _LETTERS:
                yield f"{head}{letter}{tail[1:]}"
        if len(tail) > 1:
            yield f"{head}{tail[1]}{tail[0]}{tail[2:]}"
