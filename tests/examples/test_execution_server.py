"""The example server, as a process: many launches at once, errors as JSON, a clean end."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import driverenv
from tests.examples.running import (
    HELLO,
    HELLO_INDEX,
    SERVER,
    by_launch,
    execution_server,
    lines,
    make_driver,
)
from tests.kit import StaticIndex

posix = pytest.mark.skipif(sys.platform == "win32", reason="signals")

SLEEPER = """\
import os, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
print(os.getpid(), child.pid)
time.sleep(600)
"""


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    status = Path(f"/proc/{pid}/stat")
    return not (status.exists() and status.read_text().rpartition(")")[2].split()[0] == "Z")


def assert_gone(pids: list[int]) -> None:
    deadline = time.monotonic() + 10
    while any(map(is_running, pids)):
        assert time.monotonic() < deadline, f"still running: {[pid for pid in pids if is_running(pid)]}"
        time.sleep(0.02)  # a killed process is gone soon, not at once


def test_many_launches_at_once(public: StaticIndex, tmp_path: Path) -> None:
    keys = [str(number) for number in range(6)]
    options = ["--local", str(HELLO_INDEX), "--public", public.simple_url, "--home", str(tmp_path / "home")]
    with execution_server(*options) as server:
        with server.client() as client:
            client.send(*({"id": key, "driver": str(HELLO)} for key in keys))
            client.no_more()
            launches = by_launch(client.rest())
        ended = server.end()
    assert sorted(launches) == keys
    for messages in launches.values():
        assert [message["event"] for message in messages] == ["prepared", *["output"] * 3, "ended"]
        assert messages[-1]["exit_code"] == 0
        assert lines(messages)[1:] == [
            f"  hello-greeter 1.2.0 from {HELLO_INDEX}",
            f"  humanize 4.12.0 from {public.simple_url}",
        ]
    assert [messages[0]["reused"] for messages in launches.values()].count(False) == 1
    assert public.log.projects() == {"humanize"}
    assert ended == (0, "")


def test_errors_come_back_as_json_and_touch_no_other_launch(tmp_path: Path) -> None:
    good = make_driver(tmp_path / "good", "hello-greeter<2\n", "import sys\nprint(sys.argv[1:])\n")
    bad = make_driver(tmp_path / "bad", "# too new\nhello-greeter>=99\n", "")
    with execution_server("--local", HELLO_INDEX, "--home", tmp_path / "home", "--offline") as server:
        with server.client() as client:
            client.send({"id": "bad", "driver": str(bad)}, b"no JSON", b"[]", {"id": "half"}, {"stop": "x"})
            client.send({"id": "nowhere", "driver": str(tmp_path / "nowhere")})
            client.send({"id": "good", "driver": str(good), "args": ["--slot", 3]})
            client.no_more()
            launches = by_launch(client.rest())
        ended = server.end()
    error = launches["bad"][0]["error"]
    assert error["code"] == "LOCAL_NO_MATCH"
    assert f"{bad / 'requirements.txt'} line 2" in error["message"]
    assert launches["nowhere"][0]["error"]["code"] == "REQUIREMENTS_MISSING"
    refused = [*launches[None], *launches["half"], *launches["x"]]  # type: ignore[index]
    assert [message["error"]["code"] for message in refused] == ["BAD_REQUEST"] * 4
    assert [message["error"]["message"] for message in refused][1:] == [
        "a request is a JSON object",
        "the request has no driver",
        "launch x is not running",
    ]
    assert lines(launches["good"]) == ["['--slot', '3']"]
    assert ended == (0, "")


def test_lines_come_as_they_are_written_and_a_launch_can_be_stopped(tmp_path: Path) -> None:
    driver = make_driver(tmp_path / "driver", "", SLEEPER)
    with execution_server("--local", HELLO_INDEX, "--home", tmp_path / "home") as server:
        with server.client() as client:
            client.send({"id": "1", "driver": str(driver)})
            pids = [int(pid) for pid in client.until("output")["line"].split()]
            client.send({"id": "1", "driver": str(driver)})
            assert "running already" in client.next()["error"]["message"]
            client.send({"stop": "1"})
            assert client.next() == {"id": "1", "event": "stopped"}
        server.end()
    if sys.platform != "win32":
        assert_gone(pids)


@posix
def test_a_signal_ends_all_drivers_then_the_server(tmp_path: Path) -> None:
    driver = make_driver(tmp_path / "driver", "", SLEEPER)
    pids: list[int] = []
    with (
        execution_server("--local", HELLO_INDEX, "--home", tmp_path / "home") as server,
        server.client() as client,
    ):
        client.send(*({"id": str(number), "driver": str(driver)} for number in range(3)))
        for _ in range(3):
            pids += map(int, client.until("output")["line"].split())
        ended = server.end()
        assert [message["event"] for message in client.rest()] == ["stopped"] * 3
    assert ended == (0, "")
    assert_gone(pids)


@posix
def test_a_client_that_has_gone_takes_its_drivers_along(tmp_path: Path) -> None:
    code = "import os, time\nwhile True:\n    print(os.getpid())\n    time.sleep(0.01)\n"
    driver = make_driver(tmp_path / "driver", "", code)
    with execution_server("--local", HELLO_INDEX, "--home", tmp_path / "home") as server:
        with server.client() as client:
            client.send({"id": "1", "driver": str(driver)})
            pid = int(client.until("output")["line"])
        assert_gone([pid])
        assert server.end() == (0, "")


def test_stdin_to_its_end(tmp_path: Path) -> None:
    code = "import sys\nprint('x' * 200_000)\nprint('no end of line', end='')\nsys.exit(3)\n"
    driver = make_driver(tmp_path / "driver", "", code)
    options = ["--stdin", "--local", str(HELLO_INDEX), "--home", str(tmp_path / "home")]
    requests = "".join(json.dumps({"id": key, "driver": str(driver)}) + "\n" for key in "ab")
    done = subprocess.run(
        [*SERVER, *options], input=requests, capture_output=True, text=True, check=False, timeout=100
    )
    launches = by_launch([json.loads(line) for line in done.stdout.splitlines()])
    assert (done.returncode, done.stderr, sorted(launches)) == (0, "", ["a", "b"])
    for messages in launches.values():
        assert messages[-1] == {"id": messages[0]["id"], "event": "ended", "exit_code": 3}
        *long, last = lines(messages)
        assert ("".join(long), last) == ("x" * 200_000, "no end of line")


@pytest.mark.slow
def test_leaves_nothing_outside_its_home(tmp_path: Path, home: Path) -> None:
    driver = make_driver(tmp_path / "driver", "hello-greeter<2\n", "import hello_greeter\n")
    before = {path.name for path in HELLO_INDEX.iterdir()}
    with execution_server("--local", HELLO_INDEX, "--home", tmp_path / "home") as server:
        with server.client() as client:
            client.send({"id": "1", "driver": str(driver)})
            assert client.until("ended")["exit_code"] == 0
        server.end()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["driver", "home"]
    assert sorted(path.name for path in driver.iterdir()) == ["driver.py", "requirements.txt"]
    assert {path.name for path in HELLO_INDEX.iterdir()} == before
    assert list(home.iterdir()) == []


TICKER = """\
import sys, time
import hello_greeter
for number in range(40):
    print(number, flush=True)
    time.sleep(0.05)
