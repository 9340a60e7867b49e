from __future__ import annotations

import json
import tomllib

from driverenv.cli import formats
from driverenv.events import Warned
from driverenv.model.launch import Environment
from tests.unit.cli.bench import FakeLock, Pin


def test_pins_are_sorted() -> None:
    assert formats.pins(FakeLock((Pin(), Pin(name="idna", version="3.7")))) == "idna==3.7\nsix==1.16.0\n"
    assert formats.pins(FakeLock(())) == ""


def test_json_has_the_index_and_the_file_of_each() -> None:
    lock = FakeLock((Pin(url="http://u:pw@lab/six.whl", location="http://u:pw@lab/simple/"),))
    answer = json.loads(formats.lock_json(lock, warnings=[{"code": "A", "text": "b"}]))
    assert answer["python"] == "3.11.7"
    assert answer["warnings"] == [{"code": "A", "text": "b"}]
    assert answer["pins"] == [
        {
            "name": "six",
            "version": "1.16.0",
            "index": "lab",
            "location": "http://lab/simple/",
            "public": False,
            "filename": "six-1.16.0-py2.py3-none-any.whl",
            "url": "http://lab/six.whl",
            "hashes": {"sha256": "ab" * 32},
            "size": 11_053,
            "is_wheel": True,
            "requires_python": ">=2.7",
            "extras": [],
            "requested_by": ["requirements.txt:1"],
            "direct": "",
        }
    ]


def test_warnings_have_an_order_of_their_own() -> None:
    warnings = [Warned("B", "x"), Warned("A", "y"), Warned("A", "x")]
    rows = [("A", "x"), ("A", "y"), ("B", "x")]
    assert formats.warned(warnings) == [{"code": code, "text": text} for code, text in rows]


def test_settings_toml_of_every_kind() -> None:
    entry = {"value": [{"location": "/a", "name": "/a"}, {"location": "/b", "name": "b"}], "source": "x"}
    described = {
        "settings": {
            "mode": {"value": "online", "source": "default"},
            "public": {"value": False, "source": "y"},
            "python": {"value": None, "source": "default"},
            "local": entry,
            "valid_for_minutes": {"value": 480.0, "source": "default"},
        },
        "files": [{"path": "/etc/driverenv.toml", "found": False}],
        "cautions": ["look at it"],
    }
    assert formats.settings_toml(described) == (
        'mode = "online"  # default\n'
        "public = false  # y\n"
        "# python is not set  # default\n"
        'local = [\n    "/a",\n    {location = "/b", name = "b"},\n]  # x\n'
        "valid_for_minutes = 480.0  # default\n"
        "# not there: /etc/driverenv.toml\n"
        "# caution: look at it\n"
    )


def test_a_table_is_toml_whatever_its_keys() -> None:
    value = {"acme-*": ["lab"], "numpy": ["public"]}
    text = formats.settings_toml(
        {"settings": {"sources": {"value": value, "source": "default"}}, "files": [], "cautions": []}
    )
    assert tomllib.loads(text) == {"sources": value}


def test_whether_it_is_stale() -> None:
    environment = Environment(prefix="/x/n", python="p", bin="b", site_packages="s", name="n", key="k")
    for code, stale in (("STALE", True), ("YANKED", False)):
        warnings = [{"code": code, "text": "t"}]
        assert (
            json.loads(formats.prepared_json(environment, reused=True, warnings=warnings))["stale"] is stale
        )
