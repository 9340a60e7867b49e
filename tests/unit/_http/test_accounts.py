from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from driverenv._http.accounts import Accounts, given
from driverenv.errors import SettingsInvalid
from driverenv.model.site import Index

LAB = ("http", "pypi.lab", 80)


def test_given() -> None:
    assert given(Index("http://pypi.lab", username="me", password="x")) == ("me", "x")
    assert given(Index("http://token@pypi.lab")) == ("token", "")
    assert given(Index("http://pypi.lab")) is None
    accounts = Accounts(lambda _index: pytest.fail("asked"))
    assert accounts.of(Index("http://me:x@pypi.lab"), LAB) == ("me", "x")


@pytest.mark.parametrize(
    "target",
    [
        ("http", "other", 80),
        ("https", "pypi.lab", 443),
        ("http", "pypi.lab", 8080),
        ("http", "x.pypi.lab", 80),
    ],
)
@pytest.mark.parametrize("credentials", ["given", "netrc", "keyring"])
def test_no_other_origin_gets_any(target: tuple[str, str, int], credentials: str) -> None:
    accounts = Accounts(lambda _index: pytest.fail("asked"))
    index = Index("http://pypi.lab", username="me", password="x", credentials=credentials)
    assert accounts.of(index, target) is None


def test_each_index_is_looked_up_once_when_it_is_needed() -> None:
    asked = list[str]()
    lock = threading.Lock()

    def find(index: Index) -> tuple[str, str] | None:
        with lock:
            asked.append(index.name)
        return None if index.name == "none" else (index.name, "x")

    accounts = Accounts(find)
    assert asked == []
    indexes = [Index("http://pypi.lab", name=name, credentials="netrc") for name in ("a", "b", "none")]
    with ThreadPoolExecutor(12) as pool:
        found = list(pool.map(lambda index: accounts.of(index, LAB), indexes * 12))
    assert found == [("a", "x"), ("b", "x"), None] * 12
    assert sorted(asked) == ["a", "b", "none"]


def test_a_failure_is_remembered_too() -> None:
    asked = list[Index]()

    def find(index: Index) -> tuple[str, str] | None:
        asked.append(index)
        raise SettingsInvalid("no such entry")

    accounts, index = Accounts(find), Index("http://pypi.lab", credentials="keyring")
    for _ in range(3):
        with pytest.raises(SettingsInvalid):
            accounts.of(index, LAB)
    assert asked == [index]
