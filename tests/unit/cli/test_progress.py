from __future__ import annotations

import subprocess
import sys
import threading
from typing import Any

import pytest

from driverenv import events
from driverenv.cli.progress import Progress, Tally, amount, duration
from tests.unit.cli.bench import Bench

STORY: list[events.Event] = [
    events.Started("Switch Driver", "3.11.7"),
    events.Resolving(1, 0),
    events.Asked("six", "lab", "found", public=False),
    events.Asked("requests", "lab", "absent", public=False),
    events.Building("old-1.0.zip"),
    events.Solved(3, 0),  # of the build's own little environment
    events.Linking(3),
    events.Built("old-1.0.zip", "old-1.0-py3-none-any.whl", 2.34),
    events.Resolving(12, 340),
    events.Solved(12, 3),
    events.Downloading("requests-2.32.3-py3-none-any.whl", 0, 64_928),
    events.Downloading("requests-2.32.3-py3-none-any.whl", 64_928, 64_928),
    events.Downloaded("requests-2.32.3-py3-none-any.whl", 64_928, "ab" * 32),
    events.Downloaded("numpy-2.1.whl", 14_200_000, "cd" * 32),
    events.Linking(12),
    events.Ready("/x/Switch Driver", reused=False, seconds=0.84),
]


def told(bench: Bench, story: list[events.Event], resolving: str = "", **options: Any) -> str:  # noqa: ANN401 (those of `Progress`)
    with Progress(bench.shell(), resolving=resolving, **options) as progress:
        for event in story:
            progress(event)
    return bench.err.getvalue()


def test_one_plain_line_a_stage(bench: Bench) -> None:
    assert told(bench, STORY) == (
        "preparing Switch Driver for Python 3.11.7\n"
        "resolving\n"
        "building old-1.0.zip\n"
        "resolved 12 distributions, 3 local, 9 public\n"
        "fetching\n"
        "linking 12 distributions (2 files fetched, 14.3 MB)\n"
        "ready in 0.8 s: 12 distributions, 3 local, 9 public\n"
    )


def test_verbose_says_every_step(bench: Bench) -> None:
    assert told(bench, STORY, verbose=True) == (
        "preparing Switch Driver for Python 3.11.7\n"
        "resolving\n"
        "  six: found at lab\n"
        "  requests: absent at lab\n"
        "building old-1.0.zip\n"
        "  old-1.0.zip: built in 2.3 s\n"
        "resolved 12 distributions, 3 local, 9 public\n"
        "fetching\n"
        "  requests-2.32.3-py3-none-any.whl: 65 kB\n"
        "  numpy-2.1.whl: 14.2 MB\n"
        "linking 12 distributions (2 files fetched, 14.3 MB)\n"
        "ready in 0.8 s: 12 distributions, 3 local, 9 public\n"
    )


@pytest.mark.parametrize("option", ["quiet", "as_json"])
def test_nothing_is_said(bench: Bench, option: str) -> None:
    assert told(bench, STORY, quiet=option == "quiet", as_json=option == "as_json") == ""


def test_nothing_to_do(bench: Bench) -> None:
    assert told(bench, [events.Ready("/x", reused=True, seconds=0.0031)]) == "ready (nothing to do) in 3 ms\n"


def test_nothing_has_changed(bench: Bench) -> None:
    story = [events.Solved(1, 1), events.Ready("/x", reused=True, seconds=0.6)]
    assert told(bench, story).endswith("\nready in 0.6 s: nothing has changed\n")


def test_what_only_resolves_says_so(bench: Bench) -> None:
    assert told(bench, STORY[:3], resolving="requirements.txt") == (
        "resolving requirements.txt for Python 3.11.7\n"
    )


def test_the_rate_is_that_of_now() -> None:
    tally = Tally()
    tally.hear(events.Downloading("a.whl", 1_000_000, None))
    assert tally.rows(60, 100.0)[1] == "received  1.0 MB"
    tally.hear(events.Downloading("a.whl", 3_000_000, None))
    assert tally.rows(60, 101.0)[1] == "received  3.0 MB, 2.0 MB/s"
    tally.hear(events.Downloaded("a.whl", 3_000_000, ""))
    assert tally.rows(60, 102.0)[1] == "1 file done  3.0 MB"
    tally.hear(events.Downloading("b.whl", 1_000_000, None))
    assert tally.rows(60, 200.0)[1] == "1 file done  4.0 MB"


