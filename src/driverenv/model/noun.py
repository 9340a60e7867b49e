"""The base of the public nouns: immutable values, made without importing `dataclasses`.

The nouns that a launch hook touches on its warm path (`Request`, `Policy`, `Index`,
`Environment`, `Command`) are slotted classes on this base: importing `dataclasses` alone
costs more than starting Python. All other nouns are frozen slots dataclasses.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Self


class Noun:
    """An immutable value with named fields; equal where type and all fields are equal."""

    __slots__ = ()
    _secret: frozenset[str] = frozenset()

    def __setattr__(self, name: str, value: object) -> None:
        """Refuse: a noun never changes. `replace` makes a changed copy."""
        raise AttributeError(f"{type(self).__name__} is immutable; use .replace({name}=...)")

    def __delattr__(self, name: str) -> None:
        """Refuse: a noun never changes."""
        raise AttributeError(f"{type(self).__name__} is immutable; {name} cannot be deleted")

    def _set(self, **values: object) -> None:
        for name, value in values.items():
            object.__setattr__(self, name, value)

    def _values(self) -> dict[str, Any]:
        names: tuple[str, ...] = self.__slots__
        return {name: getattr(self, name) for name in names}

    def _all(self) -> list[Any]:
        names: tuple[str, ...] = self.__slots__
        return [getattr(self, name) for name in names]

    def __eq__(self, other: object) -> bool:
        """Compare type and fields."""
        if type(other) is not type(self):
            return NotImplemented
        return self is other or self._all() == other._all()

    def __hash__(self) -> int:
        """Hash type and fields."""
        return hash((type(self), *self._all()))

    def __repr__(self) -> str:
        """Show every field but secrets."""
        return self.described()

    def described(self, *, without: frozenset[str] = frozenset()) -> str:
        """What `repr` shows, some fields left out."""
        shown = (
            f"{name}={'***' if name in self._secret and value else repr(value)}"
            for name, value in self._values().items()
            if name not in without
        )
        return f"{type(self).__name__}({', '.join(shown)})"

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle by fields."""
        return _restore, (type(self), self._values())

    def replace(self, **changes: Any) -> Self:  # noqa: ANN401 (fields have all types)
        """A copy with `changes` made. Raises `TypeError` for a field that does not exist."""
        unknown = sorted(set(changes) - set(self.__slots__))
        if unknown:
            raise TypeError(f"{type(self).__name__} has no field {', '.join(unknown)}")
        return type(self)(**{**self._values(), **changes})


def _restore(kind: type[Noun], values: dict[str, Any]) -> Noun:
    noun = kind.__new__(kind)
    for name, value in values.items():
        object.__setattr__(noun, name, value)
    return noun
