"""How code is started, heard and ended."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import uuid
from pathlib import Path

import pytest

from driverenv._cell import posix
from driverenv._cell.keeper import LADDER
from driverenv._cell.terms import Held, Limits, Order
from driverenv.build.process import run
from tests.kit.hostile import with_mark
from tests.unit._cell.running import AMPLE, Runner, gives_namespaces

if os.name != "posix":
    pytest.skip("processes of POSIX", allow_module_level=True)

ORDER = Order(["x"], "/", {}, "/w", "/p", [], Limits(1, 1, 1, 1, 1), "auto")
isolated = pytest.mark.skipif(not gives_namespaces(), reason="this machine gives no namespaces")


@pytest.fixture
def runner(tmp_path: Path) -> Runner:
    return Runner(tmp_path / "cell", environ={"PATH": os.defpath, "MARK": uuid.uuid4().hex})


@pytest.mark.skipif(sys.platform != "linux", reason="the ladder is for Linux")
def test_the_ladder() -> None:
    assert posix._rungs(ORDER) == list(LADDER)
    assert posix._rungs(ORDER._replace(isolation="off")) == [()]
    with_network = posix._rungs(ORDER._replace(network=True))
    assert with_network == [("user", "pid", "ipc", "mount"), ("user", "pid", "ipc"), ()]


@pytest.mark.skipif(sys.platform != "linux", reason="the ladder is for Linux")
def test_what_each_rung_holds() -> None:
    held = [posix._held(ORDER, rung, "why") for rung in LADDER]
    assert held == [
        Held("cut", "own", "namespace", "why"),
        Held("cut", "open", "namespace", "why"),
        Held("cut", "open", "reaper", "why"),
        Held("open", "open", "reaper", "why"),
    ]
    assert posix._held(ORDER._replace(isolation="off"), (), "").because == "switched off in the settings"


def test_another_system(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    assert posix._rungs(ORDER) == [()]
    assert posix._held(ORDER, (), "") == Held(
        "open", "open", "group", "darwin has no means for it without further rights"
    )


def test_status_and_output(runner: Runner) -> None:
    report = runner.run("import sys; print('out', flush=True); print('err', file=sys.stderr); sys.exit(7)")
    assert (report.status, report.breach, report.error) == (7, "", "")
    assert runner.said() == "out\nerr\n"
    report = runner.run("import os; os.kill(os.getpid(), 9)")
    assert report.status == -signal.SIGKILL


def test_a_program_that_is_not_there(runner: Runner) -> None:
    report = runner.run("", "/none/python")
    assert (report.status, report.error) == (None, "No such file or directory: /none/python")


@pytest.mark.parametrize("first", ["error", "ready"])
def test_whoever_speaks_first(monkeypatch: pytest.MonkeyPatch, first: str) -> None:
    """The program that does not start may say so before its keeper says that it was started."""

    def notes(order: Order, rung: tuple[str, ...], held: Held) -> tuple[posix._Started, dict[str, object]]:
        pipes = [os.pipe() for _ in range(2)]
        for _, write in pipes:
            os.close(write)
        asked.append((order, rung))
        return posix._Started(0, pipes[0][0], pipes[1][0], held), {first: "no such program"}

    asked: list[object] = []
    monkeypatch.setattr(posix, "_try", notes)
    monkeypatch.setattr(posix, "end_all", lambda _pid: None)
    started = posix._start(ORDER)
    assert len(asked) == 1
    assert (started.report is None) is (first == "ready")
    if started.report is not None:
        assert started.report.error == "no such program"
    else:
        os.close(started.notes)
        os.close(started.output)


def test_output_that_is_closed_early_is_no_end(runner: Runner) -> None:
    code = "import os\nos.close(1); os.close(2)\nopen('after', 'w').close()"
    assert runner.run(code).status == 0
    assert (runner.work / "after").exists()


def test_the_limit_of_output(runner: Runner) -> None:
    runner.limits = AMPLE._replace(output=1000)
    report = runner.run("while True: print('x' * 99)")
    assert (report.status, report.breach) == (None, "output")
    assert len(runner.said()) == 1000


DETACHED = """
import os, sys
ready, told = os.pipe()
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.write(told, b"x")
        os.execv(sys.executable, [sys.executable, "-c", "import time; time.sleep(3600)"])
    os._exit(0)
