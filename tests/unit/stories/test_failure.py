from __future__ import annotations

import gzip
import json
import os
import stat
import sys
from pathlib import Path

import pytest
from packaging.utils import canonicalize_name
from packaging.version import Version

from driverenv import HomeUnusable, Index, Policy, Request, prepare
from driverenv.errors import (
    DriverEnvError,
    FactsInvalid,
    IndexUnavailable,
    LocalVersionMismatch,
    RequirementsInvalid,
    SettingsInvalid,
)
from driverenv.events import Asked, Event, Failed
from driverenv.facts import parse
from driverenv.model.answers import Found, ProjectFile
from driverenv.model.requirement import Requirements
from driverenv.model.resolution import Available, Candidate, Facts
from driverenv.stories import failure
from driverenv.stories.failure import kept, last, leave, log_of, mark_of, read, read_facts, save
from driverenv.stories.journal import Journal
from driverenv.stories.lock import lock
from driverenv.stories.site import Site
from tests.unit.stories.bench import Bench

ERROR = LocalVersionMismatch("nothing fits", facts=(("project", "a"),), data={"project": "a"})


def site_at(home: Path, name: str = "Switch Driver", driver: str = "/srv/drivers/Switch Driver") -> Site:
    return Site(driver=driver, home=str(home), policy=Policy(), name=name, python="3.12")


def left(home: Path, name: str = "Switch Driver", driver: str = "/srv/drivers/Switch Driver") -> Path:
    site = site_at(home, name, driver)
    return Path(leave(site, Journal(site), ERROR))


def failed(bench: Bench, request: Request) -> DriverEnvError:
    with pytest.raises(DriverEnvError) as raised:
        bench.prepare(request)
    return raised.value


def test_a_failed_launch_leaves_a_receipt(bench: Bench) -> None:
    bench.wheel("a", "1.0")
    bench.wheel("b", "1.0", requires=["a>=2"])
    request = bench.request("b\n", local=[Index(f"file://{bench.index}", name="lab")])
    error = failed(bench, request)
    path = Path(error.failure)
    assert path.parent == bench.home / "failures" / "Switch Driver"
    told = read(path)
    assert (str(told.error), told.error.code, told.error.data) == (str(error), error.code, error.data)
    assert told.when.endswith("Z")
    assert [(one.project, one.index, one.answer) for one in told.asked] == [
        ("a", f"lab ({bench.index})", "found"),
        ("b", f"lab ({bench.index})", "found"),
    ]
    record = told.record
    assert (record.driver, record.name) == (request.driver, "Switch Driver")
    assert sorted(record.listings) == ["a", "b"]
    assert len(record.dependencies) == 1
    content = json.loads(path.read_text(encoding="utf-8"))
    assert content["message"] == str(error)
    assert content["request"] == {
        "driver": request.driver,
        "home": str(bench.home),
        "name": "Switch Driver",
        "python": "",
    }


def test_also_where_an_index_could_not_answer(bench: Bench) -> None:
    bench.wheel("a", requires=["gone"])
    request = bench.request(
        "a\n", local=[Index(bench.index, name="lab"), Index(bench.root / "no", name="away")]
    )
    error = failed(bench, request)
    assert isinstance(error, IndexUnavailable)
    told = read(error.failure)
    assert ("gone", "absent") in [(one.project, one.answer) for one in told.asked]
    assert list(told.record.listings) == ["a"]


def test_also_where_nothing_was_known_yet(bench: Bench) -> None:
    error = failed(bench, bench.request("a >= = 2\n"))
    assert isinstance(error, RequirementsInvalid)
    record = read(error.failure).record
    assert (record.requirements, record.listings) == (None, {})
    assert record.target is not None
    missing = failed(
        bench, Request(bench.driver("a\n"), policy=bench.policy(), home=bench.home, python="2.4")
    )
    assert read(missing.failure).record.target is None


