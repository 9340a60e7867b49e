from __future__ import annotations

import json
import os
import re
import sys
import time
from pathlib import Path

import pytest

from driverenv import lease
from driverenv.cli import lane
from driverenv.cli.profiling import Profile
from driverenv.events import Ready
from tests.unit.cli.bench import NOW, Bench

PREPARE = ["prepare", "Switch Driver"]
RUN = ["run", "Switch Driver", "--python", "3.9"]


def found(bench: Bench, own: list[str], now: float = NOW + 1, cwd: str = "") -> dict[str, str] | None:
    later = max(now, lane_time(bench, own))  # the lane's own record must not lie in the future
    return lane.find(own, bench.environ, cwd or str(bench.cwd), later)


def lane_time(bench: Bench, own: list[str]) -> float:
    """The bench's launches happened at `NOW`: the lane's record is told so, too."""
    path = record_path(bench, own)
    if path.is_file():
        lines = path.read_text(encoding="utf-8").split("\n")
        path.write_text("\n".join([lines[0], f"checked {NOW!r}", *lines[2:]]), encoding="utf-8")
    return NOW


def record_path(bench: Bench, own: list[str]) -> Path:
    folder = lane.place(own, bench.environ, str(bench.cwd))
    assert folder is not None
    return Path(folder, "asks", lane.key(own, bench.environ, str(bench.cwd)))


@pytest.fixture(params=["prepare", "run"])
def own(request: pytest.FixtureRequest, bench: Bench) -> list[str]:
    arguments = PREPARE if request.param == "prepare" else RUN
    bench.run(*arguments)
    return arguments


def test_a_miss_before_the_first_launch(bench: Bench) -> None:
    assert found(bench, PREPARE) is None


@pytest.mark.parametrize("option", [["--save-facts", "f"], ["--save-facts=f"]])
def test_saving_facts_goes_the_long_way(bench: Bench, own: list[str], option: list[str]) -> None:
    assert bench.run(*own, *option) in (0, 7)
    assert found(bench, [*own, *option]) is None
    assert lane.launch([*own, *option], bench.environ, 0.0) is None


def test_a_hit_after_it(bench: Bench, own: list[str]) -> None:
    record = found(bench, own)
    assert record is not None
    assert record["prefix"] == bench.environment().prefix
    assert record["python"] == bench.environment().python


def test_what_is_remembered_for_each(bench: Bench) -> None:
    bench.run(*PREPARE)
    bench.run(*RUN)
    prepare, run = found(bench, PREPARE), found(bench, RUN)
    assert prepare is not None
    assert run is not None
    assert (prepare["text"], prepare["entry"]) == (bench.environment().prefix, "")
    assert (run["text"], run["entry"]) == ("", str(bench.driver / "driver.py"))


def test_over_when_the_launch_record_is(bench: Bench, own: list[str]) -> None:
    assert found(bench, own, now=NOW + 61) is None


def test_changed_requirements(bench: Bench, own: list[str]) -> None:
    (bench.driver / "requirements.txt").write_text("six==1\n", encoding="utf-8")
    assert found(bench, own) is None


def test_another_environment_since(bench: Bench, own: list[str]) -> None:
    bench.record(bench.environment().replace(prefix=bench.environment().prefix + "2"))
    assert found(bench, own) is None


def test_settings_file_that_appears(bench: Bench, own: list[str], home: Path) -> None:
    file = home / ".config" / "driverenv" / "driverenv.toml"
    if sys.platform != "linux":
        pytest.skip("the user's settings file lies elsewhere")
    file.parent.mkdir(parents=True)
    file.write_text("", encoding="utf-8")
    assert found(bench, own) is None


@pytest.mark.parametrize(
    ("name", "value"), [("DRIVERENV_MODE", "offline"), ("PATH", "/elsewhere"), ("XDG_CONFIG_HOME", "/x")]
)
def test_other_variables(bench: Bench, own: list[str], name: str, value: str) -> None:
    bench.environ[name] = value
    assert found(bench, own) is None


def test_variables_that_do_not_matter(bench: Bench, own: list[str]) -> None:
    bench.environ["COMMAND_ID"] = "17"
    assert found(bench, own) is not None


def test_another_folder_or_other_arguments(bench: Bench, own: list[str]) -> None:
    assert found(bench, own, cwd=str(bench.root)) is None
    assert found(bench, [*own, "--offline"]) is None


def test_broken_records_are_misses(bench: Bench, own: list[str]) -> None:
    path = record_path(bench, own)
    whole = path.read_bytes()
    for broken in (b"", whole[:-1], b"\xff\xfe", whole.replace(b"driverenv-ask 1", b"driverenv-ask 2")):
        path.write_bytes(broken)
        assert lane.find(own, bench.environ, str(bench.cwd), NOW + 1e12) is None


