"""A real pypiserver with its public fallback on, holding one old project and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path

import pytest

from driverenv import Index, Policy, Request
from driverenv._http import HttpTransport, open_transport
from driverenv.errors import LocalVersionMismatch, ProjectNotFound
from driverenv.model.lock import Lock
from driverenv.stories.lock import lock
from tests.kit import PypiServer, StaticIndex
from tests.kit.factories import PypiServerFactory, StaticIndexFactory, UniverseFactory
from tests.unit.stories.bench import Bench

PUBLIC = """
[public.projects]
packaging = ["24.0", "99.1"]
requests = [{ version = "2.32.0", requires = ["idna"] }]
idna = ["3.7"]
"""


@dataclass
class Lab:
    """The bench, a real pypiserver over its folder, and what stands in for public PyPI."""

    bench: Bench
    local: PypiServer
    public: StaticIndex

    def request(self, requirements: str, *, offline: bool = False) -> Request:
        policy = Policy(
            mode="offline" if offline else "online",
            local=[Index(self.local.url, name="lab")],
            public=Index(self.public.simple_url, name="public"),
        )
        return Request(self.bench.driver(requirements), policy=policy, home=self.bench.home)

    @contextmanager
    def logged(self, request: Request) -> Iterator[tuple[HttpTransport, list[str]]]:
        """A real transport, and the URL of every request that it really makes."""
        urls: list[str] = []

        def note(_index: str, _method: str, url: str, public: bool) -> AbstractContextManager[None]:
            urls.append(url)
            assert public is url.startswith(f"{self.public.url}/")
            return nullcontext()

        assert request.policy is not None
        with open_transport(request.policy, on_request=note) as transport:
            yield transport, urls


@pytest.fixture
def lab(
    bench: Bench, universe: UniverseFactory, pypiserver: PypiServerFactory, static_index: StaticIndexFactory
) -> Lab:
    public = static_index(universe(PUBLIC))
    bench.wheel("packaging", "20.9")
    return Lab(bench, pypiserver(bench.index, fallback_url=public.simple_url), public)


def pins(found: Lock) -> dict[str, tuple[str, str]]:
    return {pin.name: (pin.version, pin.index) for pin in found.pins}


def test_local_wins_and_the_rest_is_public(lab: Lab) -> None:
    request = lab.request("packaging\nrequests\n")
    with lab.logged(request) as (transport, urls):
        found = lock(request, transport=transport)
    assert pins(found) == {
        "packaging": ("20.9", "lab"),
        "requests": ("2.32.0", "public"),
        "idna": ("3.7", "public"),
    }
    assert lab.public.log.projects() == {"requests", "idna"}  # never the name that is owned locally
    assert {url.split("/")[2] for url in urls} == {
        f"127.0.0.1:{lab.local.port}",
        f"127.0.0.1:{lab.public.port}",
    }


def test_or_fails(lab: Lab) -> None:
    request = lab.request("requests\npackaging>=99\n")
    with pytest.raises(LocalVersionMismatch) as raised:
        lock(request)
    assert raised.value.code == "LOCAL_NO_MATCH"
    text = str(raised.value)
    assert f"lab ({lab.local.url})" in text
    assert "packaging-20.9-py3-none-any.whl" in text
    assert f"{Path(request.driver, 'requirements.txt')} line 2: packaging>=99" in text
    assert "99.1" not in text  # nobody knows what public has of it, for nobody asked
    assert "packaging" not in lab.public.log.projects()


def test_offline_nothing_leaves(lab: Lab) -> None:
    request = lab.request("packaging\nrequests\n", offline=True)
    with lab.logged(request) as (transport, urls), pytest.raises(ProjectNotFound) as raised:
        lock(request, transport=transport)
    assert raised.value.code == "ABSENT_OFFLINE"
    assert "requests" in raised.value.summary
    assert f"{Path(request.driver, 'requirements.txt')} line 2: requests" in str(raised.value)
    assert urls
    assert [url for url in urls if not url.startswith(f"{lab.local.url}/")] == []
    assert lab.public.log.paths() == []
    assert "requests" in lab.local.log.projects()  # who is local was asked, and sent us on to public


def test_offline_what_is_local_is_locked(lab: Lab) -> None:
    assert pins(lock(lab.request("packaging\n", offline=True))) == {"packaging": ("20.9", "lab")}
    assert lab.public.log.paths() == []


def test_as_it_comes_it_sends_to_real_pypi_and_nobody_goes_there(
    bench: Bench, pypiserver: PypiServerFactory, static_index: StaticIndexFactory, universe: UniverseFactory
) -> None:
    """A site may have another public index, or none: the redirect is an answer, not an order."""
    bench.wheel("packaging", "20.9")
    lab = Lab(bench, pypiserver(bench.index, fallback=True), static_index(universe(PUBLIC)))
    with lab.logged(lab.request("requests\n")) as (transport, urls):
        found = lock(lab.request("requests\n"), transport=transport)
    assert pins(found) == {"requests": ("2.32.0", "public"), "idna": ("3.7", "public")}
    assert not [url for url in urls if "pypi.org" in url]
    request = lab.request("requests\n", offline=True)
    assert request.policy is not None
    for policy in (request.policy, request.policy.replace(public=None)):
        with pytest.raises(ProjectNotFound) as raised:
            lock(request.replace(policy=policy))
        assert raised.value.code == "ABSENT_OFFLINE"
