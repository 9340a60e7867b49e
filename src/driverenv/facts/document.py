"""A `Record` as bytes and back: JSON, sorted, UTF-8, the same byte for byte for the same facts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from driverenv import __version__, errors
from driverenv.errors import DriverEnvError, FactsInvalid, foreign
from driverenv.facts.codec import Malformed, Tables, decode, encode
from driverenv.facts.record import Known, Record
from driverenv.model.answers import Found, NowhereFound
from driverenv.model.requirement import Requirements, Target
from driverenv.model.resolution import Dependencies, Failed, Unusable
from driverenv.model.site import Index, Policy

FORMAT = "driverenv-facts 1"


def render(record: Record) -> bytes:
    """The document."""
    return laid_out(data_of(record)).encode("utf-8", "backslashreplace") + b"\n"


def laid_out(data: Any, depth: int = 0) -> str:  # noqa: ANN401 (JSON)
    """JSON with sorted keys, a row a line: what lies deeper than a project's files is on one line."""
    if not data or depth == _ROWS or not isinstance(data, (dict, list)):
        return _ENCODER.encode(data)
    if isinstance(data, dict):
        rows = [f"{_ENCODER.encode(str(key))}: {laid_out(data[key], depth + 1)}" for key in sorted(data)]
    else:
        rows = [laid_out(one, depth + 1) for one in data]
    inner, outer = "\n" + " " * (depth + 1), "\n" + " " * depth
    start, end = "{}" if isinstance(data, dict) else "[]"
    return f"{start}{inner}{f',{inner}'.join(rows)}{outer}{end}"


_ROWS = 4
"""The depth of a file: document, "found", a project, "files"."""
_ENCODER = json.JSONEncoder(sort_keys=True, ensure_ascii=False, default=str)


def data_of(record: Record) -> dict[str, Any]:
    """The document as JSON-able data."""
    tables = Tables()
    policy = record.policy
    for index in (*policy.local, *policy.extra, *([policy.public] if policy.public else [])):
        tables.of_index(index)  # in the policy's order
    listings = [record.listings[project] for project in sorted(record.listings)]
    known = {key: record.dependencies[key] for key in sorted(record.dependencies)}
    data = {
        "format": FORMAT,
        "driverenv": __version__,
        "driver": record.driver,
        "name": record.name,
        "policy": encode(policy, tables),
        "target": _target(record.target, tables),
        "requirements": encode(record.requirements, tables),
        "found": [encode(one, tables) for one in listings if isinstance(one, Found)],
        "nowhere": [encode(one, tables) for one in listings if isinstance(one, NowhereFound)],
        "dependencies": {
            key: encode(one, tables) for key, one in known.items() if isinstance(one, Dependencies)
        },
        "unusable": {key: one.detail for key, one in known.items() if isinstance(one, Unusable)},
        "failed": {key: error_data(one.error) for key, one in known.items() if isinstance(one, Failed)},
        "digests": dict(record.digests),
        "warnings": [list(one) for one in sorted(set(record.warnings))],
        "error": None if record.error is None else error_data(record.error),
    }
    return {
        **data,
        "names": [list(names) for names in tables.names],
        "indexes": [_index(one) for one in tables.indexes],
    }


def _target(target: Target | None, tables: Tables) -> Any:  # noqa: ANN401 (JSON)
    """The tags on one line: there are hundreds."""
    return target and {**encode(target, tables), "tags": " ".join(target.tags)}


def _index(index: Index) -> dict[str, Any]:
    """Its place, its name, and the terms that are not usual."""
    usual = Index(index.location)
    terms = {
        name: getattr(index, name) for name in Index.__slots__ if getattr(index, name) != getattr(usual, name)
    }
    return {"location": index.location, **terms}


def error_data(error: Exception) -> dict[str, Any]:
    """An error as JSON-able data, for `error_of`."""
    if not isinstance(error, DriverEnvError):
        error = DriverEnvError(foreign(error))
    return {
        "class": next(one.__name__ for one in type(error).__mro__ if one.__module__ == errors.__name__),
        "code": error.code,
        "summary": error.summary,
        "facts": [list(fact) for fact in error.facts],
        "remedies": list(error.remedies),
        "data": error.data,
    }


def error_of(data: Any, place: str) -> DriverEnvError:  # noqa: ANN401 (JSON)
    """The error that `error_data` made `data` of. Raises `Malformed`."""
    row = _Row(data, place)
    kind = getattr(errors, row.take("class", str), None)
    if not (isinstance(kind, type) and issubclass(kind, DriverEnvError)):
        raise Malformed(f"{place}.class: there is no such error")
    return kind(
        row.take("summary", str),
        code=row.take("code", str),
        facts=row.take("facts", tuple[tuple[str, str], ...]),
        remedies=row.take("remedies", tuple[str, ...]),
        data=row.plain("data"),
    )


