from __future__ import annotations

import pytest

from tests.unit.cli.bench import Bench


def settings(bench: Bench, text: str) -> None:
    path = bench.cwd / "driverenv.toml"
    path.write_text(text, encoding="utf-8")
    bench.environ["DRIVERENV_CONFIG"] = str(path)


def test_the_one_folder_of_the_settings(bench: Bench) -> None:
    (bench.cwd / "idx").mkdir()
    settings(bench, 'local = ["idx", "http://pypi.lab:8036"]\n')
    assert bench.run("index", "list") == 0
    assert bench.out.getvalue() == f"0 projects, 0 files in {bench.cwd / 'idx'}\n"


def test_an_index_by_its_name(bench: Bench) -> None:
    (bench.cwd / "idx").mkdir()
    settings(bench, '[[local]]\nlocation = "idx"\nname = "lab"\n')
    assert bench.run("index", "list", "lab") == 0
    assert str(bench.cwd / "idx") in bench.out.getvalue()


@pytest.mark.parametrize(
    ("text", "arguments", "expected"),
    [
        ('local = ["a", "b"]\n', ("list",), "say which repository is meant; local indexes of the settings: "),
        ('local = ["http://pypi.lab:8036"]\n', ("remove", "six"), "is a server, and this needs a folder"),
        ("local = []\n", ("list",), "local indexes of the settings: none"),
        ("", ("list", "http://a b"), "an index's URL has a blank"),
    ],
)
def test_a_place_that_cannot_be_meant(
    bench: Bench, text: str, arguments: tuple[str, ...], expected: str
) -> None:
    settings(bench, text)
    assert bench.run("index", *arguments) == 2
    assert expected in bench.err.getvalue()
