"""A server calls prepare for months: nothing may pile up."""

from __future__ import annotations

import os

import pytest

from driverenv import Index, Policy, Request
from tests.integration.lasting import WARM, last
from tests.kit.factories import StaticIndexFactory, UniverseFactory
from tests.unit.stories.bench import Bench

pytestmark = pytest.mark.skipif(os.name != "posix", reason="counts what /dev/fd and waitpid tell")

# Blocks of memory a cold launch may leave for good: compiled patterns, parsed versions, caches with a limit.
PER_COLD = 200


@pytest.mark.slow
def test_nothing_piles_up(bench: Bench, universe: UniverseFactory, static_index: StaticIndexFactory) -> None:
    for number in range(4):
        bench.wheel(f"local-{number}", requires=["web"])
    bench.sdist("built", requires=["web"])
    bench.sdist("failing", fail="no compiler")
    server = static_index(universe({"public": {"projects": {"web": ["1.0"]}}}))
    policy = Policy(
        local=[Index(bench.index, name="lab")],
        public=Index(server.simple_url, name="public"),
        byte_code="never",
        watch_environments="off",  # its queue comes and goes in a thread: test_watch counts descriptors
    )

    def request(text: str, name: str) -> Request:
        return Request(bench.driver(text, name), policy=policy, home=bench.home)

    kinds = [
        "web\n",
        "built\n",
        "failing\n",
        "local-0\nlocal-1\n",
        "nowhere\n",
        "web >= = 1\n",
        "local-2>9\n",
    ]
    begin = [request(text, f"first {number}") for number, text in enumerate([*kinds, "web\n"])]
    counted = [
        request(f"# again\n{text}", f"later {number}")
        for number, text in enumerate([*kinds, *kinds[:4], "web\n"])
    ]
    before, cold, warm = last(begin, counted)
    for after in (cold, warm):
        assert after.threads == before.threads == ["MainThread"]
        assert after.descriptors == before.descriptors
        assert not after.children
    assert bench.staged() == []
    assert cold.blocks - before.blocks < PER_COLD * len(counted)
    assert warm.blocks - cold.blocks < WARM, "each warm launch leaves something"
