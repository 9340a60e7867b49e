"""The nouns: a generation of a driver, its lineage, and what both are as a file. Decides; touches nothing.

A driver is a readable name and a path. Each environment that a request of it came to is a generation, with a
number. Requests that differ in the interpreter or in what is required of it (not in the policy) are variants
of their own: they do not supersede each other.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, NamedTuple

FORMAT = "driverenv-driver 1"
MOST = 100
"""So many generations of a driver are remembered; that their environments are there is another question."""

FIRST, REQUIREMENTS, POLICY, INTERPRETER, INDEX = "first", "requirements", "policy", "interpreter", "index"


class Cause(NamedTuple):
    """Why a generation was made: a stable word, and a sentence's end."""

    word: str
    """"first", "requirements", "policy", "interpreter" or "index"."""
    text: str


@dataclass(frozen=True, slots=True)
class Request:
    """What the driver was asked for with, as far as a generation depends on it."""

    ask: str
    """The key of the warm record."""
    terms: str
    """A key of all that decides on the answer: the policy, and how the driver was named."""
    variant: str
    """A key of the Python and the requirements that were asked for, the policy apart."""
    interpreter: str
    """The identity of the Python that was found for it."""
    inputs: Mapping[str, str] = field(default_factory=dict)
    """Fingerprints of the driver's own files, by their paths: relative to its folder where they lie below it."""


@dataclass(frozen=True, slots=True)
class Generation:
    """One environment of a driver."""

    number: int
    key: str
    """The environment's."""
    made: str
    """When it became one: ISO 8601, UTC."""
    python: str
    """The full version of its interpreter."""
    causes: tuple[Cause, ...]
    changes: tuple[str, ...]
    """What is in it that was not, or was another version, in the one before; lines for people."""
    request: Request


@dataclass(frozen=True, slots=True)
class Pin:
    """The generation that somebody went back to, and as long as what it stays."""

    number: int
    inputs: Mapping[str, str]
    """Fingerprints of the driver's own files when somebody went back."""
    terms: str = ""
    """Those of the first request after it; "" before there was one."""


@dataclass(frozen=True, slots=True)
class Lineage:
    """A driver and its generations, the oldest first."""

    name: str
    """The readable name: the last folder of its prefixes."""
    driver: str
    """Absolute path, as it was requested."""
    generations: tuple[Generation, ...] = ()
    current: int = 0
    """The number of the generation that its next launch would use; 0 for none."""
    pin: Pin | None = None
    """The generation that somebody went back to."""

    @property
    def pinned(self) -> int:
        """The number of that generation; 0 for none."""
        return 0 if self.pin is None else self.pin.number

    def find(self, number: int) -> Generation | None:
        """The generation of this number."""
        return next((one for one in self.generations if one.number == number), None)

    def latest(self, variant: str) -> Generation | None:
        """The newest generation of a variant."""
        return next((one for one in reversed(self.generations) if one.request.variant == variant), None)

    def before(self, number: int) -> Generation | None:
        """The newest generation older than `number`, of its variant, with another environment."""
        one = self.find(number)
        older = [] if one is None else self.generations[: self.generations.index(one)]
        return next(
            (
                row
                for row in reversed(older)
                if one is not None and row.request.variant == one.request.variant and row.key != one.key
            ),
            None,
        )

    def since(self, old: Generation, new: Generation) -> tuple[Generation, ...]:
        """The generations of the variant of `new` that came after `old`, up to `new`, the oldest first."""
        return tuple(
            one
            for one in self.generations
            if old.number < one.number <= new.number and one.request.variant == new.request.variant
        )

    def settled(self, new: Generation) -> Lineage:
        """With `new` as the current one; its number is given here. The same where it is current already.

        What has the environment of the latest of its variant is that generation.
        """
        latest = self.latest(new.request.variant)
        if latest is not None and latest.key == new.key:
            known = replace(latest, request=new.request)
            rows = tuple(known if one is latest else one for one in self.generations)
            return replace(self, generations=rows, current=latest.number)
        number = max((one.number for one in self.generations), default=0) + 1
        rows = (*self.generations, replace(new, number=number))
        return replace(self, generations=rows[-MOST:], current=number)


def causes(before: Generation | None, now: Request) -> tuple[Cause, ...]:
    """Why a request comes to another environment than `before`, the latest of its variant."""
    if before is None:
        return (Cause(FIRST, "its first launch"),)
    was = before.request
    found = []
    if was.interpreter != now.interpreter:
        found.append(Cause(INTERPRETER, "the interpreter is another one"))
    changed = sorted(
        path for path in {*was.inputs, *now.inputs} if was.inputs.get(path) != now.inputs.get(path)
    )
    if changed:
        found.append(Cause(REQUIREMENTS, f"{_listed(changed)} changed"))
    if was.terms != now.terms:
        found.append(Cause(POLICY, "the policy changed"))
    return tuple(found) or (Cause(INDEX, "the indexes have something else for the same requirements"),)


def _listed(paths: list[str], most: int = 3) -> str:
    shown = ", ".join(paths[:most])
    return shown if len(paths) <= most else f"{shown} and {len(paths) - most} more"


def render(lineage: Lineage) -> bytes:
    """The lineage as a file."""
    data = {"format": FORMAT, **asdict(lineage)}
    return json.dumps(data, indent=1, sort_keys=True).encode("utf-8", "backslashreplace") + b"\n"


def parse(data: bytes) -> Lineage:
    """A lineage from its file. Raises `ValueError` where it is none."""
    try:
        found: dict[str, Any] = json.loads(data)
        if found.pop("format") != FORMAT:
            raise ValueError("another format")
        rows = tuple(_generation(row) for row in found.pop("generations"))
        pin = found.pop("pin")
        known = Lineage(**{**found, "generations": rows, "pin": None if pin is None else Pin(**pin)})
        _check(known)
    except (KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(f"this is no lineage of a driver: {error}") from error
    else:
        return known


def _generation(row: dict[str, Any]) -> Generation:
    told = tuple(Cause(str(word), str(text)) for word, text in row.pop("causes"))
    lines, request = tuple(map(str, row.pop("changes"))), Request(**row.pop("request"))
    return Generation(**row, causes=told, changes=lines, request=request)


def _check(known: Lineage) -> None:
    """Raises `ValueError` where a field is not of its kind: the file may be anybody's."""
    pin = (known.pin,) if known.pin is not None else ()
    requests = [one.request for one in known.generations]
    texts = [known.name, known.driver, *(one.terms for one in pin)]
    texts += [text for one in known.generations for text in (one.key, one.made, one.python)]
    texts += [text for one in requests for text in (one.ask, one.terms, one.variant, one.interpreter)]
    for inputs in (*(one.inputs for one in requests), *(one.inputs for one in pin)):
        texts += [text for pair in inputs.items() for text in pair]
    numbers = [known.current, *(one.number for one in (*known.generations, *pin))]
    if not all(isinstance(one, str) for one in texts):
        raise ValueError("a text is none")
    if not all(type(one) is int for one in numbers):
        raise ValueError("a number is none")
