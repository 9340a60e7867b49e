"""Where the time of a launch went, in words and as data."""

from __future__ import annotations

import json

import pytest

from driverenv import events
from driverenv.cli.profiling import Profile, span
from driverenv.events import Traffic

STAGES = (("wait", 0.0001), ("read", 0.002), ("resolve", 0.6), ("fetch", 0.3), ("build", 2.5), ("link", 0.05))
TRAFFIC = (
    Traffic("lab (http://lab:8036/simple/)", public=False, requests=12, seconds=0.5, slowest=0.2),
    Traffic("pypi (https://pypi.org/simple/)", public=True, requests=1, seconds=0.1, slowest=0.1),
)
STORY: list[events.Event] = [
    events.Asked("six", TRAFFIC[0].index, "found", public=False, seconds=0.1),
    events.Asked("six", "folder (/srv/pypi)", "absent", public=False, seconds=0.001),
    events.Asked("old", "folder (/srv/pypi)", "found", public=False, seconds=0.003),
    events.Downloaded("six.whl", 11_000, "ab", seconds=0.02),
    events.Downloaded("old.zip", 1_200_000, "cd", seconds=0.2),
    events.Built("old.zip", "old.whl", 2.4),
    events.Ready("/x", reused=False, seconds=3.5, how="made", stages=STAGES, traffic=TRAFFIC),
]


def heard(*story: events.Event) -> Profile:
    profile = Profile()
    for event in story:
        profile.hear(event)
    return profile


def test_in_words() -> None:
    assert heard(*STORY).text(None) == (
        "profile: made, 3.50 s\n"
        "  wait        0.1 ms\n"
        "  read        2.0 ms\n"
        "  resolve   600.0 ms\n"
        "  fetch     300.0 ms\n"
        "  build       2.50 s\n"
        "  link       50.0 ms\n"
        "  rest       47.9 ms\n"
        "  lab (local): 12 requests, 500.0 ms in all, the slowest 200.0 ms\n"
        "  pypi (public): 1 request, 100.0 ms in all, the slowest 100.0 ms\n"
        "  folder (local): 2 answers, 4.0 ms in all, the slowest 3.0 ms\n"
        "  downloads: 2 files, 1.2 MB, 220.0 ms in all\n"
        "  builds: 1, 2.40 s in all\n"
    )


@pytest.mark.parametrize("width", [20, 32, 60])
def test_in_a_narrow_terminal(width: int) -> None:
    assert max(map(len, heard(*STORY).text(width).splitlines())) <= max(width, 22)


def test_as_data() -> None:
    data = heard(*STORY).data
    assert json.loads(heard(*STORY).json_line()) == {"profile": data}
    assert list(data["stages"]) == ["wait", "read", "resolve", "fetch", "build", "link", "rest"]
    assert sum(data["stages"].values()) == pytest.approx(data["seconds"])
    assert data["requests"][0] == {
        "index": TRAFFIC[0].index,
        "public": False,
        "requests": 12,
        "seconds": 0.5,
        "slowest": 0.2,
    }
    assert [row["answers"] for row in data["answers"]] == [2, 1]
    assert data["downloads"] == {"files": 2, "bytes": 1_211_000, "seconds": 0.22}
    assert data["builds"] == {"count": 1, "seconds": 2.4}


def test_nothing_was_to_be_done() -> None:
    profile = heard(events.Ready("/x", reused=True, seconds=0.0003, how="ready"))
    assert profile.text(40) == "profile: found within its validity, 0.3\n    ms\n"
    assert profile.data["stages"] == {}


def test_other_ends() -> None:
    assert heard(events.Locked(1, 0.5)).text(None) == "profile: locked, 500.0 ms\n"
    failed = heard(events.Failed("X", "y", 0.5, stages=(("read", 0.1),)))
    assert failed.text(None) == "profile: failed, 500.0 ms\n  read      100.0 ms\n  rest      400.0 ms\n"
    assert (heard().text(None), heard().data) == ("", {})


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0.00004, "0.0 ms"), (0.99949, "999.5 ms"), (0.9996, "1.00 s"), (125.0, "2 min 5 s")],
)
def test_spans(seconds: float, said: str) -> None:
    assert span(seconds) == said
