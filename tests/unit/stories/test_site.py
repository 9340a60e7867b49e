from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from driverenv import Index, Policy, Request, warm
from driverenv.errors import SettingsInvalid
from driverenv.stories.site import Site, base_executable, open_site, readable_stem

POLICY = Policy(local=[Index("/srv/pypi")])


def site(driver: str = "/srv/drivers/Switch", **changes: object) -> Site:
    fields = {"policy": POLICY, "home": "/srv/home"} | changes
    return open_site(Request(driver, **fields))  # type: ignore[arg-type]


def test_a_request_that_says_all_reads_nothing(tmp_path: Path) -> None:
    code = (
        "import sys; from driverenv import Index, Policy, Request\n"
        "from driverenv.stories.site import open_site\n"
        "open_site(Request('driver', policy=Policy(), home='home'))\n"
        "print(*{'driverenv.settings', 'pathlib', 'dataclasses', 'platformdirs'} & set(sys.modules))"
    )
    found = subprocess.run(
        [sys.executable, "-S", "-c", code],
        env={**os.environ, "PYTHONPATH": str(Path(warm.__file__).parents[1]), "DRIVERENV_MODE": "airgap"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert found.stdout.strip() == ""
    assert list(tmp_path.iterdir()) == []


def test_paths_become_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    found = open_site(Request("drivers/Switch", policy=POLICY, home="home", python="./bin/python"))
    assert found.driver == str(tmp_path / "drivers" / "Switch")
    assert found.home == str(tmp_path / "home")
    assert found.python == str(tmp_path / "bin" / "python")
    assert (found.name, found.inputs) == ("Switch", ())


@pytest.mark.parametrize(("python", "wanted"), [(None, ""), ("3.12", "3.12"), ("python3.9", "python3.9")])
def test_a_version_stays_a_version(python: str | None, wanted: str) -> None:
    assert site(python=python).python == wanted


@pytest.mark.parametrize(
    ("driver", "name"),
    [
        ("/srv/drivers/Switch Driver", "Switch Driver"),
        ("/srv/drivers/Switch Driver/requirements.txt", "Switch Driver"),
        ("/srv/drivers/Switch Driver/Requirements-dev.TXT", "Switch Driver"),
        ("/srv/drivers/Switch Driver/driver.py", "Switch Driver"),
        ("/srv/drivers/v1.2", "v1.2"),
        ("/srv/scripts/report.py", "report"),
        ("/srv/scripts/Nightly Check.PYW", "Nightly Check"),
        ("/srv/drivers/Switch Driver/__main__.py", "Switch Driver"),
        ("/srv/drivers/Switch Driver/main.py", "Switch Driver"),
        ("/srv/drivers/Switch Driver.zip", "Switch Driver"),
        ("/srv/drivers/Shell.zip/Switch Driver.ZIP", "Switch Driver"),
        ("/srv/drivers/Shell.zip/Switch Driver", "Switch Driver"),
        ("/srv/drivers/Switch Driver/pyproject.toml", "Switch Driver"),
        ("/requirements.txt", "driver"),
        ("/", "driver"),
    ],
)
def test_the_readable_name(driver: str, name: str) -> None:
    assert readable_stem(driver) == name
    assert site(driver).name == name
    assert site(driver, name="Other").name == "Other"


@pytest.mark.parametrize(
    ("driver", "folder"),
    [
        ("Switch Driver", "Switch Driver"),
        ("Switch Driver/driver.py", "Switch Driver"),
        ("Switch Driver/dev.txt", "Switch Driver"),
        ("Switch Driver/base.in", "Switch Driver"),
        ("Switch Driver/pylock.toml", "Switch Driver"),
        ("Switch Driver.zip", "Switch Driver.zip"),
    ],
)
def test_the_folder_that_files_are_shown_relative_to(tmp_path: Path, driver: str, folder: str) -> None:
    assert site(str(tmp_path / driver)).folder == str(tmp_path / folder)


def test_the_key_is_everything_that_the_request_fixes() -> None:
    other = Policy(local=[Index("/srv/other")])
    sites = [
        site(),
        site("/srv/drivers/Router", name="Switch"),
        site(name="Other"),
        site(python="3.12"),
        site(default_python="3.12"),
        site(requirements=("six",)),
        site(requirements=()),
        site(groups=("test",)),
        site(policy=other),
        site(policy=POLICY.replace(mode="offline")),
    ]
    assert len({one.ask_key for one in sites}) == len(sites)
    assert site().ask_key != site(python=base_executable()).ask_key  # what the driver declares counts, or not
    assert site().ask_key == site(home="/elsewhere").ask_key  # the record lies below its home
    assert len(site().ask_key) == 40


def test_an_outage_may_be_met_with_other_rules_and_the_same_environment() -> None:
    patient = POLICY.replace(max_stale_minutes=99_999.0, on_outage="fail")
    assert site(policy=patient).ask_key == site().ask_key
    assert site(policy=POLICY.replace(valid_for_minutes=1.0)).ask_key != site().ask_key


def test_a_password_is_no_part_of_the_key() -> None:
    keys = {
        site(policy=Policy(local=[Index(f"http://reader:{word}@lab/")])).ask_key for word in ("one", "two")
    }
    assert len(keys) == 1


def test_gaps_are_filled_from_the_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = tmp_path / "driverenv.toml"
    config.write_text('mode = "offline"\npython = "3.12"\nlocal = ["/srv/pypi"]\n', encoding="utf-8")
    monkeypatch.setenv("DRIVERENV_CONFIG", str(config))
    monkeypatch.setenv("DRIVERENV_HOME", str(tmp_path / "home"))
    found = open_site(Request("/srv/drivers/Switch"))
    assert found.home == str(tmp_path / "home")
    assert found.inputs == (str(config),)
    assert (found.python, found.default_python) == ("", "3.12")
    assert found.policy.offline
    assert [index.location for index in found.policy.local] == ["/srv/pypi"]
    mixed = open_site(Request("/srv/drivers/Switch", policy=POLICY, python="3.9"))
    assert (mixed.policy, mixed.home, mixed.python) == (POLICY, str(tmp_path / "home"), "3.9")
    assert open_site(Request("/srv/drivers/Switch", home="/other")).home == os.path.abspath("/other")


def test_the_default_index_is_made_where_it_is_the_one_in_use(home: Path) -> None:
    found = open_site(Request("/srv/drivers/Switch"))
    (index,) = found.policy.local
    assert Path(index.location).is_dir()
    assert Path(index.location).is_relative_to(home)


def test_no_default_index_is_made_for_a_policy_of_ones_own(home: Path) -> None:
    open_site(Request("/srv/drivers/Switch", policy=POLICY))
    assert list(home.rglob("index")) == []


def test_settings_that_are_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DRIVERENV_MODE", "airgap")
    with pytest.raises(SettingsInvalid, match="DRIVERENV_MODE"):
        open_site(Request("/srv/drivers/Switch"))
    assert site().policy == POLICY  # nobody looks where nobody must
