"""Nouns as JSON-able data and back, led by their annotations: a new field of a noun needs nothing new here.

Fields that have their default are left out. An index is a number in a table of its own, without
credentials; so is a list of project names, since many answers share one.
"""

from __future__ import annotations

import dataclasses
import functools
import re
import types
import typing
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

from packaging.requirements import Requirement

from driverenv.errors import masked
from driverenv.model.answers import Absent, ProjectFile
from driverenv.model.fleet import Fleet
from driverenv.model.noun import Noun
from driverenv.model.requirement import Requirements
from driverenv.model.site import Index, Policy

_USER_INFO = re.compile(r"://[^/\s@]+@")
_LEFT_OUT: Mapping[type, frozenset[str]] = {
    Index: frozenset({"username", "password", "proxy", "client_cert", "client_key", "client_key_password"}),
    Policy: frozenset({"fleet", "proxies", "proxies_from"}),
    ProjectFile: frozenset({"core_metadata"}),
    Requirements: frozenset({"inputs"}),
}
"""Secrets, and what says only how to ask."""


Decoder = Callable[[Any, "Tables", str], Any]


class Malformed(Exception):
    """Data that is no such noun; the text says where and what was expected."""


class Tables:
    """What many nouns share: indexes and lists of names, each once."""

    def __init__(self, indexes: Iterable[Index] = (), names: Iterable[tuple[str, ...]] = ()) -> None:
        self.indexes: list[Index] = list(indexes)
        self.names: list[tuple[str, ...]] = list(names)
        self._sorted: dict[int, tuple[object, int]] = {}

    def of_index(self, index: Index) -> int:
        """The number of `index`, without its secrets."""
        bare = Index(
            **{name: getattr(index, name) for name in Index.__slots__ if name not in _LEFT_OUT[Index]}
        )
        if bare not in self.indexes:
            self.indexes.append(bare)
        return self.indexes.index(bare)

    def of_names(self, among: Collection[str]) -> int:
        """The number of these names."""
        known = self._sorted.get(id(among))
        if known is None:
            names = tuple(sorted(map(str, among)))
            if names not in self.names:
                self.names.append(names)
            known = self._sorted[id(among)] = (among, self.names.index(names))
        return known[1]


def encode(value: Any, tables: Tables) -> Any:  # noqa: ANN401 (JSON)
    """`value` as JSON-able data."""
    found: Any
    if value is None or isinstance(value, bool | int | float):
        found = value
    elif isinstance(value, str):
        found = masked(value) if "@" in value else str(value)
    elif isinstance(value, Index):
        found = tables.of_index(value)
    elif isinstance(value, Requirement):
        found = _USER_INFO.sub("://***@", str(value))
    elif isinstance(value, Mapping):
        found = {str(key): encode(one, tables) for key, one in value.items()}
    elif is_noun(type(value)):  # type: ignore[arg-type]
        found = _fields(value, tables)
    elif isinstance(value, frozenset):
        found = sorted(encode(one, tables) for one in value)
    else:
        found = [encode(one, tables) for one in _a_sequence(value)]
    return found


def _a_sequence(value: Any) -> tuple[Any, ...] | list[Any]:  # noqa: ANN401
    if not isinstance(value, (tuple, list)):
        raise TypeError(f"facts have no {type(value).__name__}")
    return value


def _fields(noun: Any, tables: Tables) -> Any:  # noqa: ANN401
    kind = type(noun)
    out = {}
    for name, default in _defaults(kind).items():  # type: ignore[arg-type]
        value = getattr(noun, name)
        if name not in _LEFT_OUT.get(kind, ()) and (default is _REQUIRED or value != default):
            is_names = kind is Absent and name == "among"
            out[name] = tables.of_names(value) if is_names else encode(value, tables)
    return _file(out) if kind is ProjectFile else out


def _file(row: dict[str, Any]) -> Any:  # noqa: ANN401
    """A file of which only the name matters is its name; a URL that ends in the name goes without it."""
    name, url = row["filename"], row.pop("url")
    if url:
        row["url"] = url[: -len(name)] if url.endswith(f"/{name}") else url
    return name if len(row) == 1 else row


def decode(kind: Any, data: Any, tables: Tables, place: str) -> Any:  # noqa: ANN401
    """The value of type `kind` that `data` is; `place` says where in the file. Raises `Malformed`."""
    return _decoder(kind)(data, tables, place)


@functools.cache
def _decoder(kind: Any) -> Decoder:  # noqa: ANN401
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    found: Decoder
    if isinstance(kind, typing.NewType):
        found = _decoder(kind.__supertype__)
    elif origin in (types.UnionType, typing.Union):
        found = functools.partial(_maybe, next(one for one in arguments if one is not types.NoneType))
    elif origin is not None:
        found = functools.partial(_GENERIC[origin], arguments)
    elif kind is Index:
        found = _index
    elif kind is Requirement:
        found = _requirement
    elif is_noun(kind):
        found = functools.partial(_noun, kind)
    else:
        found = functools.partial(_plain, kind)
    return found


def _maybe(kind: Any, data: Any, tables: Tables, place: str) -> Any:  # noqa: ANN401
    return None if data is None else _decoder(kind)(data, tables, place)


