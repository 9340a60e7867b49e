from __future__ import annotations

from pathlib import Path

import pytest
from packaging.utils import NormalizedName
from packaging.version import Version

from driverenv.errors import IntegrityError
from driverenv.events import Event, Warned
from driverenv.fetch.replaced import Past
from driverenv.model.answers import Found, ProjectFile
from driverenv.model.resolution import Candidate
from driverenv.model.site import Index
from driverenv.store import Store
from driverenv.store.names import Names

NOW = 1_790_000_000
WIDGET = NormalizedName("widget")
LAB = Index("http://user:secret@lab:8036/simple/", name="lab")
PUBLIC = Index("https://pypi.org/simple/", name="public PyPI")
A, B = "a" * 64, "b" * 64
NAME = "widget-1.0-py3-none-any.whl"


def candidate(sha256: str | None, *, index: Index = LAB) -> Candidate:
    hashes = () if sha256 is None else (("sha256", sha256),)
    file = ProjectFile(NAME, f"{index.location}{NAME}", hashes)
    return Candidate(WIDGET, Version("1.0"), file, index, index is PUBLIC, is_wheel=True, tag_rank=0)


class Bench:
    def __init__(self, home: Path) -> None:
        self.names = Names(home, NOW)
        self.store = Store(home)
        self.events: list[Event] = []

    def past(self, replaced: str = "warn") -> Past:
        return Past(self.names, replaced, self.events.append)

    def keep(self, one: Candidate, sha256: str) -> None:
        self.past().keep([one], {one.key: sha256}, self.store)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path / "home")


def test_nothing_is_known_nothing_is_said(bench: Bench) -> None:
    bench.past("fail").check([candidate(A), candidate(B, index=PUBLIC), candidate(None)])
    assert bench.events == []


@pytest.mark.parametrize("on_page", [True, False])
def test_a_local_file_that_changed_is_told_until_it_is_taken(bench: Bench, on_page: bool) -> None:
    bench.keep(candidate(A), A)
    now = candidate(B if on_page else None)
    bench.past().check([now], {now.key: B})
    (told,) = bench.events
    assert isinstance(told, Warned)
    assert told.code == "REPLACED"
    assert f"its sha256 was {A} (remembered since 2026-09-21) and is {B} now" in told.text
    bench.keep(now, B)
    bench.events.clear()
    bench.past().check([now], {now.key: B})
    assert bench.events == []


def test_a_listing_alone_does_not_make_it_known(bench: Bench) -> None:
    bench.keep(candidate(A), A)
    bench.names.remember(Found(WIDGET, LAB, (candidate(B).file,), "http://lab:8036/simple/widget/"))
    bench.past().check([candidate(B)])
    assert [one.code for one in bench.events if isinstance(one, Warned)] == ["REPLACED"]


def test_the_policy_may_refuse_it(bench: Bench) -> None:
    bench.keep(candidate(A), A)
    with pytest.raises(IntegrityError) as raised:
        bench.past("fail").check([candidate(B)])
    assert raised.value.code == "INTEGRITY"
    assert (raised.value.data["was"], raised.value.data["is"]) == (A, B)
    text = str(raised.value)
    assert f"sha256 {A}, remembered since 2026-09-21" in text
    assert "driverenv release widget" in text
    assert "secret" not in text


def test_a_public_file_never_changes(bench: Bench) -> None:
    bench.keep(candidate(A, index=PUBLIC), A)
    bench.past().check([candidate(A, index=PUBLIC)])
    with pytest.raises(IntegrityError) as raised:
        bench.past().check([candidate(B, index=PUBLIC)])
    assert raised.value.data["public"] is True
    assert "public files never change" in str(raised.value)


def test_local_and_public_are_not_compared(bench: Bench) -> None:
    bench.keep(candidate(A, index=PUBLIC), A)
    bench.past("fail").check([candidate(B)])
    assert bench.events == []
