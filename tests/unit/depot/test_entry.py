from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from driverenv.depot.entry import Entry, Refused, _signature, key_id, opened, sealed
from driverenv.model.build import Sought
from tests.unit.model.test_build import RECORD

KEY, OTHER = "k" * 32, "o" * 32
SOUGHT = Sought("six", "1.17.0", "six-1.17.0.tar.gz", RECORD.sdist_sha256, "Python 3.11", "t" * 40, "p" * 40)
ENTRY = Entry(SOUGHT, RECORD, 11_000, "server-2", "2026-11-30T07:00:00Z")


def forged(key: str = KEY, **changes: Any) -> bytes:  # noqa: ANN401 (JSON)
    """The entry with other content, under a signature that fits."""
    _, _, body = sealed(ENTRY, KEY).partition(b"\n{")
    said = {**json.loads(b"{" + body), **changes}
    manifest = json.dumps(said).encode()
    return (
        f"driverenv-fleet 1\nkey {key_id(key)}\nhmac-sha256 {_signature(manifest, key)}\n".encode() + manifest
    )


def refusal(data: bytes, key: str = KEY, sought: Sought = SOUGHT) -> str:
    with pytest.raises(Refused) as caught:
        opened(data, key, sought)
    return str(caught.value)


def test_what_was_sealed_is_opened() -> None:
    data = sealed(ENTRY, KEY)
    assert opened(data, KEY, SOUGHT) == ENTRY
    assert KEY.encode() not in data


def test_who_does_not_know_the_key_is_not_believed() -> None:
    data = sealed(ENTRY, KEY)
    for at in range(data.index(b"{"), len(data), 97):
        changed = data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]
        assert "signature is wrong" in refusal(changed)
    assert "another key" in refusal(data, OTHER)
    relabelled = data.replace(key_id(KEY).encode(), key_id(OTHER).encode())
    assert "signature is wrong" in refusal(relabelled, OTHER)
    for other in (b"", b"{}", b"<html>", data[:40], data.upper(), b"\n" + data):
        assert refusal(other) == "it is no entry of a fleet store"
    assert "signature is wrong" in refusal(data + b" ")


def test_an_entry_under_another_name_is_none() -> None:
    for changes in ({"version": "1.16.0"}, {"sha256": "0" * 64}, {"tags": "x"}, {"policy": "x"}):
        assert "something else" in refusal(sealed(ENTRY, KEY), sought=replace(SOUGHT, **changes))
    other = replace(ENTRY, record=replace(RECORD, sdist_sha256="0" * 64))
    assert "something else" in refusal(sealed(other, KEY))


def test_even_who_knows_the_key_writes_no_nonsense() -> None:
    record = RECORD.as_dict()
    wrong: tuple[dict[str, Any], ...] = (
        {"size": -1},
        {"size": True},
        {"size": 1 << 40},
        {"record": {}},
        {"record": {**record, "wheel": "../../six-1.17.0-py3-none-any.whl"}},
        {"record": {**record, "wheel": "six.exe"}},
        {"record": {**record, "wheel_sha256": "../" + record["wheel_sha256"]}},
        {"sought": {}},
    )
    for changes in wrong:
        assert "cannot be read" in refusal(forged(**changes)), changes


def test_the_key_has_one_name_per_key() -> None:
    assert key_id(KEY) != key_id(OTHER)
    assert len(key_id(KEY)) == 16
    assert SOUGHT.key != replace(SOUGHT, version="1").key
