"""What code finds where it runs."""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path

import pytest

from driverenv._cell import keeper
from tests.unit._cell.running import AMPLE, Runner, gives_namespaces

if sys.platform != "linux":
    pytest.skip("namespaces", allow_module_level=True)

isolated = pytest.mark.skipif(not gives_namespaces(), reason="this machine gives no namespaces")


@pytest.fixture
def runner(tmp_path: Path) -> Runner:
    return Runner(tmp_path / "cell")


SEEN = """{
    "who": [os.getuid(), os.getgid(), os.getpid()],
    "powers": [line.split()[1] for line in open("/proc/self/status") if line.startswith(("CapEff", "CapPrm", "NoNewPrivs"))],
    "processes": sorted(int(one) for one in os.listdir("/proc") if one.isdigit()),
    "descriptors": sorted(int(one) for one in os.listdir("/proc/self/fd"))[:-1],
    "input": sys.stdin.read(),
    "cwd": os.getcwd(),
    "environ": sorted(os.environ),
    "run": os.listdir("/run"),
    "devices": sorted(os.listdir("/dev")),
    "random": len(open("/dev/urandom", "rb").read(3)),
    "spaces": open("/proc/sys/user/max_user_namespaces").read().strip(),
}"""


@isolated
def test_what_code_finds(runner: Runner) -> None:
    found = runner.ask(SEEN)
    assert found["who"] == [os.getuid(), os.getgid(), 2]
    assert found["powers"] == ["0000000000000000", "0000000000000000", "1"]
    assert found["processes"] == [1, 2]
    assert found["descriptors"] == [0, 1, 2]
    assert (found["input"], found["cwd"]) == ("", str(runner.work))
    assert set(found["environ"]) <= {"PATH", "LC_CTYPE"}
    assert found["run"] == []
    assert {"null", "urandom", "shm"} <= set(found["devices"]) <= {*os.listdir("/dev")}
    assert (found["random"], found["spaces"]) == (3, "0")


WRITES = """{path: (lambda: (open(path, "w").close(), "written")[1] if os.access(os.path.dirname(path), os.W_OK) else "no")()
    for path in %r}"""


@isolated
def test_it_writes_below_its_own_folder_only(runner: Runner, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    runner.needed = (*runner.needed, str(outside))
    own = [str(runner.work / "a"), "/tmp/a-build-wrote-this", "/dev/shm/a-build-wrote-this"]  # noqa: S108
    others = [str(outside / "b"), f"{sys.base_prefix}/b", "/etc/b", "/sys/kernel/b"]
    assert runner.ask(WRITES % [*own, *others]) == {
        **dict.fromkeys(own, "written"),
        **dict.fromkeys(others, "no"),
    }
    assert (runner.work / "a").exists()
    assert not Path("/tmp/a-build-wrote-this").exists()  # noqa: S108
    assert not (outside / "b").exists()


@isolated
def test_it_has_no_network_but_its_own_loopback(runner: Runner) -> None:
    """A port of this machine is out of reach; one of its own is not."""
    with socket.create_server(("127.0.0.1", 0)) as ours:
        code = (
            "import errno, socket\n"
            "with socket.create_server(('127.0.0.1', 0)) as own: socket.create_connection(own.getsockname()).close()\n"
            f"refused = socket.socket().connect_ex(('127.0.0.1', {ours.getsockname()[1]}))\n"
            "print(errno.errorcode[refused], errno.errorcode[socket.socket().connect_ex(('192.0.2.1', 80))])"
        )
        assert runner.run(code).held.network == "cut"
        assert runner.said() == "ECONNREFUSED ENETUNREACH\n"
        runner.network = True
        code = f"import socket\nsocket.create_connection(('127.0.0.1', {ours.getsockname()[1]})).close()\nprint('through')"
        assert runner.run(code).held == ("allowed", "own", "namespace", "")
        assert runner.said().endswith("through\n")


@isolated
def test_a_tool_that_lies_where_programs_meet_is_still_there(runner: Runner, tmp_path: Path) -> None:
    """Tests have their folders below /tmp, which is another one inside; so has a site whose home is there."""
    assert runner.ask("sorted(os.listdir(os.getcwd()))") == []
    tool = tmp_path / "tools" / "tool"
    tool.parent.mkdir()
    tool.write_text("here")
    (tmp_path / "link").symlink_to("tools")
    runner.environ["PATH"] += os.pathsep + str(tmp_path / "link")
    for path in (tool, tmp_path / "link" / "tool"):
        assert runner.ask(f"open({str(path)!r}).read()") == "here"


LIMITS = "[__import__('resource').getrlimit(one) for one in %r]"


@pytest.mark.parametrize("isolation", ["auto", "off"])
def test_what_the_kernel_limits(runner: Runner, isolation: str) -> None:
    import resource

    runner.isolation = isolation
    runner.limits = AMPLE._replace(memory=500 << 20, disk=1 << 20)
    kinds = [resource.RLIMIT_DATA, resource.RLIMIT_FSIZE, resource.RLIMIT_CORE]
    assert runner.ask(LIMITS % kinds) == [[500 << 20] * 2, [1 << 20] * 2, [0, 0]]


def test_the_pipe_signal_is_that_of_other_programs(runner: Runner) -> None:
    """Python ignores it, and a shell in a build would inherit that."""
    runner.run("", "/bin/sh", "-c", "trap - PIPE; kill -PIPE $$; echo alive")
    assert "alive" not in runner.said()


def test_tasks_that_count_already(monkeypatch: pytest.MonkeyPatch) -> None:
    def kernel(release: str) -> None:
        monkeypatch.setattr(os, "uname", lambda: os.uname_result(("Linux", "host", release, "1", "x86_64")))

    kernel("6.1.0-13-amd64")
    assert keeper._counted_already((keeper.USER,)) == 0
    assert keeper._counted_already(()) > 0
    kernel("5.10.0")
    assert keeper._counted_already((keeper.USER,)) > 0
