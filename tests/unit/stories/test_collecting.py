from __future__ import annotations

import gc
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

import driverenv
from driverenv import Keep, Request, environment, lease
from driverenv.stories import collecting, holdings, leftovers
from driverenv.stories.collecting import Collection, collect
from tests.unit.stories.bench import Bench

pytestmark = pytest.mark.slow

DAY = 86_400.0
KEEP = Keep(grace_minutes=0)


@pytest.fixture
def request_of_six(bench: Bench) -> Request:
    bench.wheel("six", "1.15.0")
    return bench.request("six\n", valid_for_minutes=0)


def made(bench: Bench, request: Request) -> str:
    """A prefix that nobody holds."""
    prefix = bench.prepare(request).prefix
    gc.collect()
    return prefix


def generations(bench: Bench, request: Request, count: int) -> list[str]:
    prefixes = []
    for number in range(count):
        bench.wheel("six", f"2.{number}")
        prefixes.append(made(bench, request))
    return prefixes


def age(bench: Bench, prefix: str, days: float) -> None:
    """Make its last use older; no test waits."""
    then = time.time() - days * DAY
    os.utime(lease.path_of(prefix), (then, then))
    for path in bench.home.glob("asks/*"):
        text = path.read_text(encoding="utf-8")
        if prefix in text:
            lines = [
                f"checked {then!r}" if line.startswith("checked ") else line for line in text.split("\n")
            ]
            path.write_text("\n".join(lines), encoding="utf-8")


def collected(
    bench: Bench, keep: Keep = KEEP, *, everything: bool = False, dry_run: bool = False
) -> Collection:
    return collect(str(bench.home), keep=keep, everything=everything, dry_run=dry_run)


def gone(found: Collection, kind: str = "environment") -> list[str]:
    return [one.path for one in found.gone if one.kind == kind]


def trash(bench: Bench) -> list[str]:
    return os.listdir(bench.home / "trash") if (bench.home / "trash").exists() else []


def test_earlier_generations_go_but_for_some(bench: Bench, request_of_six: Request) -> None:
    prefixes = generations(bench, request_of_six, 5)
    dry = collected(bench, dry_run=True)
    assert sorted(gone(dry)) == sorted(prefixes[:2])
    assert dry.size > 0
    assert all(map(os.path.isdir, prefixes))
    found = collected(bench)
    assert found.gone == dry.gone
    assert [os.path.isdir(prefix) for prefix in prefixes] == [False, False, True, True, True]
    assert {one.why for one in found.items if one.kind == "environment" and one.stays} == {
        "Switch Driver has it now",
        "Switch Driver can go back to it (generation 4)",
        "Switch Driver can go back to it (generation 3)",
    }
    assert trash(bench) == []
    assert collected(bench).gone == ()
    assert bench.prepare(request_of_six).prefix == prefixes[-1]


def test_what_was_taken_just_now_stays(bench: Bench, request_of_six: Request) -> None:
    prefixes = generations(bench, request_of_six, 4)
    assert gone(collected(bench, Keep())) == []
    age(bench, prefixes[0], 1)
    assert gone(collected(bench, Keep())) == [prefixes[0]]


def test_a_driver_that_is_not_launched_any_more(bench: Bench, request_of_six: Request) -> None:
    old = made(bench, request_of_six)
    other = made(bench, bench.request("six\n", name="Rack"))
    age(bench, old, 40)
    found = collected(bench, Keep())
    assert gone(found) == [old]
    assert os.path.isdir(other)
    assert gone(found, "answer") != []
    again = bench.prepare(request_of_six)
    assert again.prefix == old
    assert environment.check(Path(old)) == ""


def test_environments_of_builds(bench: Bench) -> None:
    bench.sdist("alpha")
    driver = made(bench, bench.request("alpha\n"))
    (build,) = gone(collected(bench))
    assert build.endswith("/build")
    assert os.path.isdir(driver)


def test_everything_but_what_is_held(bench: Bench, request_of_six: Request) -> None:
    held = bench.prepare(request_of_six)
    other = made(bench, bench.request("six\n", name="Rack"))
    assert gone(collected(bench, Keep(), everything=True)) == [other]
    assert environment.check(Path(held.prefix)) == ""
    command = held.command(["-c", "input()"], environ=os.environ)
    prefix = held.prefix
    del held
    with command.popen(stdin=subprocess.PIPE) as process:
        del command
        gc.collect()
        assert gone(collected(bench, everything=True)) == []
        process.communicate(b"\n")
    assert gone(collected(bench, everything=True)) == [prefix]


