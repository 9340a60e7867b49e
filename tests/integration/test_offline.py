"""Offline: no packet and no name look-up to anything but the local indexes."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from driverenv import Index, Policy, Request
from tests.integration import isolated
from tests.integration.auditing import Audit, audit
from tests.integration.watching import watch
from tests.kit import Answer, refused_port
from tests.kit.factories import PypiServerFactory, StaticIndexFactory
from tests.unit.stories.bench import Bench

PUBLIC = "https://pypi.org/simple/"
FILES = "https://files.pythonhosted.org/packages/ghost-1.0-py3-none-any.whl"
PROXIES = {"https_proxy": "http://proxy.corp.invalid:3128", "http_proxy": "http://proxy.corp.invalid:3128"}
LINK = f'<a href="{FILES}#sha256={64 * "0"}">ghost-1.0-py3-none-any.whl</a>'


def furnish(bench: Bench) -> None:
    bench.wheel("alpha", requires=["beta"])
    bench.sdist("beta", build_requires=["tool"])
    bench.wheel("tool")


def test_a_folder_needs_no_socket_at_all(bench: Bench) -> None:
    """Resolved, built and made, and again after the validity: not one socket is opened."""
    furnish(bench)
    seen = watch([bench.request("alpha\n", valid_for_minutes=0)] * 2)
    assert [event for event in seen["events"] if event.startswith("socket.")] == []
    assert {Path(prefix).name for prefix in seen["answers"]} == {"Switch Driver"}
    assert not {"httpx", "httpcore", "truststore"} & set(seen["loaded"])
    assert seen["last"] == []  # the second time nothing is built either


def test_nor_does_online_for_what_is_local(bench: Bench) -> None:
    furnish(bench)
    seen = watch([bench.request("alpha\n", mode="online")])
    assert [event for event in seen["events"] if event.startswith("socket.")] == []


def test_a_pypiserver_is_the_only_one_who_hears_of_us(bench: Bench, pypiserver: PypiServerFactory) -> None:
    """Its fallback on: each absent project comes with an invitation to public PyPI."""
    furnish(bench)
    server = pypiserver(bench.index, fallback=True)
    policy = Policy(mode="offline", local=[Index(server.url, name="lab")], byte_code="never")
    request = Request(bench.driver("alpha\n"), policy=policy, home=bench.home)
    seen = watch([request])
    events = [event for event in seen["events"] if event.startswith("socket.")]
    reached = {event for event in events if event.startswith(("socket.connect", "socket.send"))}
    assert reached
    assert all(f"('127.0.0.1', {server.port})" in event for event in reached)
    looked_up = [event for event in events if re.match(r"socket\.(getaddrinfo|gethostby)", event)]
    assert all(str(server.port) in event for event in looked_up)
    assert server.log.projects() == {"alpha", "beta", "tool"}


def html(body: str) -> Answer:
    return Answer(
        200, {"content-type": "text/html"}, f"<!DOCTYPE html><html><body>{body}</body></html>".encode()
    )


def requests(bench: Bench, local: Index, texts: dict[str, str]) -> list[Request]:
    """A driver for each text; everything that could lead away is configured as well."""
    policy = Policy(
        mode="offline",
        local=[local],
        extra=[Index("https://vendor.invalid/simple/", name="vendor")],
        proxies=PROXIES,
        byte_code="never",
    )
    return [Request(bench.driver(text, name), policy=policy, home=bench.home) for name, text in texts.items()]


def check(seen: Audit, expected: dict[str, str], reached: set[tuple[str, int]]) -> None:
    """Just these outcomes, and nobody was reached for but those."""
    assert dict(zip(expected, seen.outcomes, strict=True)) == expected
    assert seen.addresses == reached
    assert seen.names <= {host for host, _ in reached}
    assert {Path(program).name.startswith("python") for program in seen.programs} <= {True}


def test_whatever_a_folder_lacks_nobody_is_asked(bench: Bench) -> None:
    furnish(bench)
    bench.wheel("gamma", requires=["ghost"])
    bench.sdist("failing", fail="no compiler")
    expected = {
        "alpha": "ok",
        "ghost": "ABSENT_OFFLINE",
        "gamma": "ABSENT_OFFLINE",
        "alpha>9": "LOCAL_NO_MATCH",
        "failing": "BUILD_FAILED",
        f"thing @ {FILES}": "POLICY_URL",
    }
    seen = audit(requests(bench, Index(bench.index, name="lab"), {text: text for text in expected}))
    check(seen, expected, set())


def test_whatever_an_index_says_nobody_else_is_asked(bench: Bench, static_index: StaticIndexFactory) -> None:
    furnish(bench)
    server = static_index(bench.index)
    for name, target in {
        "sent-on": f"{PUBLIC}sent-on/",
        "sent-astray": f"{PUBLIC}other/",
        "sent-abroad": "https://mirror.invalid/simple/sent-abroad/",
        "sent-in": f"http://127.0.0.1:{server.port + 1}/simple/sent-in/",
    }.items():
        server.redirect(f"/simple/{name}/", target)
    server.override("/simple/ghost/", html(LINK))
    server.override("/simple/broken/", Answer(503, {}, b""))
    based = '<base href="https://mirror.invalid/"><a href="based-1.0.tar.gz">based-1.0.tar.gz</a>'
    server.override("/simple/based/", html(based))
    expected = {
        "alpha": "ok",
        "absent": "ABSENT_OFFLINE",
        "sent-on": "ABSENT_OFFLINE",
        "sent-astray": "LOCAL_REDIRECT",
        "sent-abroad": "LOCAL_REDIRECT",
        "sent-in": "LOCAL_REDIRECT",
        "ghost": "LOCAL_REDIRECT",
        "based": "LOCAL_REDIRECT",
        "broken": "LOCAL_ERROR",
    }
    seen = audit(requests(bench, Index(server.url, name="lab"), {text: text for text in expected}))
    check(seen, expected, {("127.0.0.1", server.port)})


def test_a_dead_index_is_the_only_one_who_is_called(bench: Bench) -> None:
    with refused_port() as port:
        seen = audit(requests(bench, Index(f"http://127.0.0.1:{port}/"), {"a": "alpha", "b": "ghost"}))
        check(seen, {"a": "LOCAL_DOWN", "b": "LOCAL_DOWN"}, {("127.0.0.1", port)})


def test_an_index_by_name_is_the_only_name_that_is_looked_up(
    bench: Bench, static_index: StaticIndexFactory
) -> None:
    furnish(bench)
    server = static_index(bench.index)
    server.redirect("/simple/sent-on/", f"{PUBLIC}sent-on/")
    local = Index(f"http://localhost:{server.port}/", name="lab")
    seen = audit(requests(bench, local, {"a": "alpha", "b": "sent-on"}))
    assert seen.outcomes == ["ok", "ABSENT_OFFLINE"]
    assert "localhost" in seen.names
    assert seen.names <= {"localhost", "127.0.0.1", "::1"}
    assert {host for host, _ in seen.addresses} <= {"127.0.0.1", "::1"}
    assert {port for _, port in seen.addresses} == {server.port}


def _why_no_namespace() -> str:
    if sys.platform != "linux" or shutil.which("unshare") is None:
        return "there is no unshare here"
    done = subprocess.run(["unshare", "-rn", "true"], capture_output=True, text=True, check=False)
    return f"unshare -rn is not permitted: {done.stderr.strip()}" if done.returncode else ""


NO_NAMESPACE = _why_no_namespace()


@pytest.mark.skipif(bool(NO_NAMESPACE), reason=NO_NAMESPACE)
def test_in_a_namespace_without_a_route(bench: Bench) -> None:
    """Nothing is missed there: not by a folder with not even loopback up, not by a pypiserver on loopback."""
    told = json.dumps({"path": sys.path, "root": str(bench.root / "isolated")}) + "\n"
    done = subprocess.run(
        ["unshare", "-rn", sys.executable, isolated.__file__],
        input=told,
        capture_output=True,
        text=True,
        check=False,
        timeout=200,
    )
    assert done.returncode == 0, done.stderr
    outcome = json.loads(done.stdout)
    assert outcome.pop("before") == outcome.pop("after") == "OSError 101"  # ENETUNREACH
    assert outcome == {
        "folder": "alpha beta",
        "folder, absent": "ABSENT_OFFLINE",
        "pypiserver": "alpha beta",
        "pypiserver, absent": "ABSENT_OFFLINE",
    }
