from __future__ import annotations

from pathlib import Path

import pytest

from driverenv.errors import SettingsInvalid
from driverenv.model.keeping import Keep
from driverenv.settings import keeping
from driverenv.settings.place import Place

PLACE = Place("file f key keep", str(Path("/site")), {"HOME": "/me"}, textual=False)


def read(raw: object) -> Keep:
    found: Keep = keeping.KEEP("keep", raw, PLACE)
    return found


def test_every_key() -> None:
    raw = {
        "generations": 1,
        "unused_days": 7,
        "grace_minutes": 5,
        "max_bytes": "20 GB",
        "store_bytes": "5 GB",
        "logs": "logs",
        "log_files": ["*.txt"],
    }
    keep = Keep(
        generations=1,
        unused_days=7,
        grace_minutes=5,
        max_bytes=20 * 10**9,
        store_bytes=5 * 10**9,
        logs="/site/logs",
        log_files=["*.txt"],
    )
    assert read(raw) == keep
    assert keeping.shown(keep) == {
        **raw,
        "unused_days": 7.0,
        "grace_minutes": 5.0,
        "max_bytes": 20 * 10**9,
        "store_bytes": 5 * 10**9,
        "logs": "/site/logs",
    }
    assert read({}) == Keep()
    assert keeping.shown(Keep()) == {}


@pytest.mark.parametrize(
    ("raw", "key"),
    [
        (7, "keep"),
        ({"generations": 1.5}, "keep.generations"),
        ({"generations": True}, "keep.generations"),
        ({"unused_days": -1}, "keep.unused_days"),
        ({"max_bytes": "much"}, "keep.max_bytes"),
        ({"max_bytes": -1}, "keep.max_bytes"),
        ({"max_bytes": "1 iB"}, "keep.max_bytes"),
        ({"logs": 1}, "keep.logs"),
        ({"log_files": "*.log"}, "keep.log_files"),
        ({"log_files": ["", "x"]}, "keep.log_files[1]"),
        ({"generation": 1}, "generation"),
    ],
)
def test_what_is_not_allowed(raw: object, key: str) -> None:
    with pytest.raises(SettingsInvalid) as raised:
        read(raw)
    assert raised.value.data["key"] == key


def test_variables_cannot_say_it() -> None:
    with pytest.raises(SettingsInvalid, match="the setting `keep`"):
        keeping.KEEP("keep", "1", PLACE._replace(textual=True))


@pytest.mark.parametrize(
    ("text", "count"),
    [("17", 17), ("1 kB", 1000), ("1.5GB", 1_500_000_000), ("2 MiB", 2 << 20), ("3g", 3 * 10**9), ("1 B", 1)],
)
def test_sizes(text: str, count: int) -> None:
    assert keeping.size(text) == count


@pytest.mark.parametrize("text", ["", "B", "1 iB", "-1", "1 XB", "1e3", "9" * 19])
def test_what_is_no_size(text: str) -> None:
    with pytest.raises(ValueError, match="not a size"):
        keeping.size(text)
