"""How long an answer holds, and what a change comes to: another generation beside the old one."""

from __future__ import annotations

import hashlib
import os
import subprocess
from pathlib import Path

from driverenv import Environment, Index, Policy, Request, prepare
from driverenv.events import Asked, Downloaded, Linking, Started
from tests.kit.factories import PypiServerFactory, StaticIndexFactory
from tests.unit.stories.bench import Bench

VERSION = "import six; print(six.__version__)"


def run(environment: Environment, code: str) -> str:
    done = subprocess.run([environment.python, "-B", "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def print_of(environment: Environment) -> dict[str, str]:
    """Every file of a generation, its stamps and content."""
    folder = Path(environment.prefix).parent
    found = {}
    for path in sorted(folder.rglob("*")):
        status = path.lstat()
        data = path.read_bytes() if path.is_file() else b""
        name = path.relative_to(folder).as_posix()
        stamps = f"{status.st_ino} {status.st_mode} {status.st_mtime_ns}" if path.is_file() else ""
        found[name] = f"{stamps} {hashlib.sha256(data).hexdigest()}"
    return found


def test_without_validity_it_asks_each_time_and_finds_the_same(bench: Bench) -> None:
    bench.wheel("six", "1.16.0")
    request = bench.request("six\n", valid_for_minutes=0)
    first = bench.prepare(request)
    before = print_of(first)
    for _ in range(3):
        assert bench.prepare(request) == first
        assert [event.project for event in bench.told(Asked)] == ["six"]
        assert not bench.told(Linking)
        assert not bench.told(Downloaded)
    assert print_of(first) == before
    assert len(bench.environments()) == 1


def test_within_its_validity_an_answer_holds_whatever_the_index_says(bench: Bench) -> None:
    bench.wheel("six", "1.15.0")
    request = bench.request("six\n")
    first = bench.prepare(request)
    bench.wheel("six", "1.16.0")
    assert bench.prepare(request) == first
    assert bench.told(Started) == []
    assert run(first, VERSION) == "1.15.0"


def test_a_changed_file_makes_another_generation_beside_the_old_one(bench: Bench) -> None:
    for version in ("1.15.0", "1.16.0"):
        bench.wheel("six", version, files={"six/settings.ini": version})
    old = bench.prepare(bench.request("six<1.16\n"))
    before = print_of(old)
    new = bench.prepare(bench.request("six\n"))
    assert new.prefix != old.prefix
    assert (run(old, VERSION), run(new, VERSION)) == ("1.15.0", "1.16.0")
    assert print_of(old) == before
    assert bench.prepare(bench.request("six<1.16\n")) == old
    assert bench.told(Linking) == []


def test_what_runs_in_the_old_generation_goes_on(bench: Bench) -> None:
    bench.wheel("six", "1.15.0", files={"six/late.py": "word = 'old'\n"})
    request = bench.request("six\n", valid_for_minutes=0)
    old = bench.prepare(request)
    code = "input(); import six.late; print(six.late.word, six.__version__)"
    with subprocess.Popen(
        [old.python, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as running:
        bench.wheel("six", "1.16.0")
        assert bench.prepare(request) != old
        out, _ = running.communicate("go on\n", timeout=60)
    assert out.strip() == "old 1.15.0"


def test_a_changed_pypiserver_is_seen_once_the_validity_is_over(
    bench: Bench, pypiserver: PypiServerFactory
) -> None:
    bench.wheel("six", "1.15.0")
    server = pypiserver(bench.index)
    policy = Policy(local=[Index(server.url, name="lab")], public=None, byte_code="never")
    request = Request(bench.driver("six\n"), policy=policy, home=bench.home)
    impatient = request.replace(policy=policy.replace(valid_for_minutes=0))
    first = prepare(request)
    asked = len(server.log)
    bench.wheel("six", "1.16.0")
    assert prepare(request) == first
    assert len(server.log) == asked
    second = prepare(impatient)
    assert len(server.log) > asked
    assert (run(first, VERSION), run(second, VERSION)) == ("1.15.0", "1.16.0")


def test_an_answer_is_over_when_its_time_is(bench: Bench) -> None:
    """The record is made older; no test waits eight hours."""
    bench.wheel("six", "1.15.0")
    request = bench.request("six\n")
    bench.prepare(request)
    (path,) = bench.home.glob("asks/*")
    lines = path.read_text(encoding="utf-8").split("\n")
    aged = [
        f"{kind} {float(rest) - 8 * 3600 - 1!r}" if kind in ("checked", "until") else line
        for line in lines
        for kind, _, rest in [line.partition(" ")]
    ]
    path.write_text("\n".join(aged), encoding="utf-8")
    bench.wheel("six", "1.16.0")
    assert run(bench.prepare(request), VERSION) == "1.16.0"
    assert bench.told(Linking)


def test_a_clock_that_was_set_back_makes_it_ask(bench: Bench) -> None:
    bench.wheel("six", "1.15.0")
    request = bench.request("six\n")
    first = bench.prepare(request)
    (path,) = bench.home.glob("asks/*")
    text = path.read_text(encoding="utf-8")
    checked = next(line for line in text.split("\n") if line.startswith("checked "))
    path.write_text(text.replace(checked, f"checked {float(checked[8:]) + 3600!r}"), encoding="utf-8")
    assert bench.prepare(request) == first
    assert bench.told(Started)


def test_a_wheel_that_was_uploaded_again(bench: Bench) -> None:
    """The same name and version with other bytes is another content, so another generation."""
    path = bench.wheel("six", "1.16.0", files={"six/word.py": "word = 'first'\n"})
    request = bench.request("six\n", valid_for_minutes=0)
    first = bench.prepare(request)
    bench.wheel("six", "1.16.0", files={"six/word.py": "word = 'again'\n"})
    os.utime(path, ns=(1, path.stat().st_mtime_ns + 1_000_000_000))  # coarse clocks of file systems
    second = bench.prepare(request)
    code = "import six.word; print(six.word.word)"
    assert (run(first, code), run(second, code)) == ("first", "again")


def test_an_index_that_dies_within_the_validity(bench: Bench, static_index: StaticIndexFactory) -> None:
    bench.wheel("six", "1.16.0")
    server = static_index(bench.index)
    policy = Policy(local=[Index(server.simple_url, name="lab")], public=None, byte_code="never")
    request = Request(bench.driver("six\n"), policy=policy, home=bench.home)
    made = prepare(request)
    server.stop()
    assert bench.prepare(request) == made
    assert run(made, VERSION) == "1.16.0"
