from __future__ import annotations

import gc
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from driverenv import Exemption, Index, Request
from driverenv._http import HttpTransport, open_transport
from driverenv._http.terms import Terms
from driverenv.errors import HomeUnusable, InterpreterNotFound, SettingsInvalid
from driverenv.events import Event, Linking, Warned, ignore
from driverenv.examine import mounts
from driverenv.stories.site import open_site
from driverenv.stories.workshop import open_workshop
from tests.kit.factories import StaticIndexFactory
from tests.unit.stories.bench import RUNNING, Bench


def test_what_is_on_the_bench(bench: Bench) -> None:
    request = bench.request()
    with bench.workshop(request) as workshop:
        assert workshop.policy is workshop.site.policy
        assert workshop.policy == request.policy
        assert workshop.store.home == bench.home
        assert workshop.interpreter.target.python_full_version.startswith(f"{RUNNING}.")
        assert isinstance(workshop.transport, HttpTransport)
        assert workshop.building == ()


def test_its_policy_is_what_holds_today(bench: Bench) -> None:
    ended = Exemption("a", allow="public", until="2020-02-29", reason="r", owner="o")
    request = bench.request(exceptions=[ended, ended.replace(until="2999-12-01")], exclude_newer="7 days")
    with bench.workshop(request) as workshop:
        assert workshop.site.policy == request.policy
        assert [one.until for one in workshop.policy.exceptions] == ["2999-12-01"]
        newest = datetime.fromisoformat(workshop.policy.exclude_newer or "")
        assert 0 <= (datetime.now(UTC) - timedelta(days=7) - newest).total_seconds() < 3600
        assert workshop.asker._policy == workshop.policy
    assert [warned.code for warned in bench.told(Warned)] == ["EXCEPTION_ENDED"]


def test_a_cool_down_that_says_nothing(bench: Bench) -> None:
    with (
        pytest.raises(SettingsInvalid, match="exclude_newer is 'soon'"),
        bench.workshop(bench.request(exclude_newer="soon")),
    ):
        pytest.fail("it was opened")


def test_inside_a_build_it_is_the_same_bench(bench: Bench) -> None:
    with bench.workshop(bench.request()) as workshop:
        inner = workshop.within("a 1.0").within("b 2.0")
        assert inner.building == ("a 1.0", "b 2.0")
        assert workshop.building == ()
        assert inner.asker is workshop.asker
        assert inner.store is workshop.store


def test_its_own_transport_is_closed_at_the_end(bench: Bench, static_index: StaticIndexFactory) -> None:
    server = static_index(bench.index)
    local = [Index(server.url)]
    with bench.workshop(bench.request(local=local)) as workshop:
        assert isinstance(workshop.transport, HttpTransport)
        answer = workshop.transport.get(workshop.policy.local[0], server.simple_url, public=False)
        assert answer.status == 200
        assert workshop.transport._clients
    assert not workshop.transport._clients


def test_a_transport_of_ones_own_stays_open(bench: Bench) -> None:
    request = bench.request()
    assert request.policy is not None
    with open_transport(request.policy) as mine:
        mine._clients.on(Terms())
        with open_workshop(open_site(request), ignore, transport=mine) as workshop:
            assert workshop.transport is mine
        assert len(mine._clients) == 1


def test_nothing_is_left_in_staging_once_it_is_put_away(bench: Bench) -> None:
    with bench.workshop(bench.request()) as workshop:
        with workshop.store.staging() as folder:
            assert folder.is_dir()
        assert len(bench.staged()) == 2  # a folder of its own and the lock beside it
    del workshop
    gc.collect()
    assert bench.staged() == []


def test_no_interpreter(bench: Bench) -> None:
    request = bench.request().replace(python=str(bench.root / "python"))
    with pytest.raises(InterpreterNotFound), bench.workshop(request):
        pytest.fail("it was opened")


def test_no_home(bench: Bench) -> None:
    file = bench.root / "file"
    file.write_bytes(b"")
    request = Request(bench.driver(""), policy=bench.policy(), home=file / "home")
    with pytest.raises(HomeUnusable, match="cannot write below its home"), bench.workshop(request):
        pytest.fail("it was opened")


def test_each_warning_is_told_once_a_launch_whoever_says_it(bench: Bench) -> None:
    told: list[Event] = []
    one, other = Warned("A", "text"), Warned("A", "other text")
    with (
        open_workshop(open_site(bench.request()), told.append) as workshop,
        ThreadPoolExecutor(8) as threads,
    ):
        list(threads.map(workshop.on_event, [one, other, Linking(1)] * 50))
        workshop.within("a 1.0").on_event(one)
    assert sorted(map(str, told)) == sorted(map(str, [one, other, *[Linking(1)] * 50]))
    again: list[Event] = []
    with open_workshop(open_site(bench.request()), again.append) as workshop:
        workshop.on_event(one)
    assert again == [one]


def test_on_a_network_file_system_nothing_is_made(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    bench.wheel("six")
    monkeypatch.setattr(mounts, "mount_of", lambda _folder: mounts.Mount("/srv", "nfs4", is_remote=True))
    with pytest.raises(HomeUnusable) as caught:
        bench.prepare(bench.request("six\n"))
    assert caught.value.code == "HOME_UNSUITABLE"
    assert bench.environments() == []
    bench.prepare(bench.request("six\n", network_home="allow"))
