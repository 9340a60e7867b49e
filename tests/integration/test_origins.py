"""Where a launch goes, whatever an index says: its own origin, and the hosts that its terms name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from driverenv import DriverEnvError, Environment, Index, Policy, Request, prepare
from tests.kit import Answer, StaticIndex
from tests.kit.factories import StaticIndexFactory
from tests.unit.stories.bench import Bench


class Lab:
    """An index, and another host; who heard of whom is in their logs."""

    def __init__(self, bench: Bench, index: StaticIndex, other: StaticIndex, wheel: Path) -> None:
        self.bench, self.index, self.other, self.wheel = bench, index, other, wheel

    def page(self, href: str) -> Answer:
        body = f'<!DOCTYPE html><html><body><a href="{href}">x</a></body></html>'
        return Answer(200, {"content-type": "text/html"}, body.encode())

    def prepare(self, *, public: bool = False, **terms: Any) -> Environment:  # noqa: ANN401 (fields have all types)
        index = Index(self.index.simple_url, name="lab", username="me", password="secret", **terms)
        policy = Policy(
            mode="online" if public else "offline",
            local=[] if public else [index],
            public=index if public else None,
            byte_code="never",
        )
        return prepare(Request(self.bench.driver("alpha\n"), policy=policy, home=self.bench.home))

    def refused(self, **terms: Any) -> str:  # noqa: ANN401
        with pytest.raises(DriverEnvError) as caught:
            self.prepare(**terms)
        assert len(self.other.log) == 0
        return caught.value.code

    @property
    def other_host(self) -> str:
        return f"127.0.0.1:{self.other.port}"


@pytest.fixture
def lab(bench: Bench, static_index: StaticIndexFactory) -> Lab:
    wheel = bench.wheel("alpha")
    index, other = static_index(bench.index), static_index(bench.index)
    for server in (index, other):
        server.override(f"/store/{wheel.name}", Answer(200, {}, wheel.read_bytes()))
    return Lab(bench, index, other, wheel)


def has_credentials(server: StaticIndex) -> set[bool]:
    return {"authorization" in row.request.headers for row in server.log}


def test_files_elsewhere(lab: Lab) -> None:
    lab.index.override("/simple/alpha/", lab.page(f"{lab.other.url}/store/{lab.wheel.name}"))
    assert lab.refused() == "LOCAL_REDIRECT"
    assert lab.refused(redirect_hosts=[lab.other_host]) == "LOCAL_REDIRECT"  # that is for pages
    assert lab.refused(file_hosts=["127.0.0.1"]) == "LOCAL_REDIRECT"  # without a port: the default one
    lab.prepare(file_hosts=[lab.other_host])
    assert f"/store/{lab.wheel.name}" in lab.other.log.paths()
    assert has_credentials(lab.other) == {False}
    assert has_credentials(lab.index) == {True}


def test_pages_elsewhere(lab: Lab) -> None:
    lab.index.redirect("/simple/alpha/", f"{lab.other.url}/simple/alpha/")
    lab.other.override("/simple/alpha/", lab.page(f"{lab.index.url}/store/{lab.wheel.name}"))
    assert lab.refused() == "LOCAL_REDIRECT"
    assert lab.refused(file_hosts=[lab.other_host]) == "LOCAL_REDIRECT"  # that is for files
    lab.prepare(redirect_hosts=[lab.other_host])
    assert has_credentials(lab.other) == {False}
    assert has_credentials(lab.index) == {True}


def test_a_file_that_is_redirected(lab: Lab) -> None:
    """What a page lists comes from where it says, or not at all."""
    lab.index.override("/simple/alpha/", lab.page(f"{lab.index.url}/moved/{lab.wheel.name}"))
    lab.index.redirect(f"/moved/{lab.wheel.name}", f"{lab.other.url}/store/{lab.wheel.name}")
    assert lab.refused() == "LOCAL_REDIRECT"


def test_files_of_a_public_index_elsewhere(lab: Lab) -> None:
    href = f"{lab.other.url}/store/{lab.wheel.name}#sha256={'0' * 64}"
    lab.index.override("/simple/alpha/", lab.page(href))
    assert lab.refused(public=True) == "PUBLIC_REDIRECT"
    with pytest.raises(DriverEnvError) as caught:
        lab.prepare(public=True, file_hosts=[lab.other_host])
    assert caught.value.code == "INTEGRITY"  # it was fetched from there, and is not what the page promised
    assert len(lab.other.log) > 0
    assert has_credentials(lab.other) == {False}


def test_another_port_of_the_same_host_is_another_origin(lab: Lab) -> None:
    lab.index.override("/simple/alpha/", lab.page(f"https://127.0.0.1:{lab.other.port}/{lab.wheel.name}"))
    assert lab.refused() == "LOCAL_REDIRECT"
    assert lab.other.connections == 0
