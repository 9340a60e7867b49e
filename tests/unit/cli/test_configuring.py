from __future__ import annotations

import json
import os
import tomllib
from pathlib import Path

import pytest

from driverenv.settings import Places, load
from tests.unit.cli.bench import Bench

CONFIG = """\
<appSettings>
  <add key="VirtualEnvironmentLifetimeDurationInMinutes" value="60"/>
  <add key="RequirementsRepository" value="http://lab:8036"/>
  <add key="PythonOfflineRepositoryPath" value="packages"/>
  <add key="RequirementsExtraRepository" value="https://reader:s3cret@mirror.lab/simple"/>
</appSettings>
"""
FOLDER_NOTE = (
    "customer.config key PythonOfflineRepositoryPath: the folder is used as a local index; to give it up, copy its "
    "files into the folder of the PyPI Server (extract zip bundles), then take it out"
)
PASSWORD_NOTE = (
    "customer.config key RequirementsExtraRepository: the password of the extra repository is not read from here: "
    "put it into the variable DRIVERENV_EXTRA_PASSWORD"
)


@pytest.fixture
def config(bench: Bench) -> Path:
    path = bench.cwd / "customer.config"
    path.write_text(CONFIG, encoding="utf-8")
    return path


def test_what_a_customer_config_comes_to(bench: Bench, config: Path) -> None:
    assert bench.run("config", "import", config.name) == 0
    assert bench.out.getvalue().startswith("# imported from customer.config\n")
    table = tomllib.loads(bench.out.getvalue())
    assert (
        bench.out.getvalue().split("\n\n")[1]
        == '[[local]]\nlocation = "http://lab:8036"\nname = "PyPI Server"'
    )
    assert list(table) == ["valid_for_minutes", "local", "extra"]
    assert table["local"] == [
        {"location": "http://lab:8036", "name": "PyPI Server"},
        {"location": str(bench.cwd / "packages"), "name": "offline repository"},
    ]
    assert bench.err.getvalue() == f"note: {FOLDER_NOTE}\nnote: {PASSWORD_NOTE}\n"
    assert "s3cret" not in bench.out.getvalue()


def test_quiet_or_not_the_notes_are_told(bench: Bench, config: Path) -> None:
    bench.run("config", "import", config.name, "--quiet", "-o", "site.toml")
    assert bench.err.getvalue() == f"note: {FOLDER_NOTE}\nnote: {PASSWORD_NOTE}\n"


def test_a_file_is_written_once(bench: Bench, config: Path) -> None:
    assert bench.run("config", "import", config.name, "-o", "my site.toml") == 0
    written = bench.cwd / "my site.toml"
    assert bench.out.getvalue() == ""
    assert bench.err.getvalue().endswith(
        f"wrote {written}; to see what it decides: driverenv policy check '{written}'\n"
    )
    before = written.read_bytes()
    bench.run("config", "import", config.name)
    assert bench.out.getvalue().encode() == before
    assert bench.run("config", "import", config.name, "-o", "my site.toml") == 2
    assert bench.err.getvalue() == (
        f"error[USAGE]: argument -o/--output: {written} is there already and was left as it is; name a new file, or "
        "leave out -o and copy what is wanted from stdout\n"
    )
    assert written.read_bytes() == before


def test_what_is_written_is_read_as_it_was(bench: Bench, config: Path) -> None:
    bench.run("config", "import", config.name, "-o", "site.toml")
    environ = {"DRIVERENV_EXTRA_PASSWORD": "pw"}
    places = Places(*(str(bench.root / name) for name in ("a", "b", "c")))
    by_layer = {**environ, "DRIVERENV_CUSTOMER_CONFIG": str(config)}
    written = load(environ=environ, arguments={}, config=Path("site.toml"), cwd=bench.cwd, places=places)
    layer = load(environ=by_layer, arguments={}, config=None, cwd=bench.cwd, places=places)
    assert written.policy() == layer.policy()


def test_stdout_may_be_named(bench: Bench, config: Path) -> None:
    bench.run("config", "import", str(config), "-o", "-")
    assert tomllib.loads(bench.out.getvalue())["valid_for_minutes"] == 60
    assert sorted(os.listdir(bench.cwd)) == ["Switch Driver", "customer.config"]


def test_as_json(bench: Bench, config: Path) -> None:
    assert bench.run("config", "import", config.name, "--json", "-o", "site.toml") == 0
    told = json.loads(bench.out.getvalue())
    assert (told["file"], told["kind"], told["output"]) == (
        str(config),
        "customer_config",
        str(bench.cwd / "site.toml"),
    )
    assert told["settings"] == tomllib.loads((bench.cwd / "site.toml").read_text(encoding="utf-8"))
    assert told["notes"] == [FOLDER_NOTE, PASSWORD_NOTE]
    assert bench.err.getvalue() == ""
    bench.run("config", "import", config.name, "--json")
    assert json.loads(bench.out.getvalue())["output"] is None


