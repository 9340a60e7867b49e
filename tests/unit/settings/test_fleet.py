from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from driverenv.errors import SettingsInvalid
from driverenv.model.fleet import Fleet
from driverenv.model.index import Index
from driverenv.settings.fleet import FLEET, shown
from driverenv.settings.passwords import UNKNOWN_KEY
from driverenv.settings.place import Place

KEY = "k" * 32
PLACE = Place("file x key fleet", "/site", {"KEY": KEY, "SHORT": "k", "WORD": "horse"}, textual=False)


def read(raw: object, place: Place = PLACE) -> Fleet | None:
    found: Fleet | None = FLEET("fleet", raw, place)
    return found


def test_a_folder_a_server_and_a_bucket(tmp_path: Path) -> None:
    file = tmp_path / "fleet.key"
    file.write_text(f"{KEY}\n", encoding="utf-8")
    assert read({"location": "fleet", "key_file": str(file)}) == Fleet(
        Index("/site/fleet", name="fleet store"), key=KEY
    )
    server = read(
        {
            "location": "https://wheels.lab.example/fleet/",
            "key_env": "KEY",
            "write": True,
            "username": "me",
            "password_env": "WORD",
            "ca_file": "lab.pem",
        }
    )
    index = Index(
        "https://wheels.lab.example/fleet/",
        name="fleet store",
        username="me",
        password="horse",
        ca_file="/site/lab.pem",
    )
    assert server == Fleet(index, key=KEY, write=True)
    assert server is not None
    assert shown(server) == {
        "location": "https://wheels.lab.example/fleet/",
        "key": "***",
        "write": True,
        "username": "me",
    }
    bucket = read({"location": "s3://wheels/lab", "key_env": "KEY"})
    assert bucket == Fleet("s3://wheels/lab", key=KEY)
    assert read(False) is None


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        ("/mnt/fleet", "`fleet`"),
        ({"key_env": "KEY"}, "`fleet.location`"),
        ({"location": "/mnt/fleet"}, "`fleet.key_file`"),
        ({"location": "/mnt/fleet", "key_env": "SHORT"}, "`fleet.key`"),
        ({"location": "/mnt/fleet", "key": KEY}, "`fleet.key`"),
        ({"location": "/mnt/fleet", "key_env": "NOWHERE"}, "NOWHERE"),
        ({"location": "/mnt/fleet", "key_env": "KEY", "write": "yes"}, "`fleet.write`"),
        ({"location": "/mnt/fleet", "key_env": "KEY", "wrote": True}, "`wrote`"),
        ({"location": "s3://wheels", "key_env": "KEY", "username": "me"}, "`fleet.username`"),
        ({"location": "ftp://wheels", "key_env": "KEY"}, "`fleet`"),
    ],
)
def test_what_is_wrong_is_said_without_the_key(raw: Any, told: str) -> None:  # noqa: ANN401
    with pytest.raises(SettingsInvalid) as caught:
        read(raw)
    assert told in str(caught.value)
    assert KEY not in str(caught.value)


def test_a_key_that_cannot_be_had() -> None:
    missing: list[str] = []
    found = read({"location": "/mnt/fleet", "key_env": "NOWHERE"}, PLACE._replace(missing=missing))
    assert (found is not None and found.key, len(missing)) == (UNKNOWN_KEY, 1)
