from __future__ import annotations

import os
from pathlib import Path

import pytest

from driverenv.cli.shell import NARROWEST, this_process
from tests.unit.cli.bench import Bench, Screen


def test_this_process() -> None:
    shell = this_process()
    assert shell.cwd == Path.cwd()
    assert shell.environ is os.environ


def test_a_pipe_has_no_width_and_no_one_watching(bench: Bench) -> None:
    assert (bench.shell().width, bench.shell().watched) == (None, False)


def test_results_have_a_width_of_their_own(bench: Bench) -> None:
    assert bench.shell().result_width is None
    bench.out = Screen(tty=True)
    assert (bench.shell().result_width or 0) >= NARROWEST
    assert bench.shell().width is None


@pytest.mark.parametrize(
    ("environ", "watched"), [({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)]
)
def test_watched(bench: Bench, environ: dict[str, str], watched: bool) -> None:
    bench.environ |= environ
    bench.err = Screen(tty=True)
    assert bench.shell().watched is watched
    assert (bench.shell().width or 0) >= NARROWEST
