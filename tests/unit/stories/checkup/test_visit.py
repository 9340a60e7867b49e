from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from driverenv import settings as settings_room
from driverenv._http import Timeouts
from driverenv.errors import SettingsInvalid
from driverenv.model.finding import FAIL, OK, Section
from driverenv.settings import Places
from driverenv.stories.checkup import Asked, check, premises, pythons, visit
from tests.kit import rawserver, refused_port
from tests.kit.factories import RawServerFactory, StaticIndexFactory, WheelFactory

Make = Callable[..., Asked]


@pytest.fixture(autouse=True)
def _short(monkeypatch: pytest.MonkeyPatch) -> None:
    """What has tests of its own says nothing here."""
    monkeypatch.setattr(premises, "section", lambda _home, *, fast, network: Section("home folder", ()))
    monkeypatch.setattr(pythons, "section", lambda *_, fast: Section("Pythons", ()))


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """What is asked for, by the text of a settings file."""

    def asked(text: str, **more: object) -> Asked:
        file = tmp_path / "driverenv.toml"
        file.write_text(text, encoding="utf-8")
        missing: list[str] = []
        settings = settings_room.load(
            environ={},
            arguments={},
            config=file,
            cwd=tmp_path,
            places=Places(str(tmp_path), str(tmp_path), str(tmp_path)),
            missing=missing,
        )
        times = Timeouts(connect=2, first_byte=5, answer=5, whole=6, sleep=lambda _seconds: None)
        return Asked(settings, {"HOME": str(tmp_path)}, missing=tuple(missing), timeouts=times, **more)  # type: ignore[arg-type]

    return asked


def names(asked: Asked) -> list[str]:
    return [section.name for section in check(asked)]


def test_the_sections_in_their_order(
    make: Make, tmp_path: Path, static_index: StaticIndexFactory, make_wheel: WheelFactory
) -> None:
    make_wheel("six", "1.0", tmp_path / "index")
    server = static_index(tmp_path / "index")
    asked = make(
        f"""
        public = false
        local = [{{ location = "{server.url}", name = "lab" }}, {{ location = "index", name = "folder" }}]
        """
    )
    assert names(asked) == [
        "settings and policy",
        "proxy",
        f"local index lab ({server.url})",
        f"local index folder ({tmp_path / 'index'})",
        "clock",
        "home folder",
        "Pythons",
        "builds of sdists",
        "other settings on this machine",
    ]


def test_one_index_alone(make: Make, tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    text = 'public = false\nlocal = [{ location = "a", name = "a" }, { location = "b", name = "b" }]'
    assert names(make(text, only=("a",))) == ["proxy", f"local index a ({tmp_path / 'a'})", "clock"]
    with pytest.raises(SettingsInvalid, match="there is no index 'c'") as caught:
        names(make(text, only=("c",)))
    assert caught.value.facts == (("there are", "a, b"),)


def test_settings_that_are_wrong_are_a_finding(tmp_path: Path) -> None:
    wrong = SettingsInvalid("it is wrong")
    first, *_ = check(Asked(None, {"HOME": str(tmp_path)}, wrong=wrong))
    assert (first.status, first.findings[0].detail) == (FAIL, "it is wrong")


def test_offline_nobody_else_is_asked(make: Make, tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    text = """
        mode = "offline"
        local = ["a"]
        extra = [{ location = "https://vendor.invalid/", name = "vendor" }]
    """
    found = {section.name: section for section in check(make(text))}
    for name in (
        "extra index vendor (https://vendor.invalid/)",
        "public index public PyPI (https://pypi.org/simple/)",
    ):
        assert [one.code for one in found[name].findings] == ["index-offline"]


def test_all_are_asked_side_by_side(make: Make, raw_server: RawServerFactory) -> None:
    """Each waits until all have been asked: one after the other would never end."""
    together = threading.Barrier(3)

    def wait(wire: rawserver.Wire) -> None:
        together.wait(30)
        wire.send(rawserver.head("503 Busy", {"Content-Length": "0"}))

    servers = [raw_server() for _ in range(3)]
    for server in servers:
        server.script("/", wait)
        server.otherwise(rawserver.page(b"", "503 Busy"))
    listed = ", ".join(f'"{server.url}"' for server in servers)
    found = [
        one for one in check(make(f"public = false\nlocal = [{listed}]", fast=True)) if "index" in one.name
    ]
    assert [one.findings[-1].code for one in found] == ["index-answer"] * 3


def test_nobody_is_asked_with_a_password_that_is_none(make: Make, raw_server: RawServerFactory) -> None:
    server = raw_server()
    text = f"""
        public = false
        [[local]]
        location = "{server.url}"
        name = "lab"
        username = "me"
        password_env = "NOWHERE"
    """
    first, *_ = check(make(text, fast=True))
    assert [one.code for one in first.findings if one.status == FAIL] == ["settings-password"]
    assert len(server.log) > 0
    assert [row for row in server.log if "authorization" in row.request.headers] == []


def test_a_dead_one_hides_no_other(make: Make, tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    with refused_port() as port:
        text = f'public = false\nlocal = ["http://127.0.0.1:{port}", "a"]'
        found = [one for one in check(make(text)) if one.name.startswith("local")]
    assert [one.status for one in found] == [FAIL, "warn"]


def test_the_public_one_has_its_role(make: Make, static_index: StaticIndexFactory, tmp_path: Path) -> None:
    (tmp_path / "public").mkdir()
    server = static_index(tmp_path / "public")
    (tmp_path / "a").mkdir()
    text = f'local = ["a"]\npublic = {{ location = "{server.simple_url}", name = "mirror" }}'
    found = [one for one in check(make(text)) if one.name.startswith("public")]
    assert [one.name for one in found] == [f"public index mirror ({server.simple_url})"]
    assert found[0].status == OK
    assert visit.check is check
