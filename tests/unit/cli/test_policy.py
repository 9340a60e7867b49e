from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from driverenv.settings.schema import schema
from tests.unit.cli.bench import Bench

SITE = """
private = ["acme-*"]
exclude_newer = "2026-11-01"
max_stale_minutes = 2880
proxy = "http://me:s3cret@proxy:3128"
constraints = ["urllib3<3", "other"]

[[local]]
location = "http://lab:8036"
name = "lab"
username = "u"
password_env = "LAB_PW"

[[extra]]
location = "https://vendor.test/simple/"
name = "vendor"

[sources]
"vendor-*" = ["vendor"]

[[exceptions]]
project = "urllib3"
allow = "public"
until = 2999-12-01
reason = "a fix"
owner = "ann"

[[exceptions]]
project = "url*"
allow = "build"
until = 2020-02-29
reason = "old"
owner = "bob"
"""


@pytest.fixture
def file(bench: Bench) -> Path:
    bench.environ["LAB_PW"] = "s3cret"
    path = bench.cwd / "site.toml"
    path.write_text(SITE, encoding="utf-8")
    return path


def told(bench: Bench, *argv: str, tty: bool = False) -> str:
    assert bench.run("policy", *argv, tty=tty) == 0, bench.err.getvalue()
    assert bench.err.getvalue() == ""
    assert "s3cret" not in bench.out.getvalue()
    return bench.out.getvalue()


def data(bench: Bench, *argv: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(told(bench, *argv, "--json"))
    return loaded


def test_what_a_file_decides(bench: Bench, file: Path) -> None:
    bench.environ["DRIVERENV_MODE"] = "offline"  # variables do not count
    assert (
        told(bench, "check", "site.toml")
        == f"""\
{file} is in order
  mode               online, by default
  local              lab (http://lab:8036)
  extra              vendor (https://vendor.test/simple/)
  public             public PyPI (https://pypi.org/simple/), by default
  private            acme-*
  sources            vendor-*: only vendor
  exceptions         allow public urllib3 until 2999-12-01: a fix (ann)
                     allow build url* until 2020-02-29: old (bob)
  constraints        urllib3<3
                     other
  exclude_newer      2026-11-01
  max_stale_minutes  2880
  proxy              http://***@proxy:3128
  caution            the exception ended on 2020-02-29 and has no effect any more: allow build url* until 2020-02-29: old (bob)
                     the password of lab (http://lab:8036) goes over the network in clear text: use https, where it can be had
"""
    )


def test_what_a_file_decides_as_data(bench: Bench, file: Path) -> None:
    found = data(bench, "check", "site.toml", "--offline")
    assert found["file"] == str(file)
    assert found["settings"]["mode"] == {"value": "offline", "source": "argument --offline"}
    assert len(found["cautions"]) == 2


def test_an_empty_file_decides_nothing(bench: Bench) -> None:
    (bench.cwd / "x.toml").write_text("local = []\npublic = false\n", encoding="utf-8")
    lines = told(bench, "check", "x.toml").splitlines()[1:]
    assert [line.split() for line in lines] == [
        ["mode", "online,", "by", "default"],
        ["local", "none"],
        ["public", "none"],
    ]


def test_all_that_is_wrong_with_a_file(bench: Bench, file: Path) -> None:
    file.write_text(SITE.replace("acme-*", "Acme_*").replace("2999-12-01", '"soon"'), encoding="utf-8")
    assert bench.run("policy", "check", "site.toml", "--json") == 101
    error = bench.error_json()
    assert [problem["key"] for problem in error["problems"]] == ["private[1]", "exceptions[1].until"]
    assert bench.run("policy", "check", "nowhere.toml") == 101
    assert "named by      argument FILE" in bench.err.getvalue()


def test_check_reads_one_file(bench: Bench, file: Path) -> None:
    assert bench.run("policy", "check", "site.toml", "--config", "other.toml") == 2


def test_who_may_serve_a_name(bench: Bench, file: Path) -> None:
    assert (
        told(bench, "explain", "Six", "--config", "site.toml")
        == """\
six: the first of these that has it serves it alone; one that cannot answer fails the launch
  asked 1       lab (http://lab:8036): local version wins
  asked 2       vendor (https://vendor.test/simple/): extra index, absent before it
  asked 3       public PyPI (https://pypi.org/simple/): absent before it
  cool-down     public files uploaded after 2026-11-01T00:00:00Z do not count
"""
    )
    assert (
        told(bench, "explain", "acme-tools", "--config", "site.toml", "--offline")
        == """\
acme-tools: only this index may serve it
  asked 1       lab (http://lab:8036): local version wins
  not asked     vendor (https://vendor.test/simple/): offline mode
                public PyPI (https://pypi.org/simple/): offline mode
"""
    )
    assert told(bench, "explain", "vendor-x", "--config", "site.toml", "--offline").startswith(
        "vendor-x: no index may serve it\n"
    )


def test_exceptions_in_force_and_ended_ones(bench: Bench, file: Path) -> None:
    assert (
        told(bench, "explain", "urllib3", "--config", "site.toml")
        == """\
urllib3: the first of these that has it serves it alone; one that cannot answer fails the launch
  asked 1       vendor (https://vendor.test/simple/): extra index, absent before it
  asked 2       public PyPI (https://pypi.org/simple/): exception: allow public urllib3 until 2999-12-01: a fix (ann)
  not asked     lab (http://lab:8036): an exception lets public serve urllib3 until 2999-12-01
  exception     allow public urllib3 until 2999-12-01: a fix (ann)
  ended         allow build url* until 2020-02-29: old (bob)
  cool-down     public files uploaded after 2026-11-01T00:00:00Z do not count
  constraints   urllib3<3
"""
    )


def test_who_may_serve_a_name_as_data(bench: Bench, file: Path) -> None:
    found = data(bench, "explain", "acme-tools", "--config", "site.toml")
    assert found["project"] == "acme-tools"
    assert [(one["index"], one["public"]) for one in found["asked"]] == [("lab", False), ("vendor", False)]
    assert found["not_asked"] == [
        {"index": "public PyPI", "location": "https://pypi.org/simple/", "reason": "private pattern acme-*"}
    ]
    assert found["forbidden"] == "private pattern acme-*"
    found = data(bench, "explain", "urllib3", "--config", "site.toml")
    assert [one["until"] for one in found["exceptions"]] == ["2999-12-01"]
    assert found["forbidden"] is None


@pytest.mark.parametrize("name", ["six>=2", "", "-", "a b"])
def test_what_is_no_name(bench: Bench, file: Path, name: str) -> None:
    assert bench.run("policy", "explain", "--config", "site.toml", "--", name) == 2
    assert "is no name of a project" in bench.err.getvalue()


@pytest.mark.parametrize("columns", [40, 72])
def test_on_a_narrow_terminal(
    bench: Bench, file: Path, columns: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    lines = told(bench, "explain", "urllib3", "--config", "site.toml", tty=True).splitlines()
    longest = max(len(word) for line in lines for word in line.split())
    assert max(map(len, lines)) <= max(columns, longest + 16)
    assert len(lines) > 9


def test_the_schema(bench: Bench) -> None:
    assert json.loads(told(bench, "schema")) == schema()


def test_no_password_is_needed(bench: Bench, file: Path) -> None:
    del bench.environ["LAB_PW"]
    assert data(bench, "check", "site.toml")["cautions"][0] == (
        "the variable LAB_PW, which `local[1].password_env` names, is not set"
    )
    assert told(bench, "explain", "six", "--config", "site.toml").startswith("six: the first")
