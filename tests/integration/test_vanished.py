"""Names that were local and are not any more, with a real pypiserver and with folders (POLICY A9v, A9e, B3, B4, B6)."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from driverenv import Index, Policy, Request, prepare
from driverenv.errors import DriverEnvError, IndexUnavailable, IntegrityError, LocalVersionMismatch
from driverenv.events import Event, Warned
from driverenv.stories.explain import explain
from driverenv.stories.lock import lock
from driverenv.stories.release import release, remembered
from tests.kit import Answer, StaticIndex, Universe, make_wheel
from tests.kit.factories import PypiServerFactory, StaticIndexFactory, UniverseFactory
from tests.kit.sites import Request as Asked
from tests.unit.stories.bench import copy_home

WIDGET = "widget-1.0-py3-none-any.whl"
PUBLIC = """
[public.projects]
widget = ["1.0", "9.0"]
secret-sauce = ["6.6.6"]
other = ["1.0"]
"""


@dataclass
class Lab:
    """A local index over a folder, by whatever server, and what stands in for public PyPI."""

    root: Path
    location: str
    public: StaticIndex
    events: list[Event] = field(default_factory=list)

    @property
    def packages(self) -> Path:
        return self.root / "packages"

    @property
    def home(self) -> Path:
        return self.root / "home"

    def request(self, requirements: str, **changes: Any) -> Request:  # noqa: ANN401 (fields have all types)
        driver = self.root / "driver"
        driver.mkdir(exist_ok=True)
        (driver / "requirements.txt").write_text(requirements, encoding="utf-8")
        policy = Policy(
            local=[Index(self.location, name="lab")],
            public=Index(self.public.simple_url, name="public"),
            byte_code="never",
        ).replace(**changes)
        return Request(driver, policy=policy, home=self.home, refresh=True)

    def pins(self, requirements: str, **changes: Any) -> dict[str, tuple[str, str]]:  # noqa: ANN401
        self.events.clear()
        self.public.log.clear()
        found = lock(self.request(requirements, **changes), on_event=self.events.append)
        return {pin.name: (pin.version, pin.index) for pin in found.pins}

    def fails(self, requirements: str, **changes: Any) -> DriverEnvError:  # noqa: ANN401
        with pytest.raises(DriverEnvError) as raised:
            self.pins(requirements, **changes)
        return raised.value

    @property
    def warnings(self) -> list[str]:
        return [one.code for one in self.events if isinstance(one, Warned)]


@pytest.fixture(params=["pypiserver", "pypiserver-without-digests", "folder"])
def lab(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    primed_home: Path,
    pypiserver: PypiServerFactory,
    static_index: StaticIndexFactory,
) -> Lab:
    public = static_index(Universe.loads(PUBLIC))
    packages = tmp_path / "packages"
    make_wheel(packages, "gadget", "1.0")
    copy_home(primed_home, tmp_path / "home")
    if request.param == "folder":
        return Lab(tmp_path, str(packages), public)
    hash_algo = "off" if request.param.endswith("digests") else None
    server = pypiserver(packages, fallback_url=public.simple_url, hash_algo=hash_algo)
    return Lab(tmp_path, server.url, public)


def test_a_deleted_private_file_is_not_looked_for_at_public(lab: Lab) -> None:
    wheel = make_wheel(lab.packages, "secret-sauce", "1.0", files={"secret_sauce/own.py": "OURS = 1\n"})
    assert lab.pins("secret-sauce") == {"secret-sauce": ("1.0", "lab")}
    kept = wheel.rename(lab.root / wheel.name)
    commands: tuple[Callable[..., object], ...] = (lock, explain, prepare)
    for command in commands:
        with pytest.raises(LocalVersionMismatch) as raised:
            command(lab.request("secret-sauce", private=["secret-*"]))
        assert raised.value.code == "LOCAL_VANISHED"
    assert lab.public.log.paths() == []
    error = lab.fails("secret-sauce", mode="offline")
    assert (error.code, lab.public.log.paths()) == ("ABSENT_OFFLINE", [])
    assert "it had files here until" in str(error)
    kept.rename(wheel)
    assert lab.pins("secret-sauce") == {"secret-sauce": ("1.0", "lab")}


def test_other_bytes_at_public_are_no_copy(lab: Lab) -> None:
    wheel = make_wheel(lab.packages, "secret-sauce", "6.6.6", files={"secret_sauce/own.py": "OURS = 1\n"})
    lab.pins("secret-sauce")
    wheel.unlink()
    error = lab.fails("secret-sauce")
    assert error.code == "LOCAL_VANISHED"
    assert lab.public.log.paths() == ["/simple/secret-sauce/"]  # its page, and none of its files
    assert lab.fails("secret-sauce", vanished="fail").code == "LOCAL_VANISHED"
    assert lab.public.log.paths() == []


def test_a_copy_may_go(lab: Lab) -> None:
    wheel = make_wheel(lab.packages, "widget", "1.0")
    assert lab.pins("widget") == {"widget": ("1.0", "lab")}
    wheel.unlink()
    assert lab.pins("widget") == {"widget": ("9.0", "public")}
    assert lab.warnings == ["VANISHED"]


@pytest.mark.parametrize("way", ["release", "released", "warn"])
def test_what_was_taken_away_on_purpose(lab: Lab, way: str) -> None:
    wheel = make_wheel(lab.packages, "widget", "2.0")
    lab.pins("widget")
    wheel.unlink()
    assert lab.fails("widget").code == "LOCAL_VANISHED"
    if way == "release":
        assert [one.project for one in release(lab.home, ["widget"])] == ["widget"]
    changes: dict[str, Any] = {}
    if way != "release":
        changes = {"released": ["widget"]} if way == "released" else {"vanished": "warn"}
    assert lab.pins("widget", **changes) == {"widget": ("9.0", "public")}
    assert lab.warnings == (["VANISHED"] if way == "warn" else [])


def test_an_index_that_lost_its_folder(lab: Lab) -> None:
    """pypiserver 2.4.2 answers on: an empty root page, and a redirect to public for every name."""
    lab.pins("gadget")
    kept = lab.packages.rename(lab.root / "elsewhere")
    if lab.location == str(lab.packages):
        assert lab.fails("other").code == "LOCAL_DOWN"
        lab.packages.mkdir()
    for name in ("gadget", "other", "widget"):
        error = lab.fails(name)
        assert (error.code, error.data["names"]) == ("LOCAL_VANISHED", ["gadget"])
        assert lab.public.log.paths() == []
    assert lab.fails("other", mode="offline").code == "ABSENT_OFFLINE"
    shutil.rmtree(lab.packages, ignore_errors=True)
    kept.rename(lab.packages)
    assert lab.pins("gadget\nother") == {"gadget": ("1.0", "lab"), "other": ("1.0", "public")}
    lab.packages.joinpath("gadget-1.0-py3-none-any.whl").unlink()
    assert lab.fails("other").code == "LOCAL_VANISHED"
    release(lab.home, ["*"], index="lab")
    assert lab.pins("other") == {"other": ("1.0", "public")}


def test_a_new_index_is_empty(lab: Lab) -> None:
    lab.packages.joinpath("gadget-1.0-py3-none-any.whl").unlink()
    assert lab.pins("other") == {"other": ("1.0", "public")}
    assert [one.project for one in remembered(lab.home)] == []


def test_a_file_that_was_replaced(lab: Lab) -> None:
    make_wheel(lab.packages, "widget", "1.0", files={"widget/text.py": "TEXT = 'old'\n"})
    first = prepare(lab.request("widget"))
    make_wheel(lab.packages, "widget", "1.0", files={"widget/text.py": "TEXT = 'newer'\n"})
    with pytest.raises(IntegrityError) as raised:
        prepare(lab.request("widget", replaced="fail"))
    assert raised.value.code == "INTEGRITY"
    second = prepare(lab.request("widget"), on_event=lab.events.append)
    assert lab.warnings == ["REPLACED"]
    assert second.key != first.key
    assert Path(second.site_packages, "widget", "text.py").read_text(encoding="utf-8") == "TEXT = 'newer'\n"
    assert Path(first.site_packages, "widget", "text.py").read_text(encoding="utf-8") == "TEXT = 'old'\n"
    lab.events.clear()
    prepare(lab.request("widget"), on_event=lab.events.append)
    assert lab.warnings == []
    assert lab.public.log.paths() == []


def test_a_public_file_that_was_replaced(
    tmp_path: Path, primed_home: Path, universe: UniverseFactory, static_index: StaticIndexFactory
) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    make_wheel(old, "other", "1.0")
    make_wheel(new, "other", "1.0", files={"other/text.py": "TEXT = 'new'\n"})
    copy_home(primed_home, tmp_path / "home")
    (tmp_path / "packages").mkdir()
    public = static_index(old)
    lab = Lab(tmp_path, str(tmp_path / "packages"), public)
    prepare(lab.request("other"))
    shutil.copy(new / "other-1.0-py3-none-any.whl", old)
    error = lab.fails("other")
    assert (error.code, error.data["public"]) == ("INTEGRITY", True)
    assert not [path for path in public.log.paths() if path.endswith(".whl")]


# ------------------------------------------------------------------------ files that come and go (B4, B6)


@pytest.fixture
def server(
    tmp_path: Path, primed_home: Path, universe: UniverseFactory, static_index: StaticIndexFactory
) -> tuple[Lab, StaticIndex]:
    """A local index that a test may bend, without digests on its pages."""
    make_wheel(tmp_path / "packages", "widget", "1.0")
    make_wheel(tmp_path / "packages", "widget", "1.1")
    copy_home(primed_home, tmp_path / "home")
    local = static_index(
        universe(
            '[[local]]\nprojects.widget = [{ version = "1.0", algorithm = "none" }, '
            '{ version = "1.1", algorithm = "none" }]\n[public.projects]\nwidget = ["1.1"]\n'
        ).local[0]
    )
    return Lab(tmp_path, local.simple_url, static_index(universe(PUBLIC))), local


def page(*versions: str) -> Answer:
    links = "".join(
        f'<a href="/packages/widget-{one}-py3-none-any.whl">widget-{one}-py3-none-any.whl</a>\n'
        for one in versions
    )
    text = f"<!DOCTYPE html><html><head><title>Links for widget</title></head><body>{links}</body></html>"
    return Answer(200, {"Content-Type": "text/html"}, text.encode())


def test_b4_a_file_taken_off_its_page_meanwhile(server: tuple[Lab, StaticIndex]) -> None:
    lab, local = server
    local.override("/simple/widget/", page("1.0", "1.1"), times=1)
    local.override("/simple/widget/", page("1.0"))
    local.override("/packages/widget-1.1-py3-none-any.whl", Answer(404))
    assert lab.pins("widget") == {"widget": ("1.0", "lab")}
    assert lab.warnings == ["ASKED_ANEW"]
    assert local.log.paths().count("/simple/widget/") == 2
    assert lab.public.log.paths() == []


def test_b4_a_file_that_is_still_listed(server: tuple[Lab, StaticIndex]) -> None:
    lab, local = server
    local.override("/packages/widget-1.1-py3-none-any.whl", Answer(404))
    for _ in range(2):
        error = lab.fails("widget")
        assert error.code == "LOCAL_ERROR"
        assert "looked again  the index still lists the file" in str(error)
    assert local.log.paths().count("/simple/widget/") == 4
    assert "/packages/widget-1.0-py3-none-any.whl" not in local.log.paths()


def test_b4_the_last_file_of_a_project(server: tuple[Lab, StaticIndex]) -> None:
    lab, local = server
    local.override("/simple/widget/", page("1.1"), times=1)
    local.override("/simple/widget/", Answer(404))
    local.override("/simple/", page_of_root())
    local.override("/packages/widget-1.1-py3-none-any.whl", Answer(404))
    assert lab.fails("widget").code == "LOCAL_VANISHED"
    assert lab.public.log.paths() == []


def page_of_root() -> Answer:
    text = '<!DOCTYPE html><html><head><title>Simple Index</title></head><body><a href="gadget/">gadget</a></body></html>'
    return Answer(200, {"Content-Type": "text/html"}, text.encode())


def test_b4_a_file_that_left_a_folder(tmp_path: Path, server: tuple[Lab, StaticIndex]) -> None:
    lab, _ = server
    lab.location = str(lab.packages)
    newest = lab.packages / "widget-1.1-py3-none-any.whl"
    seen: list[str] = []

    def listen(event: Event) -> None:
        seen.append(type(event).__name__)
        if isinstance(event, Warned):
            lab.events.append(event)
        if type(event).__name__ == "Asked":
            newest.unlink(missing_ok=True)

    found = lock(lab.request("widget"), on_event=listen)
    assert [(pin.name, pin.version) for pin in found.pins] == [("widget", "1.0")]
    assert lab.warnings == ["ASKED_ANEW"]


def _cut(lab: Lab, local: StaticIndex, content_range: Callable[[int, int], str]) -> None:
    data = (lab.packages / "widget-1.1-py3-none-any.whl").read_bytes()
    half = len(data) // 2

    def answer(request: Asked) -> Answer:
        if "range" not in request.headers:
            return Answer(200, {"Content-Length": str(len(data)), "Connection": "close"}, data[:half])
        headers = {"Content-Range": content_range(half, len(data))}
        return Answer(206, headers, data[half:])

    local.override(f"/packages/{WIDGET.replace('1.0', '1.1')}", answer)


def test_b6_a_file_is_resumed(server: tuple[Lab, StaticIndex]) -> None:
    lab, local = server
    _cut(lab, local, lambda half, size: f"bytes {half}-{size - 1}/{size}")
    assert lab.pins("widget") == {"widget": ("1.1", "lab")}


@pytest.mark.parametrize("shift", [1, -1])
def test_b6_another_part_is_an_error_and_is_not_appended(server: tuple[Lab, StaticIndex], shift: int) -> None:
    lab, local = server
    _cut(lab, local, lambda half, size: f"bytes {half + shift}-{size - 1}/{size}")
    with pytest.raises(IndexUnavailable) as raised:
        lab.pins("widget")
    assert raised.value.code == "LOCAL_ERROR"
    assert "another part of it" in str(raised.value)
    assert lab.public.log.paths() == []