def test_space_that_is_short(bench: Bench, request_of_six: Request) -> None:
    first, second = generations(bench, request_of_six, 2)
    rack = made(bench, bench.request("six\n", name="Rack"))
    for prefix, days in ((first, 3.0), (second, 1.0), (rack, 2.0)):
        (Path(prefix) / "cache").write_bytes(b"x" * 100_000)
        age(bench, prefix, days)
    total = leftovers.size_of(bench.home / "environments") + holdings.holdings(str(bench.home)).size
    assert gone(collected(bench, Keep(max_bytes=total), dry_run=True)) == []
    assert gone(collected(bench, Keep(max_bytes=total - 1), dry_run=True)) == [first]
    assert sorted(gone(collected(bench, Keep(max_bytes=total - 150_000), dry_run=True))) == sorted(
        [first, rack]
    )
    found = collected(bench, Keep(max_bytes=0))
    assert sorted(gone(found)) == sorted([first, second, rack])
    assert {one.why for one in found.gone if one.kind == "environment"} == {"space is short"}


def test_a_launch_between_the_look_and_the_claim(
    bench: Bench, request_of_six: Request, monkeypatch: pytest.MonkeyPatch
) -> None:
    prefix = generations(bench, request_of_six, 4)[0]
    age(bench, prefix, 1)
    claim = lease.claim

    def launched(path: str) -> int | None:
        if path == lease.path_of(prefix):
            lease.release(lease.take(path))
        return claim(path)

    monkeypatch.setattr(lease, "claim", launched)
    found = collected(bench)
    assert gone(found) == []
    assert [one.why for one in found.items if one.path == prefix] == ["it was taken just now"]
    assert os.path.isdir(prefix)


def test_somebody_holds_it_by_the_time_it_is_claimed(
    bench: Bench, request_of_six: Request, monkeypatch: pytest.MonkeyPatch
) -> None:
    prefix = generations(bench, request_of_six, 4)[0]
    with lease.Lease(lease.path_of(prefix)):
        monkeypatch.setattr(lease, "is_held", lambda _: False)
        assert gone(collected(bench)) == []
    assert os.path.isdir(prefix)


def test_what_an_interrupted_collection_left(bench: Bench, request_of_six: Request) -> None:
    prefix = made(bench, request_of_six)
    moved = bench.home / "trash" / f"{Path(prefix).parent.name}.0123456789ab"
    moved.parent.mkdir()
    Path(prefix).parent.rename(moved)
    assert gone(collected(bench, dry_run=True), "trash") == [str(moved)]
    with lease.Lease(str(moved / "lease")):  # a launch that came late is still looking where it is
        collected(bench)
        assert trash(bench) == [moved.name]
    assert gone(collected(bench), "trash") == [str(moved)]
    assert trash(bench) == []


