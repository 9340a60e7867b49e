from __future__ import annotations

import json
import tomllib
from datetime import date

import jsonschema
import pytest

from driverenv.settings.reading import READERS
from driverenv.settings.schema import DIALECT, schema
from tests.unit.test_settings import EVERYTHING


def is_valid(toml: str) -> bool:
    data = json.loads(json.dumps(tomllib.loads(toml), default=iso))
    return bool(jsonschema.Draft202012Validator(schema()).is_valid(data))


def iso(value: object) -> str:
    assert isinstance(value, date)
    return value.isoformat()


def test_it_is_a_schema() -> None:
    made = schema()
    assert made["$schema"] == DIALECT
    jsonschema.Draft202012Validator.check_schema(made)
    assert list(made["properties"]) == list(READERS)


def test_every_key_says_what_it_means() -> None:
    made = schema()
    tables = (
        made["properties"],
        made["$defs"]["index"]["properties"],
        made["properties"]["exceptions"]["items"]["properties"],
    )
    assert [name for table in tables for name, one in table.items() if not one.get("description")] == []


def test_what_is_allowed_is_valid() -> None:
    assert is_valid("")
    assert is_valid(EVERYTHING)
    assert is_valid('public = false\nproxy = false\nlocal = ["wheels", "http://lab/"]')


@pytest.mark.parametrize(
    "toml",
    [
        'mod = "online"',
        'mode = "on"',
        'local = "wheels"',
        'local = [{name = "x"}]',
        'local = [{location = "x", password = "pw"}]',
        'local = [{location = "x", password_env = "A", password_file = "b"}]',
        "public = true",
        'public = "wheels"',
        'private = ["Acme_*"]',
        "valid_for_minutes = -1",
        'exceptions = [{project = "six"}]',
        "sources = {six = []}",
    ],
)
def test_what_is_not_allowed_is_not(toml: str) -> None:
    assert not is_valid(toml)


def test_nobody_can_change_it() -> None:
    schema()["properties"]["mode"]["enum"].clear()
    assert schema()["properties"]["mode"]["enum"] == ["online", "offline"]
