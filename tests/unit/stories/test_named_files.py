"""Files that a driver's lines name themselves, from the requirements to the finished environment."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from driverenv import Environment, Index, Policy, Request
from driverenv.cli import formats
from driverenv.errors import HashMismatch, Unresolvable
from driverenv.events import Ready, Warned
from driverenv.records import pylock
from driverenv.stories.explain import explain
from driverenv.stories.lock import lock
from driverenv.stories.replay import replay
from tests.kit import StaticIndex, make_sdist, make_wheel
from tests.kit.factories import StaticIndexFactory
from tests.kit.universe import IndexData
from tests.unit.driver.packing import zipped
from tests.unit.stories.bench import RUNNING, Bench

WIDGET = "widget-1.0-py3-none-any.whl"


def receipt(environment: Environment, project: str) -> dict[str, Any]:
    rows = json.loads(Path(environment.receipt).read_bytes())["distributions"]
    return next(row for row in rows if row["name"] == project)


def info(environment: Environment, name: str) -> set[str]:
    return {path.name for path in Path(environment.site_packages, f"{name}.dist-info").iterdir()}


class Elsewhere:
    """A host that is no index of the site, and what it has."""

    def __init__(self, server: StaticIndex, index: IndexData) -> None:
        self.server = server
        self._digests = {stored.filename: stored.sha256 for _, _, stored in index.files()}
        self.url = f"{server.url}/packages/"

    def line(self, filename: str) -> str:
        name = filename.partition("-")[0]
        return f"{name} @ {self.url}{filename}#sha256={self._digests[filename]}\n"


@pytest.fixture
def elsewhere(static_index: StaticIndexFactory) -> Elsewhere:
    table = {"projects": {"widget": ["1.0", {"version": "2.0", "sdist": True}]}}
    index = IndexData.parse(table, "elsewhere", name="elsewhere", style="pypiserver")
    return Elsewhere(static_index(index), index)


def online(bench: Bench, elsewhere: Elsewhere, **changes: object) -> Policy:
    return bench.policy(mode="online", public=None, direct_urls=[elsewhere.url], **changes)


def test_an_address_is_installed_and_told(bench: Bench, elsewhere: Elsewhere) -> None:
    bench.wheel("gadget", requires=["widget"])
    driver = bench.driver("gadget\n" + elsewhere.line(WIDGET))
    request = Request(driver, policy=online(bench, elsewhere), home=bench.home)
    made = bench.prepare(request)
    assert {"INSTALLER", "REQUESTED", "direct_url.json"} < info(made, "widget-1.0")
    assert "direct_url.json" not in info(made, "gadget-1.0")
    assert "provenance_url.json" not in info(made, "widget-1.0")
    folder = Path(made.site_packages, "widget-1.0.dist-info")
    told = json.loads((folder / "direct_url.json").read_bytes())
    address, _, digest = elsewhere.line(WIDGET).strip().partition(" @ ")[2].partition("#sha256=")
    assert told == {"url": address, "archive_info": {"hashes": {"sha256": digest}}}
    assert "direct_url.json,sha256=" in (folder / "RECORD").read_text()
    row = receipt(made, "widget")
    assert (row["direct"], row["url"], row["rule"]) == ("url", address, f"direct_urls entry {elsewhere.url}")
    assert row["index"]["public"]
    assert elsewhere.server.log.paths() == [f"/packages/{WIDGET}"]
    assert bench.prepare(request) == made
    assert bench.told(Ready)[0].reused
    assert list(bench.home.glob("names/*/widget")) == []  # no index had it


def test_what_is_remembered_of_indexes_does_not_know_the_file(bench: Bench, elsewhere: Elsewhere) -> None:
    """Once the project is in the local index, that serves it; the address is refused."""
    request = Request(bench.driver(elsewhere.line(WIDGET)), policy=online(bench, elsewhere), home=bench.home)
    bench.prepare(request)
    bench.wheel("widget", "1.0")
    with pytest.raises(Exception, match="POLICY_URL: widget is named by an address"):
        bench.prepare(request.replace(refresh=True))


def test_an_sdist_is_built_like_any_other(bench: Bench, elsewhere: Elsewhere) -> None:
    driver = bench.driver(elsewhere.line("widget-2.0.tar.gz"))
    request = Request(driver, policy=online(bench, elsewhere), home=bench.home)
    made = bench.prepare(request)
    assert receipt(made, "widget")["built"]
    assert "direct_url.json" in info(made, "widget-2.0")
    strict = Request(driver, policy=online(bench, elsewhere, builds="local"), home=bench.home)
    with pytest.raises(Exception, match="BUILD_FORBIDDEN"):
        bench.prepare(strict)


def test_a_cool_down_and_the_words_of_the_file_are_about_indexes(bench: Bench, elsewhere: Elsewhere) -> None:
    driver = bench.driver("--no-binary :all:\n" + elsewhere.line(WIDGET))
    policy = online(bench, elsewhere, exclude_newer="2020-01-01")
    assert bench.prepare(Request(driver, policy=policy, home=bench.home)).name == "Switch Driver"


def bundle(folder: Path) -> dict[str, bytes]:
    """A driver's files, with a wheel among them."""
    wheel = make_wheel(folder, "widget", "1.0")
    return {
        "requirements.txt": f"./wheels/{WIDGET}\n".encode(),
        "driver.py": b"import widget\n",
        f"wheels/{WIDGET}": wheel.read_bytes(),
    }


