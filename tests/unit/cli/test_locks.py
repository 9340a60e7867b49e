from __future__ import annotations

import json
import os
import tomllib

import pytest

from driverenv.events import Warned
from tests.unit.cli.bench import Bench


@pytest.mark.parametrize(
    ("options", "chosen"),
    [
        ([], "pins"),
        (["--json"], "json"),
        (["-o", "-"], "pins"),
        (["-o", "pylock.toml"], "pylock"),
        (["-o", "x.JSON"], "json"),
        (["-o", "x.txt", "--json"], "pins"),
        (["-o", "x.txt", "--format", "json"], "json"),
    ],
)
@pytest.mark.parametrize("command", ["lock", "replay"])
def test_which_format(bench: Bench, command: str, options: list[str], chosen: str) -> None:
    assert bench.run(command, "requirements.txt", "-q", *options) == 0
    named = options[1] if options[:1] == ["-o"] and options[1] != "-" else ""
    text = (bench.cwd / named).read_text(encoding="utf-8") if named else bench.out.getvalue()
    if chosen == "pins":
        assert text == "six==1.16.0\n"
    else:
        assert (json.loads if chosen == "json" else tomllib.loads)(text)
    assert bool(bench.out.getvalue()) is not bool(named)


def test_no_work_for_a_file_that_cannot_be(bench: Bench) -> None:
    for option in ("-o", "--save-facts"):
        assert bench.run("lock", "requirements.txt", option, "new/x.json") == 2
        assert bench.err.getvalue().endswith(f"the folder {bench.cwd / 'new'} is not there\n")
    assert bench.requests == []
    assert sorted(os.listdir(bench.cwd)) == ["Switch Driver"]


def test_a_link_is_followed(bench: Bench) -> None:
    (bench.root / "real").mkdir()
    try:
        (bench.cwd / "pins.txt").symlink_to(bench.root / "real" / "pins.txt")
    except OSError:
        pytest.skip("no links here")
    assert bench.run("lock", "requirements.txt", "-o", "pins.txt") == 0
    assert (bench.root / "real" / "pins.txt").read_text(encoding="utf-8") == "six==1.16.0\n"


def test_a_lock_is_shared_where_the_site_has_a_store(bench: Bench) -> None:
    assert bench.run("lock", "requirements.txt", "-q", "--share") == 2
    assert "argument --share: the settings have no fleet store" in bench.err.getvalue()
    settings = bench.cwd / "fleet.toml"
    text = '[fleet]\nlocation = "share"\nkey_env = "KEY"\nwrite = %s\n'
    bench.environ["KEY"] = "k" * 32
    settings.write_text(text % "false", encoding="utf-8")
    assert bench.run("lock", "requirements.txt", "-q", "--share", "--config", "fleet.toml") == 2
    settings.write_text(text % "true", encoding="utf-8")
    assert bench.run("lock", "requirements.txt", "-q", "--share", "--config", "fleet.toml") == 0
    bench.events.append(Warned("FLEET_UNAVAILABLE", "it is not there"))
    assert bench.run("lock", "requirements.txt", "-q", "--share", "--config", "fleet.toml") == 3
    assert bench.run("lock", "requirements.txt", "-q", "--config", "fleet.toml") == 0
    assert bench.shared == [True, True, False]
