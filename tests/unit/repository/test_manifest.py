from __future__ import annotations

import json

import pytest

from driverenv.errors import RepositoryRefused
from driverenv.repository.manifest import Item, Manifest, parse, render

SIX = Item("sub/six-1.0-py3-none-any.whl", "six", "1.0", "ab" * 32, 7, "2026-11-22T21:40:07Z")
STRAY = Item("bundle.zip", "", "", None, None, None)
MANIFEST = Manifest("/srv/pypi", "2026-11-22T21:40:07Z", (STRAY, SIX), content="../content", why="x")


def test_there_and_back() -> None:
    document = render(MANIFEST)
    assert parse(document, path="x.json") == MANIFEST
    assert render(parse(document, path="x.json")) == document
    assert json.loads(document)["files"][1]["sha256"] == "ab" * 32
    empty = Manifest("/srv/pypi", "", ())
    assert parse(render(empty), path="x.json") == empty


def test_what_it_owns() -> None:
    assert MANIFEST.projects == {"six"}
    assert SIX.filename == "six-1.0-py3-none-any.whl"


def changed(**row: object) -> bytes:
    data = json.loads(render(MANIFEST))
    data["files"][0] |= row
    return json.dumps(data).encode()


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"[]",
        b"{}",
        b'{"format": "driverenv-repository 2"}',
        b'{"format": "driverenv-repository 1"}',
        b"[" * 100_000,
        changed(path="../six.whl"),
        changed(path="/etc/passwd"),
        changed(path="a\\six.whl"),
        changed(path=".driverenv/lock"),
        changed(path=7),
        changed(version="latest"),
        changed(size="7"),
        changed(more=1),
    ],
)
def test_what_cannot_be_used(document: bytes) -> None:
    with pytest.raises(RepositoryRefused) as caught:
        parse(document, path="x.json")
    assert (caught.value.code, caught.value.data["file"]) == ("SNAPSHOT_INVALID", "x.json")
