from __future__ import annotations

import json
import zipfile
from typing import Any

from tests.kit.wheels import make_wheel
from tests.unit.cli.bench import Bench

SIX = "six-1.0-py3-none-any.whl"


def repository(bench: Bench) -> None:
    (bench.cwd / "idx").mkdir()
    make_wheel(bench.cwd / "in", "six", "1.0")
    (bench.cwd / "in" / "six-1.0.egg").write_bytes(b"")


def told(bench: Bench) -> Any:  # noqa: ANN401 (JSON)
    return json.loads(bench.out.getvalue())


def test_added_in_words(bench: Bench) -> None:
    repository(bench)
    with zipfile.ZipFile(bench.cwd / "bundle.zip", "w") as archive:
        archive.write(bench.cwd / "in" / SIX, SIX)
    (bench.cwd / "half-1.0.zip").write_bytes(b"")
    assert bench.run("index", "add", "in", "bundle.zip", "half-1.0.zip", "--skip-bad", "--to", "idx") == 0
    lines = bench.out.getvalue().replace(str(bench.cwd), "").splitlines()
    assert lines[0] == "opened /bundle.zip: 1 distribution file"
    assert lines[1].startswith(f"added {SIX}  ")
    assert lines[2:] == [
        "passed over /in/six-1.0.egg: it is an egg; wheels took their place",
        "left out half-1.0.zip is not an archive that can be trusted: it is called .zip and is something else (ARCHIVE_REJECTED)",
        "1 file went into /idx",
        "from now on this index alone serves six: local version wins or fails; drivers that need another version will fail",
    ]
    assert bench.run("index", "add", "in", "--to", "idx") == 0
    assert f"1 file there already, byte for byte: {SIX}" in bench.out.getvalue()


def test_replaced_and_edited(bench: Bench) -> None:
    repository(bench)
    assert bench.run("index", "add", "in", "--to", "idx") == 0
    make_wheel(bench.cwd / "in", "six", "1.0", record=lambda rows: rows[1:])
    assert bench.run("index", "add", "in", "--to", "idx") == 120
    assert bench.run("index", "add", "in", "--to", "idx", "--replace") == 0
    text = bench.out.getvalue()
    assert f"replaced {SIX}" in text
    assert "what was replaced can be put back: driverenv index restore 20" in text
    assert f"  {SIX}: " in text


def test_added_as_json(bench: Bench) -> None:
    repository(bench)
    assert bench.run("index", "add", "in", "--to", "idx", "--json") == 0
    data = told(bench)
    assert (data["owned"], data["there"], data["removal"], data["dry_run"]) == (["six"], [], None, False)
    assert (data["added"][0]["path"], data["added"][0]["replaces"]) == (SIX, None)
    assert data["passed"][0]["why"] == "it is an egg; wheels took their place"


def test_the_default_repository_is_made(bench: Bench) -> None:
    repository(bench)
    bench.environ["XDG_DATA_HOME"] = str(bench.root / "data")
    assert bench.run("index", "add", "in", "--dry-run") == 0
    assert f"would be added {SIX}" in bench.out.getvalue()


def test_taken_out(bench: Bench) -> None:
    repository(bench)
    make_wheel(bench.cwd / "idx", "six", "1.0")
    make_wheel(bench.cwd / "idx", "seven", "1.0")
    make_wheel(bench.cwd / "idx", "seven", "2.0")
    assert bench.run("index", "remove", "six", "--to", "idx", "--dry-run") == 0
    assert bench.out.getvalue().startswith(f"would be taken out: {SIX}\n")
    assert bench.run("index", "remove", "six", "seven==1.0", "--to", "idx") == 0
    lines = bench.out.getvalue().splitlines()
    assert lines[:3] == [
        "taken out: seven-1.0-py3-none-any.whl",
        f"taken out: {SIX}",
        "seven is still served by this index alone: it has 2.0",
    ]
    assert lines[3].endswith("if it is to come from elsewhere: driverenv release six")
    assert lines[4].startswith("to put it back: driverenv index restore 20")
    assert bench.run("index", "remove", "seven", "--to", "idx", "--json") == 0
    assert (told(bench)["disowned"], told(bench)["kept"]) == (["seven"], {})


def test_listed(bench: Bench) -> None:
    for version in ("1.9", "1.10"):
        make_wheel(bench.cwd / "idx", "six", version)
    (bench.cwd / "idx" / "bundle.zip").write_bytes(b"")
    assert bench.run("index", "list", "idx") == 0
    assert bench.out.getvalue().replace(str(bench.cwd), "").splitlines() == [
        "six  1.10, 1.9  (2 files)",
        "bundle.zip: no project can be told from its name",
        "1 project, 3 files in /idx",
    ]
    assert bench.run("index", "list", "idx", "--files") == 0
    assert "  six-1.9-py3-none-any.whl\n" in bench.out.getvalue()
    assert bench.run("index", "list", "idx", "--json") == 0
    assert len(told(bench)["files"][1]["sha256"]) == 64
