"""The guards catch what they should, tests that swallow errors included."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.kit.guards import NetworkBlockedError, is_loopback, isolated_environment, loopback_only

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1", "localhost", None, b"127.0.0.1", "::"])
def test_loopback(host: object) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["8.8.8.8", "pypi.org", "2001:db8::1", "localhost.evil.test", b"pypi.org"])
def test_beyond_loopback(host: object) -> None:
    assert not is_loopback(host)


def test_what_is_refused_is_raised_and_remembered() -> None:
    with loopback_only() as refused:
        with pytest.raises(NetworkBlockedError, match=r"192\.0\.2\.1"), socket.socket() as one:
            one.connect(("192.0.2.1", 80))
        with pytest.raises(NetworkBlockedError, match=r"name\.invalid"):
            socket.getaddrinfo("name.invalid", 443)
        with pytest.raises(NetworkBlockedError), socket.socket(type=socket.SOCK_DGRAM) as one:
            one.sendto(b"x", ("192.0.2.1", 53))
        assert len(refused) == 3


def test_home_is_isolated(home: Path) -> None:
    code = "import os, pathlib; print(pathlib.Path.home()); print(os.environ['XDG_CACHE_HOME'])"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.split() == [str(home), str(home / ".cache")]


def test_settings_of_the_machine_are_removed(tmp_path: Path) -> None:
    dirty = {"PIP_INDEX_URL": "x", "https_proxy": "x", "UV_INDEX": "x", "PATH": "p", "HTTP_PROXY": "x"}
    clean = isolated_environment(tmp_path, dirty)
    assert clean["PATH"] == "p"
    assert not set(dirty) - {"PATH"} & set(clean)


INNER = """
import os, socket, pytest

def test_well(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("X", "1")

def test_chdir(tmp_path):
    os.chdir(tmp_path)

def test_environ():
    os.environ["LEFT_OVER"] = "1"

def test_swallowed():
    try:
        socket.socket().connect(("192.0.2.1", 80))
    except BaseException:
        pass

def test_clean_again():
    assert "LEFT_OVER" not in os.environ

@pytest.mark.online
def test_online():
    with socket.socket(type=socket.SOCK_DGRAM) as one:  # connecting a datagram socket sends nothing
        one.connect_ex(("192.0.2.1", 80))
"""


@pytest.mark.slow
def test_the_fixtures_fail_such_tests(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text((ROOT / "tests" / "conftest.py").read_text())
    (tmp_path / "test_inner.py").write_text(INNER)
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers = online\n")
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-p",
        "no:cacheprovider",
        "-p",
        "no:randomly",
        "-rA",
        "-q",
        str(tmp_path),
    ]
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=tmp_path, env=environ, capture_output=True, text=True, check=False)
    lines = done.stdout.splitlines()
    errors = " ".join(line for line in lines if line.startswith("ERROR "))
    assert "test_chdir - Failed: cwd changed" in errors
    assert "test_environ - Failed: os.environ['LEFT_OVER'] was added" in errors
    assert "test_swallowed - Failed: socket.connect to '192.0.2.1'" in errors
    assert "6 passed, 3 errors" in lines[-1]
