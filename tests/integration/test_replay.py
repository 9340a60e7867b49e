"""Facts saved at one desk and played at another: the same bytes, and nobody is reached for."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.integration.command_line import Done, driverenv
from tests.integration.playing import alone
from tests.kit.factories import PypiServerFactory, StaticIndexFactory
from tests.unit.stories.bench import Bench

pytestmark = pytest.mark.slow

FORMATS: tuple[list[str], ...] = (
    [],
    ["--json"],
    ["--format", "json"],
    ["--format", "pylock"],
    ["-o", "pylock.toml"],
)


@dataclass
class Desk:
    """A site with a real pypiserver and a public index; and another desk that has nothing but a file."""

    bench: Bench
    options: list[str | Path]
    other: Path

    def driverenv(self, command: str, requirements: str, *more: str) -> Done:
        return driverenv(command, self.bench.driver(requirements), *self.options, "-q", *more)

    @property
    def facts(self) -> Path:
        return self.other / "facts.json.gz"

    def replay(self, *more: str) -> Done:
        return alone("replay", "facts.json.gz", "-q", *more, cwd=self.other)


@pytest.fixture
def desk(bench: Bench, pypiserver: PypiServerFactory, static_index: StaticIndexFactory) -> Desk:
    bench.wheel("core", "1.0", requires=["tool<2", 'never; python_version < "3"'])
    bench.sdist("old", "1.0", requires=["core"])
    public = bench.root / "public"
    for version in ("1.0", "2.0", "3.0rc1"):
        bench_wheel = bench.wheel("tool", version)
        public.mkdir(exist_ok=True)
        shutil.move(bench_wheel, public / bench_wheel.name)
    options: list[str | Path] = ["--local", pypiserver(bench.index, fallback=False).url]
    options += ["--public", static_index(public).simple_url, "--home", bench.home]
    other = bench.root / "other desk"
    other.mkdir()
    return Desk(bench, options, other)


@pytest.mark.parametrize("options", FORMATS, ids=lambda options: " ".join(options) or "pins")
def test_the_same_lock_byte_for_byte(desk: Desk, options: list[str]) -> None:
    written = desk.bench.root / "pylock.toml"
    here = ["-o", str(written)] if "-o" in options else options
    locked = desk.driverenv("lock", "old\ntool[gui]\n", "--save-facts", str(desk.facts), *here)
    assert locked.code == 0, locked.err
    played = desk.replay(*options)
    assert (played.code, played.out, played.err) == (0, locked.out, locked.err)
    if "-o" in options:
        assert (desk.other / "pylock.toml").read_bytes() == written.read_bytes()


@pytest.mark.parametrize(
    ("requirements", "code"),
    [
        ("core>=9\nnope\n", 104),
        ("nope\n", 105),
        ("old\ntool>=2\n", 107),
        ("core >= = 1\n", 102),
        ("-e .\n", 103),
    ],
)
@pytest.mark.parametrize("command", ["lock", "prepare"])
def test_the_same_error_byte_for_byte(desk: Desk, command: str, requirements: str, code: int) -> None:
    failed = desk.driverenv(command, requirements, "--save-facts", str(desk.facts))
    played = desk.replay()
    assert (failed.code, played.code) == (code, code), failed.err
    again = failed.error.rstrip("\n").rpartition("\n")[2]
    assert again.startswith("to look at it again: driverenv explain --last 'Switch Driver' --home ")
    assert played.error == failed.error.removesuffix(f"{again}\n")
    assert played.out == failed.out == ""


def test_the_same_error_of_an_index_that_is_down(desk: Desk) -> None:
    desk.options[1] = "http://127.0.0.1:9/"
    failed = desk.driverenv("lock", "core\n", "--save-facts", str(desk.facts))
    played = desk.replay()
    assert failed.code == played.code == 106
    assert failed.error.startswith(played.error)


def test_facts_of_prepare_give_the_lock(desk: Desk) -> None:
    locked = desk.driverenv("lock", "core\n", "--format", "pylock")
    assert desk.driverenv("prepare", "core\n", "--save-facts", str(desk.facts)).code == 0
    assert desk.replay("--format", "pylock").out == locked.out
    assert desk.driverenv("prepare", "core\n", "--save-facts", str(desk.facts)).code == 0, (
        "nor is it remembered"
    )


def test_a_file_that_is_none(desk: Desk) -> None:
    desk.facts.write_text("{}", encoding="utf-8")
    played = desk.replay()
    assert played.code == 115
    assert played.error.startswith("error[FACTS_INVALID]: the file cannot be used as facts\n")
