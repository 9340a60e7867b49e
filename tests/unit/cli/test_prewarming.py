from __future__ import annotations

import json
from typing import Any

import pytest

from driverenv.events import Ready
from driverenv.generations import Drivers, Generation, Request
from tests.kit.wheels import make_wheel
from tests.unit.cli.bench import Bench


@pytest.fixture
def site(bench: Bench) -> list[str]:
    """A folder of two drivers, of which one cannot be launched; the options of the site."""
    make_wheel(bench.root / "index", "six", "1.16.0")
    for name, text in (("Good One", "six\n"), ("Bad One", "six>=2\n")):
        folder = bench.cwd / "fleet" / name
        folder.mkdir(parents=True)
        (folder / "requirements.txt").write_text(text, encoding="utf-8")
    return ["--local", str(bench.root / "index"), "--offline"]


def launched(bench: Bench, name: str) -> None:
    """As if the driver of this folder had been launched."""
    one = Generation(0, "k", "2026-11-30T00:15:26Z", "3.11.7", (), (), Request("a" * 40, "t", "v", "p"))
    path = str(bench.cwd / "fleet" / name)
    Drivers(str(bench.home)).update(name, path, lambda known: known.settled(one))


def test_a_dry_run_over_a_folder(bench: Bench, site: list[str]) -> None:
    assert bench.run("prewarm", "fleet", "--dry-run", *site) == 3
    bad, good, summary = bench.out.getvalue().splitlines()
    assert bad.startswith("would fail         Bad One   LOCAL_NO_MATCH: the local index ")
    assert good.startswith("would launch       Good One  ")
    assert good.endswith(", 1 distribution")
    assert summary == "2 drivers: 1 would launch, 1 would fail"
    assert not (bench.home / "environments").exists()
    assert bench.run("prewarm", "fleet", "--dry-run", "-q", *site) == 3
    assert len(bench.out.getvalue().splitlines()) == 2


def test_ready_as_json(bench: Bench, site: list[str]) -> None:
    assert bench.run("ready", "fleet/Good One", "fleet/Good One", *site, "--json") == 0
    found = json.loads(bench.out.getvalue())
    (good,) = found["drivers"]
    assert (good["name"], good["state"], good["distributions"]) == ("Good One", "proved", 1)
    assert found["counts"] == {"proved": 1}
    assert bench.run("ready", "fleet/Bad One", *site, "--json") == 3
    (bad,) = json.loads(bench.out.getvalue())["drivers"]
    assert bad["error"]["code"] == "LOCAL_NO_MATCH"


def test_held_to_a_lock(bench: Bench, site: list[str]) -> None:
    for command in (("prewarm", "--dry-run"), ("ready",)):
        assert bench.run(*command, "fleet/Good One", "--locked", *site, "--json") == 3
        (good,) = json.loads(bench.out.getvalue())["drivers"]
        assert good["error"]["code"] == "LOCK_MISSING"


def test_those_that_are_known(bench: Bench, site: list[str]) -> None:
    assert bench.run("ready", *site) == 2
    assert "no driver is known" in bench.err.getvalue()
    launched(bench, "Good One")
    for operands in ((), ("Good One",)):
        assert bench.run("prewarm", *operands, "--dry-run", *site) == 0
        assert bench.out.getvalue().splitlines()[-1] == "1 driver: 1 would launch"


def test_who_is_not_there(bench: Bench, site: list[str]) -> None:
    assert bench.run("ready", "Rack", *site, "--json") == 112
    assert bench.error_json()["code"] == "ENV_UNKNOWN"
    empty = bench.cwd / "empty"
    empty.mkdir()
    assert bench.run("ready", "empty", *site) == 102
    assert bench.run("ready", "fleet", "--jobs", "-1", *site) == 2


def test_prewarm_makes_them(bench: Bench, site: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    made = bench.environment()
    seen: list[str] = []
    held: list[bool] = []

    def prepare(request: Any, *, on_event: Any) -> Any:  # noqa: ANN401 (the story's own)
        on_event(Ready(made.prefix, reused=bool(seen), seconds=0.5))
        seen.append(request.driver)
        held.append(request.locked)
        return made

    monkeypatch.setattr("driverenv.stories.prewarming.prepare", prepare)
    assert bench.run("prewarm", "fleet/Good One", *site, "--jobs", "1") == 0
    assert bench.out.getvalue().splitlines()[-1] == "1 driver: 1 made"
    assert bench.run("prewarm", "fleet/Good One", *site) == 0
    assert bench.out.getvalue().splitlines()[-1] == "1 driver: 1 already there"
    assert bench.run("prewarm", "fleet/Good One", "--locked", *site) == 0
    assert seen == [str(bench.cwd / "fleet" / "Good One")] * 3
    assert held == [False, False, True]