def test_a_folder_of_windows_is_left_as_it_is(bench: Bench, config: Path) -> None:
    for location in (r"C:\PyPI\packages", r"\\share\packages"):
        config.write_text(CONFIG.replace('"packages"', f'"{location}"'), encoding="utf-8")
        bench.run("config", "import", config.name, "--json")
        assert json.loads(bench.out.getvalue())["settings"]["local"][1]["location"] == location


def test_the_certificate_of_a_pip_ini(bench: Bench) -> None:
    (bench.cwd / "pip.conf").write_text("[global]\ncert = ca.pem\n", encoding="utf-8")
    assert bench.run("config", "import", "pip.conf") == 0
    table = tomllib.loads(bench.out.getvalue())
    assert table == {"public": {"location": "https://pypi.org/simple/", "ca_file": str(bench.cwd / "ca.pem")}}


def test_nothing_to_take_over(bench: Bench) -> None:
    (bench.cwd / "pip.conf").write_text("[global]\n", encoding="utf-8")
    assert bench.run("config", "import", "pip.conf") == 0
    assert bench.out.getvalue() == "# imported from pip.conf\n"
    assert bench.err.getvalue() == "note: nothing in this file is a setting of driverenv\n"


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (CONFIG.replace("http://lab:8036", "http://la b"), "the setting `local[1]` is "),
        ("hello", "customer.config cannot be read: it is no XML"),
    ],
)
def test_nothing_is_written_that_would_not_be_read(
    bench: Bench, config: Path, content: str, told: str
) -> None:
    config.write_text(content, encoding="utf-8")
    assert bench.run("config", "import", config.name, "-o", "site.toml") == 101
    assert told in bench.err.getvalue()
    assert bench.out.getvalue() == ""
    assert not (bench.cwd / "site.toml").exists()


def test_a_file_that_is_not_there(bench: Bench) -> None:
    assert bench.run("config", "import", "nowhere.config") == 101
    assert bench.err.getvalue() == (
        "error[SETTINGS_INVALID]: nowhere.config cannot be read: No such file or directory\n"
        f"  file          {bench.cwd / 'nowhere.config'}\n"
        "  to fix        name a file that is there, and that this account may read\n"
    )


def test_a_file_that_cannot_be_written(bench: Bench, config: Path) -> None:
    assert bench.run("config", "import", config.name, "-o", "new/site.toml") == 2
    assert bench.err.getvalue().endswith(f"the folder {bench.cwd / 'new'} is not there\n")
    assert bench.run("config", "import", config.name, "-o", "x" * 300) == 2
    assert "File name too long" in bench.err.getvalue()


@pytest.mark.parametrize(
    "argv", [("--local", "x"), ("--offline",), ("--online",), ("--python", "3"), ("--config", "x")]
)
def test_no_other_setting_counts(bench: Bench, config: Path, argv: tuple[str, ...]) -> None:
    assert bench.run("config", "import", config.name, *argv) == 2
    assert bench.err.getvalue() == (
        f"error[USAGE]: argument {argv[0]}: import reads the FILE it is given, and no other setting\n"
    )


def test_show_tells_where_a_value_came_from_and_what_needs_a_person(bench: Bench, config: Path) -> None:
    bench.environ |= {"DRIVERENV_CUSTOMER_CONFIG": str(config), "DRIVERENV_EXTRA_PASSWORD": "s3cret"}
    assert bench.run("config", "show") == 0
    told = bench.out.getvalue()
    source = f"file {config} key VirtualEnvironmentLifetimeDurationInMinutes"
    assert f"valid_for_minutes = 60.0  # {source}\n" in told
    assert f"# read: {config}\n" in told
    assert f"# caution: {config.parent}/{FOLDER_NOTE}\n" in told
    assert "s3cret" not in told
    bench.run("config", "show", "--json")
    shown = json.loads(bench.out.getvalue())
    assert shown["settings"]["valid_for_minutes"] == {"value": 60.0, "source": source}
    assert len(shown["cautions"]) == 2


def test_check_names_the_file_it_was_given(bench: Bench, config: Path) -> None:
    site = bench.cwd / "site.toml"
    site.write_text(
        'customer_config = "customer.config"\n[pythons]\n"3" = "3.12"\n[seeds]\n"2.7" = ["a<1", "b"]\n'
        '[[corrections]]\nproject = "Six"\nversions = "==1.0"\nrequires = []\nrequires_python = ">=3"\n',
        encoding="utf-8",
    )
    assert bench.run("policy", "check", "site.toml") == 0
    told = bench.out.getvalue()
    assert told.startswith(f"{site} is in order\n  mode ")
    assert f"  customer_config    {config}\n" in told
    assert f"{config.parent}/{FOLDER_NOTE}\n" in told
    assert "caution            the variable DRIVERENV_EXTRA_PASSWORD" in told
    assert "pythons            3: 3.12\n" in told
    assert "seeds              2.7: a<1, b\n" in told
    assert "corrections        six ==1.0 requires nothing and is for Python >=3\n" in told
