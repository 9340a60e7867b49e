"""Tables from TOML turned into dataclasses; a wrong key or type is named with its place."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypeGuard, TypeVar

T = TypeVar("T")
Kind = Literal["text", "flag", "whole", "strings", "table"]


class ScenarioError(ValueError):
    """A scenario or universe file is wrong; the text says where."""


class Table:
    """A TOML table that knows its place and which keys were taken."""

    def __init__(self, data: object, place: str) -> None:
        if not is_table(data):
            msg = f"{place}: expected a table, found {data!r}"
            raise ScenarioError(msg)
        self._left = dict(data)
        self.place = place

    def __contains__(self, key: str) -> bool:
        return key in self._left

    def take(self, key: str, default: object = None) -> object:
        """Any value."""
        return self._left.pop(key, default)

    def need(self, key: str) -> None:
        """Complain where the key is missing."""
        if key not in self._left:
            msg = f"{self.place}: {key!r} is missing"
            raise ScenarioError(msg)

    def text(self, key: str, default: str = "") -> str:
        return self._typed(key, default, str, "a string")

    def maybe_text(self, key: str) -> str | None:
        return self.text(key) if key in self._left else None

    def flag(self, key: str, *, default: bool = False) -> bool:
        return self._typed(key, default, bool, "true or false")

    def whole(self, key: str, default: int) -> int:
        return self._typed(key, default, int, "a whole number")

    def maybe_whole(self, key: str) -> int | None:
        return self.whole(key, 0) if key in self._left else None

    def strings(self, key: str) -> tuple[str, ...]:
        """An array of strings."""
        value = self.take(key, [])
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            msg = f"{self.place}.{key}: expected an array of strings, found {value!r}"
            raise ScenarioError(msg)
        return tuple(value)

    def rows(self, key: str) -> list[object]:
        """An array of anything."""
        return self._typed(key, [], list, "an array")

    def table(self, key: str) -> Table:
        """A table; empty where missing."""
        return Table(self.take(key, {}), f"{self.place}.{key}")

    def free_table(self, key: str) -> Mapping[str, object]:
        """A table of anything, unchecked; empty where missing."""
        value = self.take(key, {})
        if not is_table(value):
            msg = f"{self.place}.{key}: expected a table, found {value!r}"
            raise ScenarioError(msg)
        return value

    def string_table(self, key: str) -> dict[str, str]:
        """A table of strings."""
        table = self.table(key)
        return {name: table.text(name) for name in table.names()}

    def choice(self, key: str, allowed: tuple[str, ...], default: str) -> str:
        """One of these words."""
        value = self.text(key, default)
        if value not in allowed:
            msg = f"{self.place}.{key}: {value!r} is none of {', '.join(allowed)}"
            raise ScenarioError(msg)
        return value

    def names(self) -> list[str]:
        """The keys not yet taken."""
        return list(self._left)

    def done(self, *allowed: str) -> None:
        """Complain about every key that nobody took."""
        if self._left:
            wrong = ", ".join(repr(name) for name in sorted(self._left))
            hint = f" (known: {', '.join(sorted(allowed))})" if allowed else ""
            msg = f"{self.place}: unknown key {wrong}{hint}"
            raise ScenarioError(msg)

    def _typed(self, key: str, default: T, kind: type[T], wanted: str) -> T:
        value = self._left.pop(key, default)
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            msg = f"{self.place}.{key}: expected {wanted}, found {value!r}"
            raise ScenarioError(msg)
        return value


def is_table(data: object) -> TypeGuard[Mapping[str, object]]:
    """Is this a mapping whose keys are strings?"""
    return isinstance(data, Mapping) and all(isinstance(key, str) for key in data)
