from __future__ import annotations

import json
import os
import tomllib
from pathlib import Path

import pytest

from driverenv.errors import DriverNotRunnable, ProjectNotFound
from driverenv.events import Failed, Locked, Warned
from driverenv.model.site import Index
from tests.unit.cli.bench import Bench
from tests.unit.driver.packing import zipped


def test_prepare_prints_the_path_and_nothing_else(bench: Bench) -> None:
    assert bench.run("prepare", "Switch Driver") == 0
    assert bench.out.getvalue() == bench.environment().prefix + "\n"


def test_prepare_tells_its_stages_on_stderr(bench: Bench) -> None:
    bench.run("prepare", "Switch Driver")
    assert bench.err.getvalue() == (
        "preparing Switch Driver for Python 3.11.7\n"
        "resolving\n"
        "resolved 1 distribution, 1 local, 0 public\n"
        "linking 1 distribution\n"
        "ready in 0.8 s: 1 distribution, 1 local, 0 public\n"
    )


def test_options_become_the_request(bench: Bench) -> None:
    options = ["--local", "wheels", "--local", "http://me:pw@lab/", "--public", "false", "--offline"]
    assert bench.run("prepare", "Switch Driver", *options, "--python", "3.9", "--home", "h") == 0
    request = bench.requests[0]
    assert request.driver == str(bench.driver)
    assert (request.python, request.home) == ("3.9", str(bench.cwd / "h"))
    assert request.policy is not None
    assert request.policy.local == (Index(str(bench.cwd / "wheels")), Index("http://me:pw@lab/"))
    assert (request.policy.public, request.policy.offline) == (None, True)


def test_prepare_as_json(bench: Bench) -> None:
    bench.events.append(Warned("COLLISION", "two\nlines"))
    receipt = Path(bench.environment().receipt)
    receipt.parent.mkdir(parents=True)
    receipt.write_text('{"pins": []}', encoding="utf-8")
    assert bench.run("prepare", "Switch Driver", "--json") == 0
    answer = json.loads(bench.out.getvalue())
    assert answer["prefix"] == bench.environment().prefix
    assert answer["receipt"] == {"pins": []}
    assert answer["reused"] is False
    assert answer["warnings"] == [{"code": "COLLISION", "text": "two\nlines"}]
    assert bench.err.getvalue() == ""


@pytest.mark.parametrize("name", ["prepare", "run"])
def test_an_environment_of_its_own_is_asked_for_each_time(bench: Bench, name: str) -> None:
    bench.run(name, "Switch Driver")
    bench.run(name, "Switch Driver", "--instances", "fresh")
    assert [request.instances for request in bench.requests] == ["shared", "fresh"]
    lane = list((bench.home / "lane").glob("asks/*"))
    assert len(lane) == 1


def test_a_profile_is_part_of_the_json(bench: Bench) -> None:
    bench.run("prepare", "Switch Driver", "--json", "--profile")
    assert json.loads(bench.out.getvalue())["profile"]["how"] == "made"
    assert bench.err.getvalue() == ""
    bench.events.append(Locked(1, 0.5))
    bench.run("lock", "requirements.txt", "--json", "--profile")
    assert json.loads(bench.out.getvalue())["profile"]["seconds"] == 0.5
    bench.run("lock", "requirements.txt", "--json", "--profile", "--format", "pins")
    assert json.loads(bench.err.getvalue())["profile"]["how"] == "locked"


def test_a_profile_without_a_result(bench: Bench) -> None:
    assert bench.run("run", "Switch Driver", "--json", "--profile") == 7
    assert json.loads(bench.err.getvalue())["profile"]["how"] == "made"
    bench.error = ProjectNotFound("there is no x")
    bench.events.append(Failed("NOT_FOUND", "there is no x", 0.5))
    bench.run("prepare", "Switch Driver", "--profile", "-q")
    profile, error = bench.err.getvalue().splitlines()[:2]
    assert (profile, error[:5]) == ("profile: failed, 500.0 ms", "error")


def test_prepare_as_json_without_a_receipt(bench: Bench) -> None:
    bench.reused = True
    bench.run("prepare", "Switch Driver", "--json")
    answer = json.loads(bench.out.getvalue())
    assert (answer["receipt"], answer["reused"]) == (None, True)


def test_quiet_leaves_only_warnings(bench: Bench) -> None:
    bench.events.append(Warned("COLLISION", "two\nlines\x1b[31m"))
    bench.run("prepare", "Switch Driver", "--quiet")
    assert bench.err.getvalue() == "warning[COLLISION]: two lines\\x1b[31m\n"


