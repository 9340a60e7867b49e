from __future__ import annotations

from pathlib import Path

import pytest

from driverenv import ledger
from driverenv.records import history
from driverenv.records.history import Line

GOOD = "1\t1000.000\t0.2500\tready\tk\ta\t\t/srv/Switch Driver\t."


def put(home: Path, text: bytes, name: str = "Switch Driver.log") -> None:
    path = home / "history" / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(text)


def test_nothing(tmp_path: Path) -> None:
    assert history.read(str(tmp_path), "Switch Driver") == ((), 0)
    assert history.names(str(tmp_path)) == []


def test_a_line(tmp_path: Path) -> None:
    put(tmp_path, GOOD.encode())
    line = Line(1000.0, 0.25, "ready", "k", "a", "", "/srv/Switch Driver")
    assert history.read(str(tmp_path), "Switch Driver") == ((line,), 0)


@pytest.mark.parametrize(
    "text",
    [
        GOOD[:-1],
        GOOD[:-8],
        GOOD.replace("1\t", "2\t", 1),
        GOOD.replace("1000.000", "when"),
        GOOD.replace("1000.000", "nan"),
        GOOD.replace("1000.000", "1e400"),
        GOOD.replace("1000.000", "-1"),
        GOOD.replace("1000.000", "999999999999"),
        GOOD.replace("0.2500", "inf"),
        GOOD.replace("ready", "slept"),
        GOOD.replace("\t", " "),
        f"{GOOD}\t.",
        "\x00" * 300,
    ],
)
def test_a_damaged_line_is_passed_over_and_counted(tmp_path: Path, text: str) -> None:
    put(tmp_path, f"{GOOD}\n{text}\n{GOOD}\n".encode())
    found = history.read(str(tmp_path), "Switch Driver")
    assert (len(found.lines), found.damaged) == (2, 1)


def test_no_text_at_all(tmp_path: Path) -> None:
    put(tmp_path, bytes(range(256)) * 40)
    assert history.read(str(tmp_path), "Switch Driver").lines == ()


def test_of_a_huge_file_the_end_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "_MOST_READ", 1_000)
    put(tmp_path, f"{GOOD}\n".encode() * 10_000)
    found = history.read(str(tmp_path), "Switch Driver")
    assert 10 < len(found.lines) < 25
    assert found.damaged <= 1


def test_what_was_put_aside_comes_first(tmp_path: Path) -> None:
    put(tmp_path, GOOD.replace("\tk\t", "\told\t").encode(), f"Switch Driver.log{ledger.BEFORE}")
    put(tmp_path, GOOD.encode())
    assert [line.what for line in history.read(str(tmp_path), "Switch Driver").lines] == ["old", "k"]
    put(tmp_path, b"", "Rack.log.1")
    assert history.names(str(tmp_path)) == ["Rack", "Switch Driver"]
