"""Metadata sidecars that are not what they should be (POLICY B9, B9h): over a real server, byte by byte."""

from __future__ import annotations

from pathlib import Path

import pytest

from driverenv import Index, Policy, Request, prepare
from driverenv.errors import IntegrityError
from driverenv.stories.lock import lock
from tests.kit import Answer, StaticIndex
from tests.kit.factories import StaticIndexFactory, UniverseFactory
from tests.scenarios import golden

WHEEL = "/packages/widget-1.0-py3-none-any.whl"
UNIVERSE = """
    [[local]]
    style = "full"
    projects.widget = [{ version = "1.0", requires = ["gadget"], sidecar = "%s" }]
    projects.gadget = ["1.0"]
    projects.a-lie = ["1.0"]
"""


def request_of(server: StaticIndex, folder: Path) -> Request:
    driver = folder / "driver"
    driver.mkdir()
    (driver / "requirements.txt").write_text("widget\n", encoding="utf-8")
    policy = Policy(local=[Index(server.simple_url, name="local")], public=None, byte_code="never")
    return Request(driver, policy=policy, home=folder / "home")


def text_of(error: Exception, server: StaticIndex, folder: Path) -> str:
    return golden.with_placeholders(str(error), {server.url: "<local>", str(folder): "<tmp>"})


def test_a_sidecar_with_another_hash(
    universe: UniverseFactory, static_index: StaticIndexFactory, tmp_path: Path
) -> None:
    server = static_index(universe(UNIVERSE % "auto").local[0])
    other = b"Metadata-Version: 2.1\nName: widget\nVersion: 1.0\n"
    server.override(f"{WHEEL}.metadata", Answer(200, {"Content-Type": "application/octet-stream"}, other))
    with pytest.raises(IntegrityError) as raised:
        lock(request_of(server, tmp_path))
    assert raised.value.code == "INTEGRITY"
    golden.check("rows-b09h-sidecar-hash", text_of(raised.value, server, tmp_path))


def test_a_sidecar_that_is_not_the_metadata_of_its_wheel(
    universe: UniverseFactory, static_index: StaticIndexFactory, tmp_path: Path
) -> None:
    server = static_index(universe(UNIVERSE % "lie").local[0])
    with pytest.raises(IntegrityError) as raised:
        prepare(request_of(server, tmp_path))
    assert raised.value.code == "INTEGRITY"
    golden.check("rows-b09-sidecar-lies", text_of(raised.value, server, tmp_path))
