from __future__ import annotations

import os
import sys
import threading
from pathlib import Path

import pytest

from driverenv import ledger
from driverenv.records import history


def write(home: Path, what: str = "k", *, driver: str = "/srv/Switch Driver", when: float = 1_000.0) -> None:
    ledger.write(
        str(home),
        "Switch Driver",
        when=when,
        seconds=0.25,
        how=ledger.READY,
        what=what,
        ask="a",
        driver=driver,
    )


def test_a_line_for_each_launch(tmp_path: Path) -> None:
    write(tmp_path)
    write(tmp_path, "l")
    path = Path(ledger.path_of(str(tmp_path), "Switch Driver"))
    assert path == tmp_path / "history" / "Switch Driver.log"
    text = path.read_text(encoding="utf-8")
    assert text.startswith("\n1\t1000.000\t0.2500\tready\tk\ta\t\t/srv/Switch Driver\t.\n\n1\t")
    assert [line.what for line in history.read(str(tmp_path), "Switch Driver").lines] == ["k", "l"]


@pytest.mark.parametrize("driver", ["/srv/100% new\tone\nor\rtwo", "/srv/%09", "/srv/Schälter \udcff", ""])
def test_whatever_a_path_has_in_it(tmp_path: Path, driver: str) -> None:
    write(tmp_path, driver=driver)
    (line,) = history.read(str(tmp_path), "Switch Driver").lines
    assert line.driver == driver


def test_a_path_that_is_no_text_costs_the_line_alone(tmp_path: Path) -> None:
    write(tmp_path, driver="\ud800")
    assert history.read(str(tmp_path), "Switch Driver").lines == ()


def test_what_another_launch_left_half_written_harms_nobody(tmp_path: Path) -> None:
    write(tmp_path)
    path = Path(ledger.path_of(str(tmp_path), "Switch Driver"))
    whole = path.read_bytes()
    for cut in range(len(whole)):
        path.write_bytes(whole[:cut])
        write(tmp_path, "l")
        found = history.read(str(tmp_path), "Switch Driver")
        whole_ones = 1 if cut >= len(whole) - 1 else 0
        assert [line.what for line in found.lines] == ["k"] * whole_ones + ["l"]


def test_no_disk_is_no_reason_to_fail(tmp_path: Path) -> None:
    (tmp_path / "history").write_bytes(b"in the way")
    write(tmp_path)
    assert (tmp_path / "history").read_bytes() == b"in the way"


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
def test_no_link_is_followed(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_bytes(b"")
    (tmp_path / "history").mkdir()
    (tmp_path / "history" / "Switch Driver.log").symlink_to(elsewhere)
    write(tmp_path)
    assert elsewhere.read_bytes() == b""


def test_two_files_at_most(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger, "MOST_BYTES", 500)
    for number in range(60):
        write(tmp_path, f"k{number}")
    sizes = {path.name: path.stat().st_size for path in (tmp_path / "history").iterdir()}
    assert set(sizes) <= {"Switch Driver.log", "Switch Driver.log.1"}
    assert max(sizes.values()) < 600
    kept = [line.what for line in history.read(str(tmp_path), "Switch Driver").lines]
    assert kept == [f"k{number}" for number in range(60 - len(kept), 60)]
    assert len(kept) > 8


def test_many_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger, "MOST_BYTES", 12_000)

    def launch(thread: int) -> None:
        for number in range(25):
            write(tmp_path, f"{thread}-{number}")

    threads = [threading.Thread(target=launch, args=(number,)) for number in range(8)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    found = history.read(str(tmp_path), "Switch Driver")
    assert found.damaged == 0
    if os.name == "posix":  # one file was begun anew, nothing is lost
        assert len(found.lines) == len({line.what for line in found.lines}) == 200


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such pipes there")
def test_a_pipe_in_its_place_holds_nobody_up(tmp_path: Path) -> None:
    (tmp_path / "history").mkdir()
    os.mkfifo(tmp_path / "history" / "Switch Driver.log")
    write(tmp_path)
    assert history.read(str(tmp_path), "Switch Driver") == ((), 0)