def test_run_passes_arguments_and_exit_code(bench: Bench) -> None:
    bench.environ["PYTHONPATH"] = "/leak"
    assert bench.run("run", "Switch Driver", "-q", "--", "--json", "--", "x") == 7
    (command,) = bench.commands
    entry = str(bench.driver / "driver.py")
    assert command.argv == (bench.environment().python, entry, "--json", "--", "x")
    assert "PYTHONPATH" not in command.environ
    assert command.environ["VIRTUAL_ENV"] == bench.environment().prefix
    assert bench.out.getvalue() == bench.err.getvalue() == ""


def test_run_starts_what_is_in_a_zip_and_never_takes_the_lane_for_it(bench: Bench) -> None:
    bench.driver.with_suffix(".zip").write_bytes(zipped({"driver.py": "", "requirements.txt": ""}))
    assert bench.run("run", "Switch Driver.zip", "-q") == 7
    ours, extracted = bench.commands[-1].leases
    assert ours == str(Path(bench.environment().prefix).with_name("lease"))
    assert Path(extracted).parent.parent == bench.home / "launches"
    (command,) = bench.commands
    entry = Path(command.argv[1])
    assert (entry.name, entry.parent.name) == ("driver.py", "Switch Driver")
    assert not entry.exists()  # it was there while the driver ran
    assert not (bench.home / "lane").exists()


def test_variables_of_the_site_are_the_drivers(bench: Bench) -> None:
    settings = bench.root / "site.toml"
    settings.write_text('[variables]\nLOG_PATH = "/var/log/lab"\nVIRTUAL_ENV = "/wrong"\n')
    assert bench.run("run", "Switch Driver", "-q", "--config", str(settings)) == 7
    assert bench.commands[0].environ["LOG_PATH"] == "/var/log/lab"
    assert bench.commands[0].environ["VIRTUAL_ENV"] == bench.environment().prefix


def test_requirements_and_groups_of_the_command_line(bench: Bench) -> None:
    bench.run(
        "lock", "requirements.txt", "--requirement", "six>=1", "--requirement", "rich", "--group", "lab"
    )
    (request,) = bench.requests
    assert (request.requirements, request.groups) == (("six>=1", "rich"), ("lab",))
    bench.run("prepare", "Switch Driver")
    assert (bench.requests[-1].requirements, bench.requests[-1].groups) == (None, ())


def test_an_interpreter_that_was_asked_for_and_one_that_is_the_default(bench: Bench) -> None:
    bench.environ["DRIVERENV_PYTHON"] = "3.8"
    bench.run("prepare", "Switch Driver")
    assert (bench.requests[-1].python, bench.requests[-1].default_python) == (None, "3.8")
    bench.run("prepare", "Switch Driver", "--python", "3.9")
    assert bench.requests[-1].python == "3.9"


def test_run_looks_for_the_entry_point_before_any_work(bench: Bench) -> None:
    class Nothing(Bench):
        def _entry_point(self, driver: Path) -> Path:
            raise DriverNotRunnable(f"there is nothing to start in {driver}")

    nothing = Nothing(bench.root / "other")
    assert nothing.run("run", "Switch Driver") == DriverNotRunnable.exit_code
    assert nothing.requests == []


def test_lock_formats(bench: Bench) -> None:
    assert bench.run("lock", "requirements.txt") == 0
    assert bench.out.getvalue() == "six==1.16.0\n"
    bench.run("lock", "requirements.txt", "--json")
    assert json.loads(bench.out.getvalue())["pins"][0]["index"] == "lab"
    bench.run("lock", "requirements.txt", "--json", "--format", "pins")
    assert bench.out.getvalue() == "six==1.16.0\n"
    bench.run("lock", "requirements.txt", "--format", "pylock", "-o", "-")
    assert tomllib.loads(bench.out.getvalue())["created-by"] == "driverenv"


def test_lock_into_a_file(bench: Bench) -> None:
    assert bench.run("lock", "requirements.txt", "-o", "pylock.toml", "--quiet") == 0
    assert tomllib.loads((bench.cwd / "pylock.toml").read_text(encoding="utf-8"))["lock-version"] == "1.0"
    assert bench.out.getvalue() == bench.err.getvalue() == ""
    assert bench.run("lock", "requirements.txt", "-o", "pins.txt") == 0
    assert (bench.cwd / "pins.txt").read_text(encoding="utf-8") == "six==1.16.0\n"
    assert sorted(os.listdir(bench.cwd)) == ["Switch Driver", "pins.txt", "pylock.toml"]


