"""What an environment's receipt says, for a report. A receipt that is not one is refused, with the reason."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from driverenv.records.reasons import builders
from driverenv.report.content import EXTRA, LOCAL, NAMED, PUBLIC, Build, Contents, Distribution, Said
from driverenv.stories.reporting.texts import plain, said, several

MOST_DISTRIBUTIONS = 1_000
"""Of one environment."""
_LARGEST = 64 * 1024 * 1024
_MOST_BYTES = 2**63
_MOST = 12
"""So many of what asks for a distribution, and of files that were passed over."""
_MOST_ROWS = 60

Row = Mapping[str, Any]


def loaded(path: Path) -> dict[str, Any]:
    """The JSON object in a file. Raises `OSError`, and `ValueError` where it is none, or far too large."""
    status = os.stat(path)
    if not stat.S_ISREG(status.st_mode):
        raise ValueError("it is no file")
    if status.st_size > _LARGEST:
        raise ValueError(f"it is larger than {_LARGEST // 1024 // 1024} MiB")
    try:
        found = json.loads(path.read_bytes())
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error
    if not isinstance(found, dict):
        raise ValueError("it is no JSON object")  # noqa: TRY004 (of the file, not of a value)
    return found


def contents(path: Path) -> Contents:
    """What the receipt at `path` says. Raises `OSError`, and `ValueError` where this is no receipt."""
    receipt = loaded(path)
    try:
        return _contents(receipt)
    except KeyError as error:
        raise ValueError(f"this is no receipt: it has no {plain(error, 100)}") from error
    except (TypeError, AttributeError, OverflowError) as error:
        raise ValueError(f"this is no receipt: {plain(error, 200)}") from error


def _contents(receipt: Row) -> Contents:
    rows = receipt["distributions"]
    policy, request, python = (receipt.get(name, {}) for name in ("policy", "request", "python"))
    return Contents(
        created=plain(receipt.get("created", "")),
        python=plain(python.get("version", "")),
        executable=plain(python.get("executable", "")),
        mode=plain(policy.get("mode", "")),
        requirements=_lines(request),
        exceptions=tuple(map(_exception, policy.get("exceptions", ())[:_MOST_ROWS])),
        distributions=_distributions(receipt, rows[:MOST_DISTRIBUTIONS]),
        more_distributions=max(0, len(rows) - MOST_DISTRIBUTIONS),
        builds=tuple(map(_build, receipt.get("builds", ())[:_MOST_ROWS])),
        hooks=tuple(map(_hook, receipt.get("startup_hooks", ())[:_MOST_ROWS])),
        warnings=said(receipt.get("warnings", ()), "code", "text", _MOST_ROWS),
    )


def _lines(request: Row) -> tuple[Said, ...]:
    rows = request.get("requirements", ())
    lines = [Said(f"{plain(row['file'])} line {plain(row['line'])}", plain(row["text"])) for row in rows]
    lines += [Said("the site, for every driver", plain(text)) for text in request.get("baseline", ())]
    more = [Said("", f"and {len(lines) - _MOST_ROWS} more")] if len(lines) > _MOST_ROWS else []
    return (*lines[:_MOST_ROWS], *more)


def _exception(row: Row) -> str:
    return plain(f"{row['project']}: {row['allow']} until {row['until']} ({row['reason']}, {row['owner']})")


def _distributions(receipt: Row, rows: Iterable[Row]) -> tuple[Distribution, ...]:
    rows = list(rows)
    answers = {str(row["project"]): row for row in receipt.get("answers", ())}
    labels = {f"{row['name']} {row['version']}": str(row["name"]) for row in rows}
    extra = {(one["name"], one["location"]) for one in receipt.get("policy", {}).get("extra", ())}
    built_by = builders(receipt)
    found = (
        replace(
            _distribution(row, answers.get(str(row["name"]), {}), labels, extra),
            built_by=plain(built_by.get(str(row.get("wheel_sha256")), "")),
        )
        for row in rows
    )
    return tuple(sorted(found, key=lambda one: one.name))


def _distribution(
    row: Row, answer: Row, labels: Mapping[str, str], extra: set[tuple[object, object]]
) -> Distribution:
    asked = row["requested_by"]
    parents = dict.fromkeys(labels.get(str(text).partition(": ")[0], "") for text in asked)
    size = row.get("size")
    return Distribution(
        name=plain(row["name"], 200),
        version=plain(row["version"], 100),
        origin=_origin(row, extra),
        index=plain(row["index"]["name"], 200),
        location=plain(row["index"]["location"]),
        rule=plain(row.get("rule", "")),
        file=plain(row["file"]),
        url=plain(row.get("url", "")),
        sha256=plain(row["sha256"], 64),
        size=size if isinstance(size, int) and 0 <= size < _MOST_BYTES else None,
        built=bool(row["built"]),
        requested_by=several(asked, _MOST),
        parents=tuple(plain(name, 200) for name in parents if name),
        chain=several(row.get("chain", []), _MOST),
        absent=said(answer.get("absent", ()), "index", "proof", _MOST),
        not_asked=said(answer.get("not_asked", ()), "index", "reason", _MOST),
        passed_over=said(answer.get("passed_over", ()), "file", "reason", _MOST),
        more_passed_over=int(answer.get("more_passed_over", 0)),
        notes=(
            *several(row.get("notes", []), _MOST),
            *([f"its metadata is corrected: {plain(row['corrected'])}"] if row.get("corrected") else []),
        ),
    )


def _origin(row: Row, extra: set[tuple[object, object]]) -> str:
    index = row["index"]
    if row.get("direct"):
        return NAMED
    if index["public"]:
        return PUBLIC
    return EXTRA if (index["name"], index["location"]) in extra else LOCAL


def _build(row: Row) -> Build:
    contained = row.get("containment", {})
    told = [f"{name} {contained[name]}" for name in ("network", "files", "processes") if name in contained]
    return Build(
        wheel=plain(row["wheel"]),
        python=plain(row["python"]),
        tools=several([f"{one['name']} {one['version']}" for one in row["tools"]], _MOST_ROWS),
        contained=plain(", ".join(told) + (f" ({contained['because']})" if contained.get("because") else "")),
        seconds=float(row["seconds"]),
        attempt=int(row.get("attempt", 1)),
        because=plain(row.get("because", "")),
        log=plain(row.get("log", "")),
        fleet=plain(row.get("fleet", "")),
    )


def _hook(row: Row) -> Said:
    runs = "; ".join(map(str, row["runs"]))
    return Said(plain(f"{row['project']} {row['version']}"), plain(f"{row['file']}: {runs}"))