"""


def processes_of(home: Path) -> list[str]:
    """The command lines of what runs from this home folder, or works for it."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            line = path.read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
            if str(home) in line:
                found.append(line)
    return found


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="who runs is read from /proc")
def test_ten_restarts_under_load_leave_nothing_behind(tmp_path: Path) -> None:
    """Each time with six launches at some stage or other; every second time by a kill that nobody can hear."""
    home = tmp_path / "home"
    options = ["--local", str(HELLO_INDEX), "--home", str(home), "--offline"]
    drivers = [make_driver(tmp_path / f"Driver {number}", "hello-greeter<2\n", TICKER) for number in range(6)]
    for round_ in range(10):
        with execution_server(*options) as server, server.client() as client:
            client.send(*({"id": one.name, "driver": str(one)} for one in drivers))
            for _ in range(round_):  # so many answers later
                client.next()
            server.end(signal.SIGKILL if round_ % 2 else signal.SIGTERM)
    deadline = time.monotonic() + 20
    while processes_of(home):  # drivers to whom nobody listens any more, compilers of byte code
        assert time.monotonic() < deadline, processes_of(home)
        time.sleep(0.05)
    with execution_server(*options) as server, server.client() as client:
        client.send({"id": "again", "driver": str(drivers[0])})
        assert client.until("prepared")["reused"] in (True, False)
        assert client.until("output")["line"] == "0"
        server.end()
    checked = subprocess.run(
        [sys.executable, "-m", "driverenv", "env", "verify", "--contents", "--json", "--home", str(home)],
        capture_output=True,
        check=True,
    )
    assert json.loads(checked.stdout)["counts"]["damaged"] == 0
    gone = driverenv.collect(home, keep=driverenv.Keep(), everything=True)
    assert {one.kind for one in gone.gone} <= {
        "environment",
        "answer",
    }  # of an interrupted one there is no trace
    assert not [one for one in gone.items if one.stays]
    for rest in ("environments/*", "trash/*", "launches/*", "staging/*"):
        assert list(home.glob(rest)) == [], rest