def test_names_from_outside_are_escaped(bench: Bench) -> None:
    assert told(bench, [events.Building("a\x1b[31m\n.zip")]) == "building a\\x1b[31m\\n.zip\n"


def test_warnings_are_kept_for_json(bench: Bench) -> None:
    warned = events.Warned("A", "b")
    progress = Progress(bench.shell(), as_json=True)
    progress(warned)
    assert (progress.tally.warnings, bench.err.getvalue()) == ([warned], "")


def test_rows_of_a_narrow_terminal() -> None:
    tally = Tally()
    for event in STORY[:11]:
        tally.hear(event)
    tally.hear(events.Downloaded("numpy-2.1.whl", 14_200_000, ""))
    tally.hear(
        events.Downloading("a_rather_long_name-1.2.3-cp311-cp311-manylinux_2_17_x86_64.whl", 3_100_000, None)
    )
    tally.hear(events.Building("some-sdist-with-a-very-long-name-1.0.tar.gz"))
    assert tally.rows(40, 2.0) == [
        "building",
        "1 file done  17.3 MB",
        "  requests-2.32.3-py3-n…  0 B of 65 kB",
        "  a_rather_long_name-1.2.3-cp…  3.1 MB",
        "  building some-sdist-with-a-very-lon…",
    ]
    for width in range(24, 120):
        assert max(map(len, tally.rows(width, 2.0))) <= width - 2


def test_rows_say_how_far_resolving_is() -> None:
    tally = Tally()
    assert tally.rows(40, 0) == ["starting"]
    tally.hear(events.Started("Switch Driver", ""))
    assert tally.rows(40, 0) == ["preparing Switch Driver"]
    tally.hear(events.Resolving(12, 340))
    assert tally.rows(60, 0) == ["resolving: 12 projects, 340 candidates"]


def test_many_threads_may_tell(bench: Bench) -> None:
    progress = Progress(bench.shell())

    def tell() -> None:
        for number in range(200):
            progress(events.Downloading(f"f{number}", 1, 2))
            progress.tally.rows(80, 1.0)
            progress(events.Downloaded(f"f{number}", 2, ""))

    threads = [threading.Thread(target=tell) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert bench.err.getvalue() == "fetching\n"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.0, "1 ms"),
        (0.0031, "3 ms"),
        (0.0994, "99 ms"),
        (0.0996, "0.1 s"),
        (59.94, "59.9 s"),
        (125.2, "2 min 5 s"),
    ],
)
def test_duration(seconds: float, text: str) -> None:
    assert duration(seconds) == text


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1 kB"),
        (999_499, "999 kB"),
        (999_500, "1.0 MB"),
        (2_500_000_000, "2.5 GB"),
        (3 * 10**15, "3000.0 TB"),
    ],
)
def test_amount(count: int, text: str) -> None:
    assert amount(count) == text


def test_plain_progress_does_not_load_rich() -> None:
    code = "import sys, driverenv.cli.main; sys.exit(any(name.startswith('rich') for name in sys.modules))"
    path = (
        {"PYTHONPATH": ":".join(sys.path)} if sys.platform != "win32" else {"PYTHONPATH": ";".join(sys.path)}
    )
    assert subprocess.run([sys.executable, "-c", code], env=path, check=False).returncode == 0


COLLISIONS: list[events.Event] = [
    *(events.Warned("FILE_COLLISION", f"a and {other} both bring x.py") for other in "bcd"),
    events.Ready("/x", reused=False, seconds=1.0),
]


def test_of_many_collisions_one_is_told(bench: Bench) -> None:
    assert told(bench, COLLISIONS) == (
        "warning[FILE_COLLISION]: a and b both bring x.py\n"
        "warning[FILE_COLLISION]: and 2 more like it (--verbose shows them)\n"
        "ready in 1.0 s\n"
    )


def test_verbose_tells_every_collision(bench: Bench) -> None:
    assert told(bench, COLLISIONS, verbose=True).count("both bring") == len("bcd")