def test_the_failure_is_the_last_thing_that_is_told(bench: Bench) -> None:
    with pytest.raises(DriverEnvError) as raised:
        bench.prepare(bench.request("nowhere\n"))
    event = bench.events[-1]
    assert isinstance(event, Failed)
    assert (event.code, event.text) == ("ABSENT_OFFLINE", str(raised.value))
    assert event.receipt == raised.value.failure != ""
    assert event.seconds > 0


def test_settings_that_are_wrong_are_told_as_well(bench: Bench) -> None:
    with pytest.raises(SettingsInvalid):
        bench.prepare(bench.request("a\n", exclude_newer="yesterday"))
    (event,) = bench.told(Failed)
    assert (event.code, bench.events) == ("SETTINGS_INVALID", [event])


def test_what_a_listener_raises_ends_the_launch_and_is_told_last(bench: Bench) -> None:
    bench.wheel("a")
    told: list[Event] = []

    def hear(event: Event) -> None:
        told.append(event)
        if type(event) in {Asked, Failed}:
            raise RuntimeError("enough \x1b[31m")

    with pytest.raises(RuntimeError, match="enough"):
        lock(bench.request("a\n"), on_event=hear)
    assert isinstance(told[-1], Failed)
    assert (told[-1].code, told[-1].text) == ("RuntimeError", "RuntimeError: enough \\x1b[31m")


def test_a_launch_that_goes_well_leaves_none(bench: Bench) -> None:
    bench.wheel("a")
    bench.prepare(bench.request("a\n"))
    assert not (bench.home / "failures").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="no modes there")
def test_its_log_lies_beside_it(bench: Bench) -> None:
    bench.wheel("a", "1.0")
    error = failed(bench, bench.request("a>=2\n"))
    path = log_of(Path(error.failure))
    assert path.parent == Path(error.failure).parent
    assert path.name.startswith("InstallRequirements_2")
    assert path.name.endswith(f"-LOCAL_NO_MATCH-{mark_of(str(bench.root / 'drivers' / 'Switch Driver'))}.log")
    text = path.read_text(encoding="utf-8")
    assert f"file          {bench.root / 'drivers' / 'Switch Driver' / 'requirements.txt'}\n" in text
    assert "line 1: a>=2\n" in text
    assert f"a: found at lab ({bench.index}): 1 file, at {bench.index}" in text
    assert text.endswith(f"\n\n{error}\n")
    if os.name == "posix":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_nobody_else_may_read_it(tmp_path: Path) -> None:
    path = left(tmp_path)
    modes = [stat.S_IMODE(one.stat().st_mode) for one in (path, path.parent, path.parent.parent)]
    assert modes == [0o600, 0o700, 0o700]


def test_no_secret_in_it(bench: Bench) -> None:
    index = Index("http://reader:s3cret@127.0.0.1:9/", name="lab", proxy="http://u:s3cret@127.0.0.1:9")
    error = failed(
        bench,
        bench.request("a\n", local=[index], mode="online", proxies={"https_proxy": "http://u:s3cret@p:1"}),
    )
    for path in (Path(error.failure), log_of(Path(error.failure))):
        text = path.read_text(encoding="utf-8")
        assert error.code in text
        assert "s3cret" not in text


def test_only_the_newest_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(failure, "KEPT_OF_A_DRIVER", 3)
    monkeypatch.setattr(failure, "KEPT", 5)
    first = [left(tmp_path, "One") for _ in range(5)]
    assert [path.exists() for path in first] == [False, False, True, True, True]
    assert [log_of(path).exists() for path in first] == [False, False, True, True, True]
    others = [left(tmp_path, name) for name in ("Two", "Three", "Four")]
    assert [path.exists() for path in (*first[2:], *others)] == [False, True, True, True, True, True]
    for name in ("Five", "Six", "Seven", "Eight"):
        left(tmp_path, name)
    assert sorted(path.name for path in (tmp_path / "failures").iterdir()) == [
        "Eight",
        "Five",
        "Four",
        "Seven",
        "Six",
    ]