@pytest.fixture
def bystander(bench: Bench, request_of_six: Request) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """A driver that was started by somebody who takes no lease, from an environment that would go."""
    prefix = made(bench, request_of_six)
    generations(bench, request_of_six, 3)
    with subprocess.Popen(
        [f"{prefix}/bin/python", "-c", "print(1, flush=True); input()"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        yield prefix, process
        process.kill()


@pytest.mark.skipif(sys.platform != "linux", reason="nobody knows elsewhere")
def test_who_runs_without_a_lease(bench: Bench, bystander: tuple[str, subprocess.Popen[bytes]]) -> None:
    prefix, process = bystander
    found = collected(bench)
    assert [one.stays for one in found.items if one.path == prefix] == [True]
    process.communicate(b"\n")
    assert gone(collected(bench)) == [prefix]


@pytest.mark.skipif(sys.platform != "linux", reason="nobody knows elsewhere")
def test_who_began_to_run_meanwhile(
    bench: Bench, bystander: tuple[str, subprocess.Popen[bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    prefix, _ = bystander
    answers = iter([set[str]()])  # at the first look nobody runs from it
    keys_in_use = environment.keys_in_use

    def look(root: Path) -> set[str]:
        return next((answer for answer in answers), keys_in_use(root))

    monkeypatch.setattr(environment, "keys_in_use", look)
    found = collected(bench)
    assert [one.why for one in found.items if one.path == prefix] == [
        "a process runs from it, without a lease"
    ]
    assert environment.check(Path(prefix)) == ""
    assert trash(bench) == []


def test_logs_are_moved_out_first(bench: Bench, request_of_six: Request) -> None:
    environment = bench.prepare(request_of_six)
    (Path(environment.site_packages) / "run.log").write_text("words", encoding="utf-8")
    prefix, key = environment.prefix, environment.key
    below = os.path.relpath(environment.site_packages, prefix)
    del environment
    logs = bench.root / "logs"
    collected(bench, Keep(logs=str(logs)), everything=True)
    assert not os.path.isdir(prefix)
    assert (logs / "Switch Driver" / key[:12] / below / "run.log").read_text(encoding="utf-8") == "words"


def test_what_cannot_be_moved_is_told(
    bench: Bench, request_of_six: Request, monkeypatch: pytest.MonkeyPatch
) -> None:
    prefix = made(bench, request_of_six)

    def refuse() -> str:
        raise PermissionError(13, "in use")

    monkeypatch.setattr(collecting, "uuid", SimpleNamespace(uuid4=refuse))
    found = collected(bench, everything=True)
    assert [one.why for one in found.items if one.path == prefix] == ["it cannot be removed: in use"]
    assert environment.check(Path(prefix)) == ""


def test_an_empty_home(tmp_path: Path) -> None:
    assert collect(str(tmp_path / "home"), keep=KEEP).items == ()


def test_the_settings_say_what_is_kept(
    bench: Bench, request_of_six: Request, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = bench.root / "driverenv.toml"
    settings.write_text(
        f"home = '{bench.home}'\n[keep]\ngenerations = 0\ngrace_minutes = 0\n", encoding="utf-8"
    )
    monkeypatch.setenv("DRIVERENV_CONFIG", str(settings))
    prefixes = generations(bench, request_of_six, 2)
    assert gone(driverenv.collect()) == prefixes[:1]


def test_an_environment_that_is_none(bench: Bench, request_of_six: Request) -> None:
    prefix = made(bench, request_of_six)
    shutil.rmtree(prefix)
    assert gone(collected(bench, everything=True)) == [str(Path(prefix).parent)]
    assert not os.path.isdir(Path(prefix).parent)


def idle(bench: Bench, days: float) -> None:
    """Nothing of the store was used for so long."""
    for path in (*bench.home.glob("wheels/*/*"), *bench.home.glob("archives/*/*")):
        os.utime(path / "stamps" if path.is_dir() else path, (time.time() - days * DAY,) * 2)


def test_what_of_the_store_no_environment_has(bench: Bench, request_of_six: Request) -> None:
    made(bench, request_of_six)
    bench.wheel("alpha")
    made(bench, bench.request("alpha\n"))  # the driver does without six from now on
    keep = Keep(generations=0, grace_minutes=0.0, unused_days=5.0)
    assert gone(collected(bench, keep), "wheel") == []
    idle(bench, 6)
    dry = collected(bench, keep, dry_run=True)
    assert gone(dry, "wheel") == []  # the clock may have been set forward: nothing was used since
    alpha = next(one for one in holdings.holdings(str(bench.home)).rows if one.name.startswith("alpha"))
    os.utime(bench.home / "archives" / alpha.sha256[:2] / alpha.sha256)
    found = collected(bench, keep)
    (six,) = [one for one in found.gone if one.kind == "wheel"]
    assert six.why.endswith("no environment has it, and no launch took it for 5 days")
    assert not Path(six.path).exists()
    assert six.size > 0
    assert [one.name for one in holdings.holdings(str(bench.home)).rows] == ["alpha 1.0"]
    assert bench.staged() == []
    assert made(bench, request_of_six)  # and it comes again where it is needed


def test_a_budget_of_the_store(bench: Bench, request_of_six: Request) -> None:
    generations(bench, request_of_six, 3)
    total = holdings.holdings(str(bench.home)).size
    keep = Keep(generations=0, grace_minutes=0.0, store_bytes=total)
    assert gone(collected(bench, keep, dry_run=True), "wheel") == []
    collected(bench, Keep(generations=0, grace_minutes=0.0))
    assert gone(collected(bench, keep.replace(store_bytes=0)), "wheel") == []  # it was taken just now
    idle(bench, 1)
    (first,) = gone(collected(bench, keep.replace(store_bytes=total - 1)), "wheel")
    rest = gone(collected(bench, keep.replace(store_bytes=0)), "wheel")
    assert len(rest) == 1  # an environment has the third
    assert first not in rest
    assert [one.users for one in holdings.holdings(str(bench.home)).rows] == [("Switch Driver",)]


def test_of_what_an_environment_that_stays_after_all_has_nothing_goes(
    bench: Bench, request_of_six: Request, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, _ = generations(bench, request_of_six, 2)
    keep = Keep(generations=0, grace_minutes=0.0, store_bytes=0)
    idle(bench, 1)
    dry = collected(bench, keep, dry_run=True)
    assert (gone(dry), len(gone(dry, "wheel"))) == ([first], 1)
    monkeypatch.setattr(lease, "claim", lambda _: None)
    found = collected(bench, keep)
    assert (gone(found), gone(found, "wheel")) == ([], [])
