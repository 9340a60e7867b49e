"""A public index that is configured as it must not be (POLICY E3)."""

from __future__ import annotations

from pathlib import Path

import pytest

from driverenv import Index, Policy, Request
from driverenv.errors import IndexUnavailable
from driverenv.stories.lock import lock
from tests.kit import Web
from tests.kit.factories import UniverseFactory
from tests.scenarios import golden
from tests.scenarios.fake_transport import FakeTransport

PUBLIC = "http://pypi.example"


def test_public_must_be_https(universe: UniverseFactory, tmp_path: Path) -> None:
    content = universe({"public": {"projects": {"requests": ["2.32.0"]}}})
    web = Web(content, bases={"public": PUBLIC})
    policy = Policy(public=Index(f"{PUBLIC}/simple/", name="public"))
    requirements = tmp_path / "requirements.txt"
    requirements.write_text("requests\n", encoding="utf-8")
    with pytest.raises(IndexUnavailable) as raised:
        lock(
            Request(requirements, policy=policy, home=tmp_path / "home"),
            transport=FakeTransport(web, policy),
        )
    assert raised.value.code == "PUBLIC_REDIRECT"
    assert len(web.log) == 0
    places = {PUBLIC: "<public>", str(tmp_path): "<tmp>"}
    golden.check("rows-e03-public-over-http", golden.with_placeholders(str(raised.value), places))
