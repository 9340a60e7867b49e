from __future__ import annotations

import pytest

from driverenv.model.fleet import Fleet
from driverenv.model.index import Index

KEY = "k" * 32


def test_where_it_may_be() -> None:
    server = Index("https://me:secret@wheels.lab.example/fleet/")
    assert Fleet("/mnt/fleet", key=KEY).index == Index("/mnt/fleet")
    assert Fleet(server, key=KEY, write=True).index == server
    assert str(Fleet(server, key=KEY)) == "https://wheels.lab.example/fleet/"
    bucket = Fleet("s3://wheels/lab", key=KEY)
    assert (bucket.index, str(bucket)) == (None, "s3://wheels/lab")


def test_what_is_none() -> None:
    for store, key in (
        ("s3://", KEY),
        ("s3:///x", KEY),
        ("relative", KEY),
        ("ftp://x/", KEY),
        ("/x", "short"),
    ):
        with pytest.raises(ValueError, match=r"."):
            Fleet(store, key=key)


def test_the_key_is_never_shown() -> None:
    fleet = Fleet("/mnt/fleet", key=KEY)
    assert KEY not in repr(fleet)
    assert fleet.replace(write=True).key == KEY