def _plain(kind: Any, data: Any, _: Tables, place: str) -> Any:  # noqa: ANN401
    return _is(kind, float(data) if kind is float and type(data) is int else data, place)


def _index(data: Any, tables: Tables, place: str) -> Any:  # noqa: ANN401
    return _numbered(tables.indexes, data, place, "an index")


def _tuple(arguments: Any, data: Any, tables: Tables, place: str) -> tuple[Any, ...]:  # noqa: ANN401
    rows = _is(list, data, place)
    if arguments[-1] is ...:
        inner = _decoder(arguments[0])
        return tuple(inner(one, tables, f"{place}[{n}]") for n, one in enumerate(rows))
    if len(rows) != len(arguments):
        raise Malformed(f"{place}: expected {len(arguments)} items")
    pairs = zip(arguments, rows, strict=True)
    return tuple(decode(kind, one, tables, f"{place}[{n}]") for n, (kind, one) in enumerate(pairs))


def _set(arguments: Any, data: Any, tables: Tables, place: str) -> frozenset[Any]:  # noqa: ANN401
    return frozenset(_tuple((arguments[0], ...), data, tables, place))


def _mapping(arguments: Any, data: Any, tables: Tables, place: str) -> dict[str, Any]:  # noqa: ANN401
    rows = _is(dict, data, place)
    return {key: decode(arguments[1], one, tables, f"{place}.{key}") for key, one in rows.items()}


_GENERIC: Mapping[Any, Callable[[Any, Any, Tables, str], Any]] = {
    tuple: _tuple,
    frozenset: _set,
    Mapping: _mapping,
}


def _noun(kind: Any, data: Any, tables: Tables, place: str) -> Any:  # noqa: ANN401
    if kind is ProjectFile:
        if type(data) is str:
            return ProjectFile(data, "")
        data = _whole_file(_is(dict, data, place))
    rows = _is(dict, data, place)
    hints, defaults = _hints(kind), _defaults(kind)
    for name in rows:
        if name not in defaults:
            raise Malformed(f"{place}: there is no {name!r}")
    left_out = _LEFT_OUT.get(kind, frozenset())
    for name, default in defaults.items():
        if default is _REQUIRED and name not in rows and name not in left_out:
            raise Malformed(f"{place}.{name} is missing")
    values = {}
    for name, one in rows.items():
        at = f"{place}.{name}"
        if kind is Absent and name == "among":
            values[name] = _numbered(tables.names, one, at, "a list of names")
        else:
            values[name] = decode(hints[name], one, tables, at)
    try:
        return kind(**values)
    except (ValueError, TypeError) as error:
        raise Malformed(f"{place}: {error}") from error


def _whole_file(data: dict[str, Any]) -> dict[str, Any]:
    row = {"url": "", **data}
    if isinstance(row["url"], str) and row["url"].endswith("/"):
        row["url"] += str(row.get("filename", ""))
    return row


def _numbered(table: list[Any], number: Any, place: str, what: str) -> Any:  # noqa: ANN401
    if type(number) is not int or not 0 <= number < len(table):
        raise Malformed(f"{place}: expected the number of {what}")
    return table[number]


def _requirement(data: Any, _: Tables, place: str) -> Requirement:  # noqa: ANN401
    try:
        return Requirement(_is(str, data, place))
    except ValueError as error:  # InvalidRequirement, or more digits than Python converts
        raise Malformed(f"{place}: expected a requirement (PEP 508)") from error


def _is(kind: Any, data: Any, place: str) -> Any:  # noqa: ANN401
    if type(data) is not kind:
        raise Malformed(f"{place}: expected {_WORDS.get(kind, kind.__name__)}")
    return data


_WORDS = {
    str: "text",
    int: "a number",
    float: "a number",
    bool: "true or false",
    list: "a list",
    dict: "a table",
}
_REQUIRED = object()


@functools.cache
def is_noun(kind: Any) -> bool:  # noqa: ANN401
    """Whether values of `kind` have named fields."""
    return isinstance(kind, type) and (
        issubclass(kind, Noun) or dataclasses.is_dataclass(kind) or hasattr(kind, "_field_defaults")
    )


@functools.cache
def _defaults(kind: Any) -> Mapping[str, object]:  # noqa: ANN401
    """Every field with its default; `_REQUIRED` where there is none, and where all is written."""
    if issubclass(kind, Noun):
        return dict.fromkeys(kind.__slots__, _REQUIRED)
    if dataclasses.is_dataclass(kind):
        return {one.name: _default(one) for one in dataclasses.fields(kind)}
    return {name: kind._field_defaults.get(name, _REQUIRED) for name in kind._fields}


def _default(field: dataclasses.Field[Any]) -> object:
    if field.default_factory is not dataclasses.MISSING:
        return field.default_factory()
    return _REQUIRED if field.default is dataclasses.MISSING else field.default


@functools.cache
def _hints(kind: Any) -> Mapping[str, Any]:  # noqa: ANN401
    # A policy names its type without loading it: a warm launch has no use for it.
    return typing.get_type_hints(kind, localns={"Fleet": Fleet})