os.read(ready, 1)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")
@pytest.mark.parametrize("isolation", ["auto", "off"])
def test_nothing_is_left_that_left_its_group(runner: Runner, isolation: str) -> None:
    runner.isolation = isolation
    assert runner.run(DETACHED).status == 0
    assert with_mark(runner.environ["MARK"]) == []


def test_who_ends_what_watches_it_gains_nothing(runner: Runner) -> None:
    runner.isolation = "off"
    report = runner.run(DETACHED + "os.kill(os.getppid(), 9)\nimport time; time.sleep(3600)")
    assert (report.status, report.error) == (None, "the process that watches it was ended")
    if sys.platform == "linux":
        assert with_mark(runner.environ["MARK"]) == []


PARENT = """
import sys
from pathlib import Path
from tests.unit._cell.running import Runner
runner = Runner(Path(sys.argv[1]), isolation=sys.argv[2], environ={"MARK": sys.argv[3]})
print(*runner.run(sys.argv[4]), sep="|")
"""
ROOT = Path(__file__).parents[3]
WITHOUT = 'echo 0 > /proc/sys/user/max_user_namespaces && exec "$@"'


def parent(*arguments: str) -> list[str]:
    """The command of a process that runs code in a cell."""
    return [sys.executable, "-c", PARENT, *arguments]


def elsewhere() -> dict[str, str]:
    """Variables by which another process finds what this one has imported."""
    return {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}


@isolated
@pytest.mark.parametrize(
    ("isolation", "expected"),
    [
        ("auto", "0|||Held(network='open', files='open', processes='reaper', because='{}')|"),
        (
            "required",
            "None|unconfined||Held(network='open', files='open', processes='reaper', because='{}')|",
        ),
    ],
)
def test_an_account_that_may_have_no_namespaces(tmp_path: Path, isolation: str, expected: str) -> None:
    """Played by a process that may not have any: the system says so itself."""
    alone = ["unshare", "--user", "--map-root-user", "sh", "-c", WITHOUT, "sh"]
    command = [*alone, *parent(str(tmp_path / "cell"), isolation, "", "open('ran', 'w').close()")]
    done = subprocess.run(command, cwd=ROOT, env=elsewhere(), capture_output=True, text=True, check=True)
    because = "this account may have no namespaces (user.max_user_namespaces)"
    assert done.stdout == expected.format(because) + "\n"
    assert (tmp_path / "cell" / "work" / "ran").exists() is (isolation == "auto")


@isolated
def test_a_view_that_cannot_be_had_is_done_without(runner: Runner) -> None:
    cell = runner.cell()
    cell.private.rmdir()
    cell.private.touch()
    argv = [sys.executable, "-c", "print('ran')"]
    report = run(argv, cwd=str(runner.work), environ=runner.environ, log=runner.log, cell=cell)
    assert report.held == Held("cut", "open", "namespace", "Not a directory")
    assert (report.status, runner.said()) == (0, "ran\n")
    required = cell._replace(isolation="required")
    report = run(argv, cwd=str(runner.work), environ=runner.environ, log=runner.log, cell=required)
    assert (report.status, report.breach) == (None, "unconfined")


@pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")
@pytest.mark.parametrize("isolation", ["auto", "off"])
def test_nothing_outlives_a_driverenv_that_is_killed(tmp_path: Path, isolation: str) -> None:
    mark = uuid.uuid4().hex
    begun = tmp_path / "cell" / "work" / "begun"
    code = DETACHED + f"open({str(begun)!r}, 'w').close()\nimport time; time.sleep(3600)"
    command = parent(str(tmp_path / "cell"), isolation, mark, code)
    with subprocess.Popen(command, cwd=ROOT, env=elsewhere()) as process:
        while not begun.exists():
            assert process.poll() is None
            time.sleep(0.01)
        assert with_mark(mark)
        process.kill()
    while with_mark(mark):  # the warden sees that nobody waits any more; the limit is the test's own
        time.sleep(0.01)
