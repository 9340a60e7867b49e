from __future__ import annotations

from collections.abc import Callable

import pytest

from driverenv.errors import SettingsInvalid
from driverenv.model.site import Correction
from driverenv.settings import drivers
from driverenv.settings.place import Place, Reader

PLACE = Place("file /etc/driverenv.toml", "/etc", {}, textual=False)


def wrong(reader: Reader, raw: object) -> str:
    with pytest.raises(SettingsInvalid) as raised:
        reader("key", raw, PLACE)
    return str(raised.value)


def test_pythons() -> None:
    raw = {"3": "3.9", "2": "opt/python2.7", "undeclared": "3"}
    assert drivers.PYTHONS("pythons", raw, PLACE) == (
        ("2", "/etc/opt/python2.7"),
        ("3", "3.9"),
        ("undeclared", "3"),
    )
    assert 'a version such as "2", "3" or "3.9", or undeclared' in wrong(drivers.PYTHONS, {"three": "3.9"})
    assert 'a path, or a version such as "3.12"' in wrong(drivers.PYTHONS, {"3": "python"})
    assert "key.3" in wrong(drivers.PYTHONS, {"3": 3.9})
    assert "a table" in wrong(drivers.PYTHONS, ["3"])


def test_seeds() -> None:
    found = drivers.SEEDS("seeds", {"2.7": ["setuptools<45"], "3": []}, PLACE)
    assert found == (("2.7", ("setuptools<45",)), ("3", ()))
    assert "as name" in wrong(drivers.SEEDS, {"all": []})
    assert "PEP 508" in wrong(drivers.SEEDS, {"3": ["="]})


def test_variables() -> None:
    assert drivers.VARIABLES("variables", {"B": "2", "A": ""}, PLACE) == (("A", ""), ("B", "2"))
    assert "a variable's name" in wrong(drivers.VARIABLES, {"A B": "1"})
    assert "a text" in wrong(drivers.VARIABLES, {"A": 1})
    assert "a text" in wrong(drivers.VARIABLES, {"A": "1\n2"})


def test_names() -> None:
    assert drivers.NAMES("expand_vars", ["A", "B_2"], PLACE) == ("A", "B_2")
    assert drivers.NAMES("expand_vars", "A, B", PLACE._replace(textual=True)) == ("A", "B")
    assert "key[2]" in wrong(drivers.NAMES, ["A", "2B"])
    assert "a list" in wrong(drivers.NAMES, 7)


def test_corrections() -> None:
    raw = [
        {"project": "Ruamel.YAML", "versions": "== 0.15.33", "requires": ["six"], "requires_python": ">=3"}
    ]
    (found,) = drivers.CORRECTIONS("corrections", raw, PLACE)
    assert found == Correction("ruamel-yaml", versions="==0.15.33", requires=["six"], requires_python=">=3")
    assert drivers.shown(found) == {
        "project": "ruamel-yaml",
        "versions": "==0.15.33",
        "requires": ["six"],
        "requires_python": ">=3",
    }
    assert drivers.shown(Correction("six", requires=[])) == {"project": "six", "requires": []}


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        ("six", "tables of project"),
        (["six"], "tables of project"),
        ([{"project": "six"}], "requires, requires_python, or both"),
        ([{"project": "-six", "requires": []}], "a project's name"),
        ([{"requires": []}], "key[1].project"),
        ([{"project": "six", "versions": "1", "requires": []}], "PEP 440"),
        ([{"project": "six", "needs": []}], "`key[1]` has no key `needs`"),
        ([{"project": "six", "requires": ["x @ https://host/x"]}], "without a URL"),
    ],
)
def test_corrections_that_are_none(raw: object, told: str) -> None:
    assert told in wrong(drivers.CORRECTIONS, raw)


@pytest.mark.parametrize("reader", [drivers.PYTHONS, drivers.SEEDS, drivers.VARIABLES, drivers.CORRECTIONS])
def test_tables_stand_in_files_only(reader: Callable[[str, object, Place], object]) -> None:
    with pytest.raises(SettingsInvalid, match="in a settings file only"):
        reader("key", "x", PLACE._replace(textual=True))
