"""Pages that look a little like an index and are none (POLICY A9w)."""

from __future__ import annotations

from pathlib import Path

import pytest

from driverenv import Index, Policy, Request
from driverenv.errors import IndexUnavailable
from driverenv.stories.lock import lock
from tests.kit import Answer
from tests.kit.factories import StaticIndexFactory, UniverseFactory
from tests.scenarios import golden

PORTAL = b"""<!DOCTYPE html><html><head><title>Wi-Fi of the plant</title></head>
<body><a href="/login">Log in</a> <a href="/help">Help</a></body></html>"""


def test_a_home_page_with_links_proves_no_absence(
    universe: UniverseFactory, static_index: StaticIndexFactory, tmp_path: Path
) -> None:
    content = universe(
        {"local": [{"root_fault": {"status": 404}}], "public": {"projects": {"six": ["1.17.0"]}}}
    )
    server, public = static_index(content.local[0]), static_index(content)
    server.override("/", Answer(200, {"Content-Type": "text/html"}, PORTAL))
    requirements = tmp_path / "requirements.txt"
    requirements.write_text("six\n", encoding="utf-8")
    policy = Policy(local=[Index(server.url, name="local")], public=Index(public.simple_url, name="public"))
    with pytest.raises(IndexUnavailable) as raised:
        lock(Request(requirements, policy=policy, home=tmp_path / "home"))
    assert raised.value.code == "LOCAL_NOT_AN_INDEX"
    assert public.log.paths() == []
    places = {server.url: "<local>", public.url: "<public>", str(tmp_path): "<tmp>"}
    golden.check("rows-a09w-home-page", golden.with_placeholders(str(raised.value), places))