def test_receipts_in_order_of_time(tmp_path: Path) -> None:
    paths = [left(tmp_path).name for _ in range(20)]
    assert paths == sorted(paths)
    assert len(set(paths)) == 20


def test_a_large_one_is_compressed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(failure, "_LARGE", 100)
    path = left(tmp_path)
    assert path.name.endswith(".json.gz")
    assert str(read(path).error) == str(ERROR)


def test_it_never_raises(tmp_path: Path) -> None:
    (tmp_path / "failures").write_text("in the way", encoding="utf-8")
    site = site_at(tmp_path)
    assert leave(site, Journal(site), ERROR) == ""
    with pytest.raises(LocalVersionMismatch) as raised, kept(site):
        raise ERROR.with_facts(("x", "y"))
    assert raised.value.failure == ""


def test_the_last_one_of_a_driver(tmp_path: Path) -> None:
    mine, other = "/srv/a/Switch", "/srv/b/Switch"
    left(tmp_path, "Switch", mine)
    own = left(tmp_path, "Switch", mine)
    newest = left(tmp_path, "Switch", other)
    home = str(tmp_path)
    assert last(home, driver=mine, name="Switch") == own
    assert last(home, driver=other, name="Switch") == newest
    assert last(home, driver="/elsewhere/Switch", name="Switch") == newest
    with pytest.raises(FactsInvalid) as raised:
        last(home, driver="/srv/a/Swich", name="Swich")
    assert ("remembered", "Switch") in raised.value.facts


def test_what_is_no_receipt(tmp_path: Path) -> None:
    site = site_at(tmp_path)
    path = left(tmp_path)
    content = json.loads(path.read_text(encoding="utf-8"))
    save(Journal(site).record(), tmp_path / "facts.json")
    with pytest.raises(FactsInvalid, match="driverenv-failure 1"):
        read(tmp_path / "facts.json")
    broken: list[dict[str, object]] = [
        {**content, "asked": [[1]]},
        {**content, "asked": 3},
        {**content, "facts": None},
        {**content, "facts": {**content["facts"], "error": None}},
        {name: one for name, one in content.items() if name != "when"},
    ]
    for one in broken:
        path.write_text(json.dumps(one), encoding="utf-8")
        with pytest.raises(FactsInvalid):
            read(path)


def test_facts_of_a_file_and_of_a_receipt(tmp_path: Path) -> None:
    site = site_at(tmp_path)
    record = Journal(site).record()
    for name in ("facts.json", "facts.json.gz"):
        save(record, tmp_path / name)
        assert read_facts(tmp_path / name) == record
    assert (
        gzip.decompress((tmp_path / "facts.json.gz").read_bytes()) == (tmp_path / "facts.json").read_bytes()
    )
    assert read_facts(left(tmp_path)).driver == site.driver
    save(record, tmp_path / "again.json.gz")
    assert (tmp_path / "again.json.gz").read_bytes() == (tmp_path / "facts.json.gz").read_bytes()


