"""A launch that is held to its lock, where what was public becomes local."""

from __future__ import annotations

import pytest

from driverenv import Index, LockMismatch
from tests.kit.factories import StaticIndexFactory
from tests.unit.stories.bench import Bench


def test_what_was_public_is_local_now(bench: Bench, static_index: StaticIndexFactory) -> None:
    bench.wheel("six", "1.16.0").rename(bench.root / "six-1.16.0-py3-none-any.whl")
    public = bench.root / "public"
    public.mkdir()
    (bench.root / "six-1.16.0-py3-none-any.whl").rename(public / "six-1.16.0-py3-none-any.whl")
    server = static_index(public)
    request = bench.request("six\n", mode="online", public=Index(server.simple_url, name="public"))
    made = bench.prepare(request)
    held = request.replace(locked=True, refresh=True)
    assert bench.prepare(held) == made
    for version in ("1.17.0", "1.16.0"):  # another version, then the very same one
        bench.wheel("six", version)
        with pytest.raises(LockMismatch) as raised:
            bench.prepare(held)
        assert raised.value.code == "LOCK_INDEX"
