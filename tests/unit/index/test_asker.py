from __future__ import annotations

import threading
from pathlib import Path

import pytest
from packaging.utils import NormalizedName

from driverenv.errors import IndexUnavailable
from driverenv.index.asker import Asker
from driverenv.model.answers import Absent, Found
from driverenv.model.site import Index, Policy
from tests.kit import rawserver
from tests.kit.factories import RawServerFactory, StaticIndexFactory, WheelFactory

from .conftest import OpenTransport

SIX = NormalizedName("six")


def test_each_index_is_asked_once(
    tmp_path: Path, make_wheel: WheelFactory, static_index: StaticIndexFactory, transport_for: OpenTransport
) -> None:
    make_wheel("six", "1.0", tmp_path)
    server = static_index(tmp_path)
    policy = Policy(local=[Index(server.simple_url)])
    asker = Asker(policy, transport=transport_for(policy))
    answers = list[object]()
    threads = [
        threading.Thread(target=lambda: answers.append(asker.ask(policy.local[0], SIX, public=False)))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 8
    assert all(answer is answers[0] for answer in answers)
    absent = [asker.ask(policy.local[0], NormalizedName(name), public=False) for name in ("x", "y", "x")]
    assert all(isinstance(answer, Absent) for answer in absent)
    assert sorted(server.log.paths()) == ["/simple/", "/simple/six/", "/simple/x/", "/simple/y/"]


def test_failures_are_remembered_too(raw_server: RawServerFactory, transport_for: OpenTransport) -> None:
    server = raw_server()
    server.otherwise(rawserver.page(b"", "403 No"))
    policy = Policy(local=[Index(server.simple_url)])
    asker = Asker(policy, transport=transport_for(policy))
    for _ in range(2):
        with pytest.raises(IndexUnavailable):
            asker.ask(policy.local[0], SIX, public=False)
    assert len(server.log) == 1


def test_looking_ahead_never_fails(
    raw_server: RawServerFactory, transport_for: OpenTransport, tmp_path: Path
) -> None:
    server = raw_server()
    server.otherwise(rawserver.page(b"", "403 No"))
    for first in (Index(server.simple_url), Index(tmp_path)):
        policy = Policy(local=[first])
        Asker(policy, transport=transport_for(policy)).look_ahead()
    Asker(Policy(), transport=transport_for(Policy())).look_ahead()
    assert server.log.paths() == ["/simple/"]


def test_folders_need_no_transport(
    tmp_path: Path, make_wheel: WheelFactory, transport_for: OpenTransport
) -> None:
    make_wheel("six", "1.0", tmp_path)
    policy = Policy(local=[Index(tmp_path)], mode="offline")
    asker = Asker(policy, transport=transport_for(policy))
    assert isinstance(asker.ask(policy.local[0], SIX, public=False), Found)


def test_news_is_news_once(transport_for: OpenTransport) -> None:
    asker = Asker(Policy(), transport=transport_for(Policy()))
    assert [asker.is_news(note) for note in "aab"] == [True, False, True]
