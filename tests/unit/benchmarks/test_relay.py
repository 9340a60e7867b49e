from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.generate import write_small
from benchmarks.machine import clean_environ
from benchmarks.mixed import told
from benchmarks.relay import Exchange, relayed, waited
from benchmarks.rounds import Sample
from benchmarks.servers import ask, serving


def test_what_goes_on_at_once_is_waited_for_once() -> None:
    assert waited([]) == 0
    assert waited([Exchange("/a", 1.0, 3.0), Exchange("/b", 2.0, 2.5), Exchange("/c", 2.5, 4.0)]) == 3.0
    assert waited([Exchange("/later", 10.0, 11.0), Exchange("/first", 1.0, 2.0)]) == 2.0


def test_a_launch_is_told_apart() -> None:
    local = [Exchange("/simple/", 1.0, 2.0), Exchange("/files/a.whl", 2.0, 2.5)]
    public = [Exchange("/simple/b/", 2.0, 3.0)]
    one = told(Sample(0, "fresh", "uv", 5.0, 0.0), local, public)
    assert (one.server, one.public, one.client, one.slowest) == (1.5, 1.0, 3.0, 1.0)
    assert (one.local_pages, one.local_files, one.public_pages, one.public_files) == (1, 1, 1, 0)


def test_a_relay_passes_answers_on_and_remembers_requests(tmp_path: Path) -> None:
    write_small(tmp_path / "served", ["one-project", "another"], ["1.0"])
    with (
        serving("static", tmp_path / "served", clean_environ(tmp_path / "home")) as url,
        relayed(url) as relay,
    ):
        assert relay.url != url
        for project in ("one-project", "another"):
            assert ask(f"{relay.url}{project}/") == ask(f"{url}{project}/")
        file = ask(relay.url.replace("/simple/", "/files/another-1.0-py3-none-any.whl"))
        assert file == (tmp_path / "served" / "another-1.0-py3-none-any.whl").read_bytes()
    paths = [one.path for one in relay.exchanges]
    assert paths == ["/simple/one-project/", "/simple/another/", "/files/another-1.0-py3-none-any.whl"]
    assert [one.is_page for one in relay.exchanges] == [True, True, False]
    assert all(one.ended >= one.begun for one in relay.exchanges)
    with pytest.raises(OSError, match=r"refused|reset|timed out"):
        ask(relay.url)