def test_arguments_for_the_driver_do_not_matter(bench: Bench) -> None:
    bench.run(*RUN, "--", "command", "1")
    assert lane.split((*RUN, "--", "command", "2")) == (RUN, ["command", "2"])
    assert found(bench, RUN) is not None
    assert len(list(record_path(bench, RUN).parent.iterdir())) == 1


def test_an_entry_point_that_is_gone_or_overtaken(bench: Bench) -> None:
    class Main(Bench):
        def _entry_point(self, driver: Path) -> Path:
            return driver / "main.py"

    main = Main(bench.root / "other")
    (main.driver / "driver.py").rename(main.driver / "main.py")
    main.run(*RUN)
    assert found(main, RUN) is not None
    (main.driver / "main.py").write_text("print('edited')", encoding="utf-8")
    assert found(main, RUN) is not None
    (main.driver / "driver.py").write_text("", encoding="utf-8")
    assert found(main, RUN) is None
    (main.driver / "driver.py").unlink()
    (main.driver / "main.py").unlink()
    assert found(main, RUN) is None


def test_settings_that_change_meanwhile_are_not_remembered(bench: Bench, tmp_path: Path) -> None:
    config = tmp_path / "c.toml"
    config.write_text("", encoding="utf-8")

    class Slow(Bench):
        def record(self, environment: object) -> None:
            config.write_text('mode = "offline"', encoding="utf-8")

    own = [*PREPARE, "--config", str(config)]
    slow = Slow(bench.root / "other")
    slow.run(*own)
    assert not record_path(slow, own).exists()


def test_json_is_remembered_as_reused(bench: Bench) -> None:
    own = [*PREPARE, "--json"]
    receipt = Path(bench.environment().receipt)
    receipt.parent.mkdir(parents=True)
    receipt.write_text("{}", encoding="utf-8")
    bench.run(*own)
    record = found(bench, own)
    assert record is not None
    assert '"reused": true' in record["text"]
    assert record["quiet"] == "yes"
    receipt.write_text('{"checked": 1}', encoding="utf-8")
    assert found(bench, own) is None


@pytest.mark.parametrize(
    ("own", "home", "expected"),
    [
        (["prepare", "d"], "/h", "/h/lane"),
        (["prepare", "d", "--home", "rel"], "/h", "/cwd/rel/lane"),
        (["prepare", "d", "--home=/a", "--home", "/b"], "", "/b/lane"),
        (["prepare", "d", "--home"], "/h", "/data/driverenv/home/lane"),
        (["prepare", "d"], "", "/data/driverenv/home/lane"),
        (["prepare", "d", "--home", "~/x"], "", None),
    ],
)
@pytest.mark.skipif(sys.platform != "linux", reason="places of Linux")
def test_place(own: list[str], home: str, expected: str | None) -> None:
    environ = {"DRIVERENV_HOME": home, "XDG_DATA_HOME": "/data", "HOME": "/me"}
    assert lane.place(own, environ, "/cwd") == expected


def test_no_place_without_a_home() -> None:
    assert lane.place(["prepare", "d"], {}, os.path.abspath(os.sep)) is None


@pytest.mark.parametrize("quiet", ["yes", "no"])
def test_a_profile_of_what_was_found(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], quiet: str
) -> None:
    own = [*PREPARE, "--profile"]
    answer(bench, monkeypatch, own, quiet)
    begun = time.monotonic()
    assert lane.launch(own, bench.environ, begun) == 0
    told = capsys.readouterr()
    assert told.out == f"{bench.environment().prefix}\n"
    *before, profile = told.err.splitlines()
    assert re.fullmatch(r"profile: found within its validity, \d+\.\d ms", profile)
    assert len(before) == (0 if quiet == "yes" else 1)


def test_the_same_as_json(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    own = [*PREPARE, "--profile", "--json"]
    answer(bench, monkeypatch, own, "yes")
    assert lane.launch(own, bench.environ, time.monotonic()) == 0
    told = capsys.readouterr()
    profile = Profile()
    profile.hear(Ready("", reused=True, seconds=0.1, how="ready"))
    found = json.loads(told.out)["profile"]
    assert found | {"seconds": 0.1} == profile.data
    assert told.err == ""


def answer(bench: Bench, monkeypatch: pytest.MonkeyPatch, own: list[str], quiet: str) -> None:
    """A first launch; from now on its record holds, whatever the time."""
    bench.run(*own)
    record = found(bench, own)
    assert record is not None
    assert '"profile"' not in record["text"]
    Path(lease.path_of(record["prefix"])).touch()
    monkeypatch.setattr(lane, "find", lambda *_: record | {"quiet": quiet})


def test_old_records_go(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lane, "MOST_RECORDS", 4)
    for number in range(12):
        bench.run(*PREPARE, "--python", f"3.{number}")
    assert len(list(record_path(bench, PREPARE).parent.iterdir())) <= 5


def test_a_home_that_cannot_be_written_is_no_error(bench: Bench) -> None:
    (bench.home).mkdir()
    (bench.home / "lane").write_text("in the way", encoding="utf-8")
    assert bench.run(*PREPARE) == 0