def request_for(bench: Bench, driver: Path, **changes: object) -> Request:
    policy = bench.policy(bundled="allowed", valid_for_minutes=0, **changes)
    return Request(driver, policy=policy, home=bench.home, default_python=RUNNING)


def test_a_bundled_wheel_of_a_zip(bench: Bench, tmp_path: Path) -> None:
    files = bundle(tmp_path)
    driver = tmp_path / "Lab.zip"
    driver.write_bytes(zipped({"Inner.zip": zipped(files)}))
    made = bench.prepare(request_for(bench, driver))
    assert info(made, "widget-1.0").isdisjoint({"direct_url.json", "provenance_url.json"})
    row = receipt(made, "widget")
    assert (row["direct"], row["url"]) == ("bundled", f"Inner.zip/wheels/{WIDGET}")
    assert row["index"] == {"name": "the driver itself", "location": "", "public": False}
    assert row["sha256"] == hashlib.sha256(files[f"wheels/{WIDGET}"]).hexdigest()
    assert bench.prepare(request_for(bench, driver)) == made
    assert bench.told(Ready)[0].reused  # though it was extracted somewhere else
    moved = tmp_path / "elsewhere" / "Lab.zip"
    moved.parent.mkdir()
    driver.rename(moved)
    assert bench.prepare(request_for(bench, moved)) == made


def test_a_bundled_wheel_that_changes_is_seen(bench: Bench, tmp_path: Path) -> None:
    driver = bench.driver(f"./wheels/{WIDGET}\n")
    (driver / "wheels").mkdir()
    make_wheel(driver / "wheels", "widget", "1.0")
    policy = bench.policy(bundled="allowed")
    request = Request(driver, policy=policy, home=bench.home)
    first = bench.prepare(request)
    assert bench.prepare(request) == first
    make_wheel(driver / "wheels", "widget", "1.0", files={"more.py": "x = 1\n"})
    second = bench.prepare(request)
    assert second != first
    assert Path(second.site_packages, "more.py").is_file()
    assert "REPLACED" not in [event.code for event in bench.told(Warned)]


def test_its_reader_is_that_of_every_other_wheel(bench: Bench) -> None:
    driver = bench.driver(f"./{WIDGET}\n")
    (driver / WIDGET).write_bytes(b"no wheel at all")
    with pytest.raises(Exception, match="ARCHIVE_REJECTED"):
        bench.prepare(request_for(bench, driver))
    make_wheel(driver, "gadget", "1.0").rename(driver / WIDGET)
    with pytest.raises(Exception, match="ARCHIVE_REJECTED"):
        bench.prepare(request_for(bench, driver))
    kept = [path for shelf in ("archives", "wheels", "staging") for path in bench.home.glob(f"{shelf}/**/*")]
    assert [path for path in kept if path.is_file() and path.suffix != ".lock"] == []