def test_the_name_of_the_file_decides_before_json_does(bench: Bench) -> None:
    bench.run("lock", "requirements.txt", "-o", "pylock.toml", "--json")
    assert tomllib.loads((bench.cwd / "pylock.toml").read_text(encoding="utf-8"))["lock-version"] == "1.0"
    bench.run("lock", "requirements.txt", "-o", "x.json")
    assert json.loads((bench.cwd / "x.json").read_text(encoding="utf-8"))["python"] == "3.11.7"
    bench.run("lock", "requirements.txt", "-o", "x.txt", "--json")
    assert (bench.cwd / "x.txt").read_text(encoding="utf-8") == "six==1.16.0\n"
    bench.run("lock", "requirements.txt", "-o", "y.json", "--format", "pins")
    assert (bench.cwd / "y.json").read_text(encoding="utf-8") == "six==1.16.0\n"


def test_no_folders_are_made_for_a_lock(bench: Bench) -> None:
    assert bench.run("lock", "requirements.txt", "-o", "new/pylock.toml") == 2
    assert bench.err.getvalue().endswith(f"the folder {bench.cwd / 'new'} is not there\n")
    assert bench.requests == []
    assert not (bench.cwd / "new").exists()


def test_lock_and_explain_say_what_they_resolve(bench: Bench) -> None:
    for name in ("lock", "explain"):
        bench.run(name, "Switch Driver/requirements.txt")
        assert bench.err.getvalue().startswith("resolving requirements.txt for Python 3.11.7\nresolved ")


def test_a_lock_that_nobody_will_read_is_said(bench: Bench) -> None:
    bench.run("lock", "requirements.txt", "-o", "my.lock.toml", "--quiet")
    assert bench.err.getvalue() == (
        "warning[LOCK_NAME]: driverenv and other tools read a lock only as pylock.toml or pylock.NAME.toml,"
        " not as my.lock.toml\n"
    )


def test_a_file_that_cannot_be_written(bench: Bench) -> None:
    assert bench.run("lock", "requirements.txt", "-o", "Switch Driver", "--quiet") == 2
    assert bench.err.getvalue().startswith("error[USAGE]: argument -o/--output: cannot write ")
    assert sorted(os.listdir(bench.cwd)) == ["Switch Driver"]


@pytest.mark.parametrize("name", ["prepare", "lock", "explain"])
def test_facts_are_saved_where_it_was_said(bench: Bench, name: str) -> None:
    bench.run(name, "Switch Driver", "--save-facts", "facts.json")
    bench.run(name, "Switch Driver")
    assert bench.saved == [bench.cwd / "facts.json", None]
    assert bench.run(name, "Switch Driver", "--save-facts", "new/facts.json") == 2
    assert bench.err.getvalue().endswith(f"the folder {bench.cwd / 'new'} is not there\n")
    assert len(bench.saved) == 2


@pytest.mark.parametrize("name", ["prepare", "run", "lock", "explain"])
def test_the_readable_name(bench: Bench, name: str) -> None:
    bench.run(name, "Switch Driver", "--name", "Switch in rack 3")
    bench.run(name, "Switch Driver")
    assert [request.name for request in bench.requests] == ["Switch in rack 3", None]


def test_explain(bench: Bench) -> None:
    assert bench.run("explain", "requirements.txt", "six", "-q") == 0
    assert (bench.projects, bench.out.getvalue()) == (["six"], "six 1.16.0 from lab\n")
    bench.run("explain", "requirements.txt", "--json")
    assert (bench.projects[1], json.loads(bench.out.getvalue())) == (None, {"six": "1.16.0"})


def test_config_show_is_a_settings_file(bench: Bench) -> None:
    bench.environ["https_proxy"] = "http://u:pw@proxy:1"
    assert bench.run("config", "show", "--local", "http://me:pw@lab/", "--python", "3.9") == 0
    shown = bench.out.getvalue()
    assert tomllib.loads(shown)["home"] == str(bench.home)
    assert 'python = "3.9"  # argument --python\n' in shown
    assert "# https_proxy: http://***@proxy:1  # variable https_proxy\n" in shown
    assert f"home = {json.dumps(str(bench.home))}  # variable DRIVERENV_HOME\n" in shown
    assert "# proxy is not set  # default\n" in shown
    assert "pw" not in shown
    assert bench.requests == []


def test_config_show_as_json(bench: Bench) -> None:
    bench.run("config", "show", "--json", "--offline")
    shown = json.loads(bench.out.getvalue())
    assert shown["settings"]["mode"] == {"value": "offline", "source": "argument --offline"}


def test_the_default_index_is_made_when_it_is_used(bench: Bench, home: Path) -> None:
    bench.run("config", "show")
    assert list(home.rglob("index")) == []
    bench.run("prepare", "Switch Driver")
    assert len(list(home.rglob("index"))) == 1


@pytest.mark.parametrize("name", ["prepare", "lock", "explain"])
def test_every_story_gets_an_absolute_path(bench: Bench, name: str) -> None:
    bench.run(name, "../site/./Switch Driver")
    assert bench.requests[0].driver == str(bench.driver)
