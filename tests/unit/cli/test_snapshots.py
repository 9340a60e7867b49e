from __future__ import annotations

import json
from typing import Any

from tests.kit.wheels import make_wheel
from tests.unit.cli.bench import Bench

SIX = "six-1.0-py3-none-any.whl"


def told(bench: Bench) -> Any:  # noqa: ANN401 (JSON)
    return json.loads(bench.out.getvalue())


def written(bench: Bench, *arguments: str) -> str:
    assert bench.run("index", "snapshot", "idx", "--json", *arguments) == 0
    return str(told(bench)["id"])


def test_written_down_and_listed(bench: Bench) -> None:
    make_wheel(bench.cwd / "idx", "six", "1.0")
    assert bench.run("index", "snapshot", "--list", "idx") == 0
    assert bench.out.getvalue().startswith("nothing is kept in ")
    assert bench.run("index", "snapshot", "idx", "--with-files") == 0
    lines = bench.out.getvalue().splitlines()
    assert lines[0].startswith("1 file, 9")
    assert lines[1] == "1 content copied; what was kept before is not copied again"
    ident = lines[2].rpartition(" ")[2]
    assert bench.run("index", "snapshot", "--list", "idx") == 0
    assert bench.out.getvalue() == f"{ident}  snapshot  1 file  with its files\n"
    assert bench.run("index", "snapshot", "--list", "idx", "--json") == 0
    assert told(bench)["kept"][0]["id"] == ident


def test_what_differs(bench: Bench) -> None:
    make_wheel(bench.cwd / "idx", "six", "1.0")
    make_wheel(bench.cwd / "idx", "old", "1.0")
    bench.environ["DRIVERENV_LOCAL"] = str(bench.cwd / "idx")
    ident = written(bench, "-o", "monday.json")
    assert ident == "monday"
    assert bench.run("index", "diff", "monday.json") == 0
    assert bench.out.getvalue().endswith("nothing differs\n")
    make_wheel(bench.cwd / "idx", "six", "1.0", requires=["x"])
    make_wheel(bench.cwd / "idx", "six", "1.1")
    make_wheel(bench.cwd / "idx", "new", "1.0")
    (bench.cwd / "idx" / "old-1.0-py3-none-any.whl").unlink()
    assert bench.run("index", "diff", "monday.json") == 3
    lines = [line.partition("  ")[0] for line in bench.out.getvalue().splitlines()[2:]]
    assert lines == [
        "+ new-1.0-py3-none-any.whl",
        "+ six-1.1-py3-none-any.whl",
        "- old-1.0-py3-none-any.whl",
        f"! {SIX}",
        "six: +1.1",
        "owned only by the second: new",
        "owned only by the first: old",
    ]
    assert bench.run("index", "diff", "monday.json", "idx", "--json") == 3
    data = told(bench)
    assert (data["same"], data["owned"], [one["path"] for one in data["removed"]]) == (
        False,
        ["new"],
        ["old-1.0-py3-none-any.whl"],
    )


def test_restored_and_undone(bench: Bench) -> None:
    make_wheel(bench.cwd / "idx", "six", "1.0")
    ident = written(bench, "--with-files")
    make_wheel(bench.cwd / "idx", "six", "1.0", requires=["x"])
    assert bench.run("index", "restore", ident, "--to", "idx", "--dry-run") == 0
    assert bench.out.getvalue().startswith(f"would be taken out: {SIX}\nwould be put back: {SIX}\n")
    assert bench.run("index", "restore", ident, "--to", "idx") == 0
    undo = bench.out.getvalue().splitlines()[-1].split()[-2]
    assert bench.run("index", "restore", undo, "--to", "idx", "--replace", "--json") == 0
    assert [one["path"] for one in told(bench)["put_back"]] == [SIX]
    assert bench.run("index", "restore", "20990101", "--to", "idx", "--json") == 120
    assert bench.error_json()["code"] == "SNAPSHOT_INVALID"
