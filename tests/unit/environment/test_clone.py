from __future__ import annotations

import errno
from pathlib import Path

import pytest

from driverenv.environment import clone
from driverenv.environment.clone import CLONE, COPY, LINK, method
from driverenv.store import Store


def test_the_policys_word_stands(tmp_path: Path) -> None:
    store = Store(tmp_path / "home")
    assert (method("link", store), method("copy", store)) == (LINK, COPY)
    assert store.read(clone.KIND, "home") is None


@pytest.mark.parametrize(("works", "expected"), [(True, CLONE), (False, LINK)])
def test_auto_is_found_out_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, works: bool, expected: str
) -> None:
    tried: list[str] = []

    def attempt(source: str, target: str, *, mode: int, mtime: int | None = None) -> None:
        tried.append(source)
        if not works:
            raise OSError(errno.EOPNOTSUPP, "no")
        Path(target).write_bytes(Path(source).read_bytes())

    monkeypatch.setattr(clone, "clone", attempt)
    store = Store(tmp_path / "home")
    assert [method("auto", store), method("auto", Store(tmp_path / "home"))] == [expected, expected]
    assert len(tried) == 1


def test_on_another_device_it_is_tried_again(tmp_path: Path) -> None:
    store = Store(tmp_path / "home")
    expected = method("auto", store)
    for document in (b'{"device": -1, "works": true}', b'{"device": -1, "works": false}', b"[]", b"torn"):
        store.write(clone.KIND, "home", document)
        assert method("auto", store) == expected
