from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest

from driverenv.records.schema import SCHEMA, schema


def test_it_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(schema())
    assert schema()["properties"]["schema"] == {"const": SCHEMA}
    assert json.loads(json.dumps(schema())) == schema()


def test_nobody_shares_it() -> None:
    schema()["properties"].clear()
    assert schema()["properties"]


def smallest() -> dict[str, Any]:
    return {
        "schema": SCHEMA,
        "driverenv": "0",
        "created": "2026-11-30T00:00:00Z",
        "name": "x",
        "key": "a" * 40,
        "python": {"executable": "/python", "version": "3.11.7"},
        "request": {
            "driver": "/x",
            "name": "x",
            "python": "",
            "groups": [],
            "building": [],
            "requirements": [],
            "constraints": [],
            "baseline": [],
        },
        "policy": {
            "mode": "online",
            "prereleases": "never",
            "builds": "never",
            "sharing": "link",
            "local": [],
            "public": None,
        },
        "distributions": [],
        "answers": [],
        "builds": [],
        "startup_hooks": [],
        "timings": {},
        "warnings": [],
    }


def test_the_smallest_receipt() -> None:
    jsonschema.Draft202012Validator(schema()).validate(smallest())


@pytest.mark.parametrize(
    "wrong",
    [
        {"schema": "driverenv-receipt 1"},
        {"more": 1},
        {"key": "x"},
        {"timings": {"read": -1}},
        {"distributions": [{"name": "six"}]},
        {"answers": [{"project": "six", "absent": [{"index": "lab"}], "not_asked": []}]},
    ],
)
def test_what_is_none(wrong: dict[str, Any]) -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft202012Validator(schema()).validate({**smallest(), **wrong})