@pytest.mark.parametrize(
    "content",
    [b"\x1f\x8b", b"\x1f\x8b\x08broken", gzip.compress(b"{}" * 5000, mtime=0)[:-9]],
    ids=["two bytes", "broken", "cut"],
)
def test_damaged_files(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "facts.json.gz"
    path.write_bytes(content)
    with pytest.raises(FactsInvalid, match="it is damaged"):
        read_facts(path)


def test_files_that_are_not_there(tmp_path: Path) -> None:
    for path in (tmp_path / "none.json", tmp_path):
        with pytest.raises(FactsInvalid, match="no such file"):
            read_facts(path)


def test_a_bomb_is_not_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(failure, "_LARGEST", 1024 * 1024)
    path = tmp_path / "facts.json.gz"
    path.write_bytes(gzip.compress(b" " * 1024 * 1024 * 2))
    with pytest.raises(FactsInvalid, match="larger than 1 MiB"):
        read_facts(path)


def test_facts_are_saved_whether_it_fails_or_not(bench: Bench, tmp_path: Path) -> None:
    bench.wheel("a")
    path = tmp_path / "facts.json"
    lock(bench.request("a\n"), save_facts=path)
    assert list(parse(path.read_bytes(), path="x").listings) == ["a"]
    with pytest.raises(LocalVersionMismatch):
        lock(bench.request("a>=9\n"), save_facts=path)
    error = parse(path.read_bytes(), path="x").error
    assert isinstance(error, LocalVersionMismatch)


def test_also_where_it_ends_by_a_bug(tmp_path: Path) -> None:
    path = tmp_path / "facts.json"
    with pytest.raises(ZeroDivisionError), kept(site_at(tmp_path), save_facts=path):
        raise ZeroDivisionError
    assert read_facts(path).error is None
    assert not (tmp_path / "failures").exists()


def test_facts_that_cannot_be_written(bench: Bench, tmp_path: Path) -> None:
    """Said where the launch went well; where it failed, its own error is what counts."""
    (tmp_path / "file").write_text("", encoding="utf-8")
    bench.wheel("a")
    with pytest.raises(FactsInvalid, match="cannot be written"):
        lock(bench.request("a\n"), save_facts=tmp_path / "file" / "facts.json")
    with pytest.raises(LocalVersionMismatch):
        lock(bench.request("a>=9\n"), save_facts=tmp_path / "file" / "facts.json")


def test_saving_facts_asks_anew(bench: Bench, tmp_path: Path) -> None:
    """What is still valid was asked by another launch, whose facts are gone."""
    from driverenv import prepare

    bench.wheel("a", "1.0")
    request = bench.request("a\n")
    first = bench.prepare(request)
    bench.wheel("a", "2.0")
    assert bench.prepare(request) == first
    assert prepare(request, save_facts=tmp_path / "facts.json") != first
    assert list(read_facts(tmp_path / "facts.json").digests.values()) != []


def test_a_receipt_lacks_the_files_of_which_there_are_too_many(tmp_path: Path) -> None:
    """A hostile index may list so many that writing them down would fill the memory."""
    site = site_at(tmp_path)
    index = Index("http://h/simple/", name="lab")

    def found(name: str, count: int) -> Found:
        files = (ProjectFile(f"{name}-{n}.0.zip", "http://h/" + "x" * 10_000) for n in range(count))
        return Found(canonicalize_name(name), index, tuple(files), "http://h/simple/")

    journal = Journal(site)
    listings = {one.project: Available(one.project, one, (), ()) for one in (found("a", 3), found("b", 2000))}
    needed = Requirements(roots=(), only_binary=frozenset())
    journal.learned(site.policy, needed, Facts(listings))
    told = read(leave(site, journal, ERROR)).record
    assert set(told.listings) == {"a", "b"}  # of files that are no candidates nothing but the name is kept
    listings = {
        one.project: Available(one.project, one, tuple(map(candidate, one.files)), ())
        for one in (found("a", 3), found("b", 2000))
    }
    journal.learned(site.policy, needed, Facts(listings))
    told = read(leave(site, journal, ERROR)).record
    assert set(told.listings) == {"a"}
    text = "too many files were listed to be written down: the receipt has none of b"
    assert ("RECEIPT_CUT", text) in told.warnings


def candidate(file: ProjectFile) -> Candidate:
    project = canonicalize_name(file.filename.partition("-")[0])
    index = Index("http://h/simple/")
    return Candidate(project, Version("1"), file, index, public=False, is_wheel=False, tag_rank=1)


@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX's")
def test_where_others_could_write_nothing_is_left(bench: Bench) -> None:
    request = bench.request()
    bench.home.chmod(0o777)
    before = sorted(bench.home.rglob("*"))
    with pytest.raises(HomeUnusable) as caught:
        prepare(request)
    assert (caught.value.code, caught.value.failure) == ("STATE_UNSAFE", "")
    assert sorted(bench.home.rglob("*")) == before
