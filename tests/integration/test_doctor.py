"""The doctor at work, in a process of its own: whom it reaches for, what it leaves behind, what it never prints."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.kit import refused_port
from tests.kit.factories import PypiServerFactory
from tests.kit.wheels import make_wheel

_AUDITED = """
import json, sys
seen = []
def hook(event, arguments):
    if event in ("socket.connect", "socket.sendto", "socket.sendmsg", "socket.getaddrinfo", "socket.gethostbyname"):
        seen.append([event, repr(arguments[1:] if event.startswith("socket.connect") else arguments)])
sys.addaudithook(hook)
from driverenv.__main__ import main
code = main()
sys.stderr.write(json.dumps(seen))
sys.exit(code)
"""
SECRETS = {
    "LAB_PASSWORD": "s3cret-of-the-index",
    "PROXY_PASSWORD": "s3cret-of-the-proxy",
    "PIP_INDEX_URL": "s3cret-of-pip",
}


@dataclass
class Told:
    """What came of it."""

    code: int
    findings: dict[str, list[dict[str, Any]]]
    """By the name of the section, without what stands behind it in brackets."""
    reached: list[str]
    """Connections and names, as the interpreter's own audit hook saw them."""


def doctor(folder: Path, settings: str, *arguments: str) -> Told:
    """Run it with JSON."""
    file = folder / "driverenv.toml"
    file.write_text(settings, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-c", _AUDITED, "doctor", "--json", "--config", str(file), *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=200,
        cwd=folder,
        env={"HOME": str(folder), "PATH": "/nowhere", "PYTHONPATH": ":".join(sys.path), **SECRETS},
    )
    assert "s3cret" not in done.stdout + done.stderr
    document = json.loads(done.stdout)
    sections = {one["name"].partition(" (")[0]: one["findings"] for one in document["sections"]}
    return Told(done.returncode, sections, [f"{event} {what}" for event, what in json.loads(done.stderr)])


EVERYTHING_THAT_COULD_LEAD_AWAY = """
    home = "home"
    [proxy]
    location = "http://proxy.corp.invalid:3128"
    username = "me"
    password_env = "PROXY_PASSWORD"
    [[extra]]
    location = "https://vendor.invalid/simple/"
    name = "vendor"
    proxy = "site"
    [[local]]
    name = "lab"
    username = "me"
    password_env = "LAB_PASSWORD"
"""


@pytest.mark.skipif(sys.platform == "win32", reason="a search path of POSIX")
def test_offline_a_folder_needs_no_socket(tmp_path: Path) -> None:
    make_wheel(tmp_path / "index", "six", "1.0")
    settings = f'mode = "offline"\n{EVERYTHING_THAT_COULD_LEAD_AWAY}location = "index"\n'
    told = doctor(tmp_path, settings)
    assert told.reached == []
    assert [one["code"] for one in told.findings["public index public PyPI"]] == ["index-offline"]
    assert [one["code"] for one in told.findings["extra index vendor"]] == ["index-offline"]
    assert told.findings["local index lab"][0]["data"] == {"files": 1, "projects": 1}
    assert told.code == 4  # PYTHONPATH, which this test cannot do without
    assert sorted(one.name for one in tmp_path.iterdir()) == ["driverenv.toml", "index"]  # and no home


@pytest.mark.skipif(sys.platform == "win32", reason="a search path of POSIX")
def test_offline_a_pypiserver_is_the_only_one_who_hears_of_us(
    tmp_path: Path, pypiserver: PypiServerFactory
) -> None:
    """Its fallback on: the doctor asks whether it is, and does not follow."""
    make_wheel(tmp_path / "index", "six", "1.0")
    server = pypiserver(tmp_path / "index", fallback=True, passwords={"me": SECRETS["LAB_PASSWORD"]})
    settings = f'mode = "offline"\n{EVERYTHING_THAT_COULD_LEAD_AWAY}location = "{server.url}"\n'
    told = doctor(tmp_path, settings, "--index", "lab")
    assert told.reached
    assert {str(server.port) in one and "127.0.0.1" in one for one in told.reached} == {True}
    found = {one["code"]: one for one in told.findings["local index lab"]}
    assert {one["status"] for one in found.values()} == {"ok"}
    assert found["index-fallback"]["data"]["to"].startswith("https://pypi.org/simple/")
    assert found["index-uploads"]["detail"] == "only with a password"
    assert [one.name for one in (tmp_path / "index").iterdir()] == ["six-1.0-py3-none-any.whl"]
    methods = [row.request.method for row in server.log]
    assert methods.count("POST") == 1


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="a search path of POSIX")
def test_what_is_dead_is_told_and_the_rest_is_looked_at(tmp_path: Path) -> None:
    with refused_port() as port:
        settings = f'public = false\nhome = "home"\nlocal = ["http://127.0.0.1:{port}/"]\n[pythons]\n"2" = "/nowhere"\n'
        told = doctor(tmp_path, settings, "--fast")
    assert told.code == 3
    (dead,) = told.findings[f"local index http://127.0.0.1:{port}/"]
    assert (dead["code"], dead["status"], dead["data"]) == (
        "index-connection",
        "fail",
        {"error": "LOCAL_DOWN"},
    )
    statuses = {one["detail"].partition(":")[0]: one["status"] for one in told.findings["Pythons"]}
    assert statuses == {"for drivers that name none": "ok", "for drivers that say 2 (/nowhere)": "fail"}