def parse(document: bytes, *, path: str) -> Record:
    """The record that `document` is, which was read from `path`.

    Raises `FactsInvalid`: it is no such document, malformed, or of another version.
    """
    return record_of(loaded(document, path=path), path=path)


def loaded(document: bytes, *, path: str) -> Any:  # noqa: ANN401 (JSON)
    """The JSON of a file. Raises `FactsInvalid`."""
    try:
        return json.loads(document)
    except (ValueError, RecursionError) as error:
        raise invalid(path, f"it is no JSON: {error}") from error


def record_of(data: Any, *, path: str) -> Record:  # noqa: ANN401 (JSON)
    """`parse` for a document that is part of another."""
    check_format(data, FORMAT, path=path)
    try:
        return _record(_Row(data, ""))
    except Malformed as error:
        raise invalid(path, str(error), written_by=data.get("driverenv")) from error


def check_format(data: Any, wanted: str, *, path: str) -> None:  # noqa: ANN401 (JSON)
    """Raise `FactsInvalid` unless `data` says that it is of the format `wanted`."""
    found = data.get("format") if isinstance(data, dict) else None
    if found != wanted:
        what = f"its format is {found[:60]!r}" if isinstance(found, str) else "it names no format"
        written_by = data.get("driverenv") if isinstance(data, dict) else None
        raise invalid(path, f"{what}, and this driverenv reads {wanted!r}", written_by=written_by)


def invalid(path: str, why: str, *, written_by: object = None) -> FactsInvalid:
    """The error for a file at `path` that cannot be used."""
    by = [("written by", f"driverenv {foreign(written_by, limit=40)}")] if written_by else []
    return FactsInvalid(
        "the file cannot be used as facts",
        facts=(("file", foreign(path)), ("because", foreign(why)), *by, ("here", f"driverenv {__version__}")),
        remedies=("save them again with this version of driverenv, or use the version that wrote them",),
        data={"file": path, "reason": why},
    )


class _Row:
    """A table of the document; says where something is wrong."""

    def __init__(self, data: Any, place: str, tables: Tables | None = None) -> None:  # noqa: ANN401 (JSON)
        if not isinstance(data, dict):
            raise Malformed(f"{place or 'the file'}: expected a table")
        self._data, self._at = data, f"{place}." if place else ""
        self.tables = tables or Tables()

    def plain(self, key: str) -> dict[str, Any]:
        """A table, as it is."""
        found = self._data.get(key)
        if not isinstance(found, dict):
            raise Malformed(f"{self._at}{key}: expected a table")
        return found

    def maybe(self, key: str) -> dict[str, Any] | None:
        """A table, as it is, or None where there is null."""
        return None if self._data.get(key, 0) is None else self.plain(key)

    def rows(self, key: str) -> list[dict[str, Any]]:
        """A list of tables, as they are."""
        found = self._data.get(key)
        if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
            raise Malformed(f"{self._at}{key}: expected a list of tables")
        return found

    def take(self, key: str, kind: Any) -> Any:  # noqa: ANN401
        """The value at `key`, of this type."""
        if key not in self._data:
            raise Malformed(f"{self._at}{key} is missing")
        return decode(kind, self._data[key], self.tables, f"{self._at}{key}")


def _record(row: _Row) -> Record:
    row.tables = Tables(_indexes(row.rows("indexes")), row.take("names", tuple[tuple[str, ...], ...]))
    listings = (*row.take("found", tuple[Found, ...]), *row.take("nowhere", tuple[NowhereFound, ...]))
    known: dict[str, Known] = row.take("dependencies", Mapping[str, Dependencies])
    known |= {key: Unusable(detail) for key, detail in row.take("unusable", Mapping[str, str]).items()}
    known |= {key: Failed(error_of(one, f"failed.{key}")) for key, one in row.plain("failed").items()}
    return Record(
        driver=row.take("driver", str),
        name=row.take("name", str),
        policy=row.take("policy", Policy),
        target=_target_of(row.maybe("target"), row.tables),
        requirements=row.take("requirements", Requirements | None),
        listings={one.project: one for one in listings},
        dependencies=known,
        digests=row.take("digests", Mapping[str, str]),
        warnings=row.take("warnings", tuple[tuple[str, str], ...]),
        error=None if row.maybe("error") is None else error_of(row.maybe("error"), "error"),
    )


def _indexes(rows: list[dict[str, Any]]) -> list[Index]:
    found = []
    for number, row in enumerate(rows):
        try:
            found.append(Index(**row))
        except (ValueError, TypeError, AttributeError) as error:
            raise Malformed(f"indexes[{number}]: {error}") from error
    return found


def _target_of(data: dict[str, Any] | None, tables: Tables) -> Target | None:
    if data is None:
        return None
    tags = data.get("tags")
    if not isinstance(tags, str):
        raise Malformed("target.tags: expected text")
    target: Target = decode(Target, {**data, "tags": tags.split(" ") if tags else []}, tables, "target")
    return target
