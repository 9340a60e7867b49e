"""Where a raw value stands, and what is said of one that is not allowed."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar

from driverenv.errors import SettingsInvalid, foreign

T = TypeVar("T")


class Value(NamedTuple):
    """A value and where it came from."""

    value: Any
    source: str
    """"default", "file PATH key KEY", "variable NAME" or "argument --NAME"."""


class Place(NamedTuple):
    """Where a raw value stands: its source, what its relative paths are relative to, and whether it is text."""

    source: str
    folder: str
    environ: Mapping[str, str]
    textual: bool
    missing: list[str] | None = None
    """Where it goes that a password cannot be had; None: that is an error."""


class Reader(NamedTuple):
    """How the value of a key is read, and what it may be: in words, and as JSON Schema."""

    read: Callable[[str, object, Place], Any]
    allowed: str
    schema: Mapping[str, object]
    meaning: str = ""
    """What the noun that has this field does not say of it."""
    from_text: bool = True
    """Whether a variable or an argument may say it."""

    def __call__(self, key: str, raw: object, place: Place) -> Any:  # noqa: ANN401 (each key has its type)
        """The value. Raises `SettingsInvalid`."""
        if place.textual and not self.from_text:
            raise invalid(key, raw, place, f"{self.allowed}, in a settings file only")
        return self.read(key, raw, place)


class Several(SettingsInvalid):
    """More than one wrong entry of one setting."""

    parts: tuple[SettingsInvalid, ...] = ()
    """Each of them."""


def each(calls: Iterable[Callable[[], T]]) -> tuple[T, ...]:
    """What the calls give. Raises `SettingsInvalid` for all that are wrong, not for the first."""
    found: list[T] = []
    wrong: list[SettingsInvalid] = []
    for call in calls:
        try:
            found.append(call())
        except SettingsInvalid as error:
            wrong += flat(error)
    if len(wrong) == 1:
        raise wrong[0]
    if wrong:
        one = together(wrong)
        several = Several(one.summary, facts=one.facts, remedies=one.remedies, data=one.data)
        several.parts = tuple(wrong)
        raise several
    return tuple(found)


def flat(error: SettingsInvalid) -> tuple[SettingsInvalid, ...]:
    """Each wrong entry by itself."""
    return error.parts if isinstance(error, Several) else (error,)


def absolute(path: str, folder: str, environ: Mapping[str, str]) -> str:
    """`path` from `folder`, normalised; ``~`` is the user's home."""
    if path == "~" or path.startswith(("~/", "~\\")):
        user = environ.get("HOME") or environ.get("USERPROFILE") or os.path.expanduser("~")
        path = user + path[1:]
    return os.path.normpath(os.path.join(folder, path))


def text(key: str, raw: object, place: Place, allowed: str) -> str:
    """A text that is not empty, without blanks around it. Raises `SettingsInvalid`."""
    if not isinstance(raw, str) or not raw.strip() or not raw.isprintable():
        raise invalid(key, raw, place, allowed)
    return raw.strip()


def masked(shown: str) -> str:
    """`shown` without what may be a password: whatever stands before an @."""
    return re.sub(
        r"^(\W?(?:https?|socks\w{1,2}|s?ftp)://)?.*@", r"\1***@", shown, flags=re.IGNORECASE | re.DOTALL
    )


_KINDS: dict[type, str] = {dict: "a table", list: "a list"}  # they may hold secrets


def invalid(key: str, raw: object, place: Place, allowed: str, *, remedy: str = "") -> SettingsInvalid:
    """The error for a value that is not allowed."""
    shown = _KINDS.get(type(raw)) or foreign(masked(repr(raw)))
    wrong = "missing" if raw is None else f"{shown}, which is not allowed"
    return SettingsInvalid(
        f"the setting `{key}` is {wrong}",
        facts=(("set by", place.source), ("allowed", allowed)),
        remedies=(remedy or f"correct {place.source} to what is allowed",),
        data={"key": key, "source": place.source, "allowed": allowed},
    )


def unknown(what: str, name: str, known: tuple[str, ...], source: str, *, of: str = "") -> SettingsInvalid:
    """The error for a name that does not exist, with the nearest one that does, else all there are.

    `what` is "setting", "variable" or "key"; `of` is the setting that has such keys.
    """
    import difflib  # noqa: PLC0415 (only for this error)

    near = difflib.get_close_matches(name, known, n=1)
    shown = foreign(name)
    at = source if source.endswith(f" {shown}") else f"{source}, {shown}"
    return SettingsInvalid(
        f"`{of}` has no {what} `{shown}`" if of else f"there is no {what} `{shown}`",
        facts=(("set by", source), ("nearest", near[0]) if near else ("allowed", ", ".join(known))),
        remedies=(f"{f'write {near[0]} instead' if near else 'take it out'}: {at}",),
        data={"key": name, "source": source, "nearest": near[0] if near else None, "allowed": list(known)},
    )


def together(wrong: Sequence[SettingsInvalid]) -> SettingsInvalid:
    """One error for all that is wrong; a single one as it is."""
    if len(wrong) == 1:
        return wrong[0]
    return SettingsInvalid(
        f"{len(wrong)} settings are wrong",
        facts=tuple(fact for one in wrong for fact in (("wrong", one.summary), *one.facts)),
        remedies=tuple(dict.fromkeys(remedy for one in wrong for remedy in one.remedies)),
        data={"problems": [{"summary": one.summary, **one.data} for one in wrong]},
    )