def test_another_digest_than_the_line_says(bench: Bench) -> None:
    driver = bench.driver(f"./{WIDGET}#sha256={'0' * 64}\n")
    make_wheel(driver, "widget", "1.0")
    with pytest.raises(HashMismatch, match="the requirements file promises"):
        bench.prepare(request_for(bench, driver))


def test_two_files_of_one_project(bench: Bench) -> None:
    driver = bench.driver(
        "./one/w-1.0-py3-none-any.whl\n./two/w-1.0-py3-none-any.whl ; python_version < '3'\n"
    )
    for folder in ("one", "two"):
        make_wheel(driver / folder, "w", "1.0")
    assert bench.prepare(request_for(bench, driver)).name == "Switch Driver"
    driver = bench.driver("./one/w-1.0-py3-none-any.whl\n./two/w-1.0-py3-none-any.whl\n")
    with pytest.raises(Unresolvable, match="w is named by two files"):
        bench.prepare(request_for(bench, driver))


def test_a_lock_names_them_again_and_is_replayed(bench: Bench, elsewhere: Elsewhere, tmp_path: Path) -> None:
    bench.wheel("lib", "1.0")
    driver = bench.driver(f"{elsewhere.line(WIDGET)}./wheels/gadget-3.0-py3-none-any.whl\nlib\n")
    (driver / "wheels").mkdir()
    make_wheel(driver / "wheels", "gadget", "3.0")
    policy = online(bench, elsewhere, bundled="allowed")
    saved = tmp_path / "facts.json"
    request = Request(driver, policy=policy, home=bench.home)
    found = lock(request, save_facts=saved)
    assert [(pin.name, pin.direct) for pin in found.pins] == [
        ("gadget", "bundled"),
        ("lib", ""),
        ("widget", "url"),
    ]
    assert formats.pins(found).splitlines() == [
        "./wheels/gadget-3.0-py3-none-any.whl",
        "lib==1.0",
        elsewhere.line(WIDGET).strip(),
    ]
    assert replay(saved).pins == found.pins
    (driver / "pylock.toml").write_text(pylock.render(found, folder=driver), encoding="utf-8")
    again = lock(Request(driver / "pylock.toml", policy=policy, home=bench.home))
    assert [(pin.name, pin.version, pin.url) for pin in again.pins] == [
        (pin.name, pin.version, pin.url) for pin in found.pins
    ]
    told = "\n".join(explain(request).lines)
    assert f"address       {elsewhere.url}{WIDGET}" in told
    assert "bundled wheel" in told


def test_a_hash_of_every_line_and_the_digest_of_an_address(bench: Bench, elsewhere: Elsewhere) -> None:
    lib = bench.wheel("lib", "1.0")
    digest = hashlib.sha256(lib.read_bytes()).hexdigest()
    driver = bench.driver(f"{elsewhere.line(WIDGET)}lib==1.0 --hash=sha256:{digest}\n")
    request = Request(driver, policy=online(bench, elsewhere), home=bench.home)
    assert bench.prepare(request).name == "Switch Driver"


def test_a_bundled_sdist_is_refused_whatever_the_policy_says(bench: Bench) -> None:
    driver = bench.driver("./widget-1.0.tar.gz\n")
    make_sdist(driver, "widget", "1.0")
    with pytest.raises(Exception, match="only wheels may be bundled"):
        bench.prepare(request_for(bench, driver))


def test_public_never_hears_of_the_name(
    bench: Bench, elsewhere: Elsewhere, static_index: StaticIndexFactory
) -> None:
    """Nor where names that were asked for the last time are asked for ahead."""
    empty = IndexData.parse({"projects": {"lib": ["1.0"]}}, "x", name="x", style="full")
    local, public = static_index(empty), static_index(empty)
    policy = online(bench, elsewhere).replace(
        local=[Index(local.simple_url, name="lab")], public=Index(public.simple_url, name="public")
    )
    request = Request(bench.driver(f"lib\n{elsewhere.line(WIDGET)}"), policy=policy, home=bench.home)
    for _ in range(2):
        bench.prepare(request.replace(refresh=True))
    assert "widget" in local.log.projects()
    assert public.log.paths() == []
