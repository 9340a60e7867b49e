"""Secrets are planted wherever there is room for them; nothing that a launch says or leaves behind has one."""

from __future__ import annotations

import json
import logging
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from driverenv import DriverEnvError, Index, Policy, Request, prepare
from driverenv.events import Event
from driverenv.stories.lock import lock
from tests.integration.canaries import USER, faces, found_below, found_in
from tests.integration.command_line import driverenv
from tests.kit import Answer, RawServer, rawserver, refused_port
from tests.kit.factories import PypiServerFactory, RawServerFactory, StaticIndexFactory
from tests.unit.stories.bench import Bench

PASSWORD, PROXY, OTHER = "canary7f3a91password", "canary5d20c4proxy", "canary91be07other"
SECRETS = [PASSWORD, PROXY, OTHER]
PLACES = ("url", "password_env", "password_file", "netrc", "keyring")
LISTING = """
import os, sys
for name in sorted(os.listdir("/proc")) if os.path.isdir("/proc") else ():
    if name.isdigit():
        try:
            with open("/proc/%s/cmdline" % name, "rb") as file:
                print("process", file.read().replace(b"\\0", b" "))
        except OSError:
            pass
print("variables", dict(os.environ))
print("the end of the list")
"""


def test_the_search_finds_what_is_there(tmp_path: Path) -> None:
    """The control: each hiding place that the search knows of."""
    import base64
    import gzip
    import zipfile

    (tmp_path / "plain").write_bytes(b"..." + PASSWORD.encode() + b"...")
    (tmp_path / "packed.gz").write_bytes(gzip.compress(PASSWORD.encode()))
    (tmp_path / "basic").write_bytes(base64.b64encode(f"{USER}:{PASSWORD}".encode()))
    (tmp_path / "shifted").write_bytes(base64.b64encode(f"u:{PASSWORD}".encode()))
    with zipfile.ZipFile(tmp_path / "wheel.whl", "w") as archive:
        archive.writestr("x", PASSWORD)
    (tmp_path / PASSWORD).mkdir()
    (tmp_path / "clean").write_bytes(b"nothing")
    hits = {Path(hit.partition(": ")[0]).name for hit in found_below(tmp_path, SECRETS)}
    assert hits == {"plain", "packed.gz", "basic", "shifted", "wheel.whl", PASSWORD}


@dataclass
class Planted:
    """A site whose settings name a pypiserver with a password, kept in one of the places."""

    bench: Bench
    url: str
    place: str
    environ: dict[str, str] = field(default_factory=lambda: dict(os.environ))

    def settings(self) -> Path:
        """The settings file, and whatever else this place needs."""
        root, bare = self.bench.root, self.url.removeprefix("http://")
        rows = {"location": self.url, "name": "lab", "username": USER}
        if self.place == "url":
            rows["location"] = f"http://{USER}:{PASSWORD}@{bare}"
            del rows["username"]
        elif self.place == "password_env":
            rows["password_env"] = "LAB_PASSWORD"
            self.environ["LAB_PASSWORD"] = PASSWORD
        elif self.place == "password_file":
            (root / "password").write_text(PASSWORD + "\n", encoding="utf-8")
            rows["password_file"] = str(root / "password")
        elif self.place == "netrc":
            self._netrc(root / "netrc")
            rows["credentials"] = "netrc"
        else:
            self._keyring(root / "bin")
            rows["credentials"] = "keyring"
        self.environ |= dict.fromkeys(("https_proxy", "http_proxy"), f"http://{USER}:{PROXY}@127.0.0.1:9")
        config = root / "driverenv.toml"
        index = "".join(f"{key} = {json.dumps(value)}\n" for key, value in rows.items())
        public = f'public = "https://{USER}:{OTHER}@mirror.invalid/simple/"\n'
        config.write_text(
            f'mode = "offline"\nbyte_code = "now"\n{public}\n[[local]]\n{index}', encoding="utf-8"
        )
        return config

    def _netrc(self, file: Path) -> None:
        file.write_text(
            f"machine 127.0.0.1 login {USER} password {PASSWORD}\nmachine other login x password {OTHER}\n",
            encoding="utf-8",
        )
        file.chmod(0o600)
        self.environ["NETRC"] = str(file)

    def asked_keyring(self) -> list[list[str]]:
        """The arguments that it was called with, each list once."""
        lines = (self.bench.root / "bin" / "asked").read_text(encoding="utf-8").splitlines()
        return [json.loads(line) for line in dict.fromkeys(lines)]

    def _keyring(self, folder: Path) -> None:
        folder.mkdir()
        script = folder / "keyring"
        noted = f"open({str(folder / 'asked')!r}, 'a').write(json.dumps(sys.argv[1:]) + chr(10))"
        code = f"import json, sys\n{noted}\nprint({PASSWORD!r})\n"
        script.write_text(f"#!{sys.executable}\n{code}", encoding="utf-8")
        script.chmod(0o700)
        self.environ["PATH"] = f"{folder}{os.pathsep}{self.environ.get('PATH', '')}"


@pytest.mark.slow
@pytest.mark.parametrize("place", PLACES)
def test_a_password_serves_and_is_seen_nowhere(  # noqa: PLR0915 (one story)
    bench: Bench, pypiserver: PypiServerFactory, place: str
) -> None:
    """The command, with a real pypiserver that lets nobody else in: success, an odd build, and failures."""
    if place == "keyring" and os.name != "posix":
        pytest.skip("the keyring here is a script")
    bench.wheel("alpha", requires=["beta"])
    bench.sdist("beta")
    bench.sdist("failing", build_code=LISTING, fail="no compiler")
    server = pypiserver(bench.index, passwords={USER: PASSWORD})
    planted = Planted(bench, server.url, place)
    options = ["--config", str(planted.settings()), "--home", str(bench.home)]
    facts = bench.root / "facts.json"
    told = ""

    def command(*arguments: str, code: int = 0) -> str:
        nonlocal told
        done = driverenv(*arguments, *options, environ=planted.environ)
        assert done.code == code, done.err
        told += done.out + done.err
        return done.out + done.err

    driver = str(bench.driver("alpha\n"))
    command("prepare", driver, "--verbose", "--save-facts", str(facts))
    command("explain", driver)
    command("config", "show")
    built = command("prepare", str(bench.driver("failing\n", "Failing")), "--json", code=110)
    command("prepare", str(bench.driver("alpha\nghost\n", "Ghost")), "--verbose", code=105)
    online = str(bench.driver("ghost\n", "Online"))
    command("prepare", online, "--online", "--verbose", code=106)
    command("prepare", online, "--online", "--json", code=106)
    if place == "url":
        assert "<title>" in command("report")
        command("report", "--json")
        for name, form in {"pylock.toml": "pylock", "pins.txt": "pins", "lock.json": "json"}.items():
            command("lock", driver, "--format", form, "-o", str(bench.root / name))
            told += (bench.root / name).read_text(encoding="utf-8")
    if place == "keyring":
        assert planted.asked_keyring() == [["get", server.url, USER]]
    logs = "".join(path.read_text(encoding="utf-8", errors="replace") for path in bench.home.rglob("*.log"))
    assert "the end of the list" in built + logs  # the build has seen the list of processes
    assert found_in(told + logs + facts.read_text(encoding="utf-8"), SECRETS) == []
    assert found_below(bench.home, SECRETS) == []


# ------------------------------------------------------------------------------------ hostile servers

HEADERS = {
    "Set-Cookie": f"session={OTHER}",
    "WWW-Authenticate": f'Basic realm="{OTHER}"',
    "Proxy-Authenticate": f'Basic realm="{OTHER}"',
    "X-Token": OTHER,
}
WITH_SECRET = f"http://{USER}:{OTHER}@"


def page(body: str) -> bytes:
    return f"<!DOCTYPE html><html><body>{body}</body></html>".encode()


def answers(server: RawServer) -> Iterator[tuple[str, rawserver.Script, set[str]]]:
    """What each project's page says, and the codes that may come of it."""
    own = f"127.0.0.1:{server.port}"
    link = "{}-1.0-py3-none-any.whl"
    yield "refused", rawserver.page(b"", "401 No", HEADERS), {"LOCAL_AUTH"}
    yield "proxied", rawserver.page(b"", "407 No", HEADERS), {"PROXY_AUTH"}
    yield "failed", rawserver.page(b"", "500 No", HEADERS), {"LOCAL_ERROR"}
    yield (
        "broken",
        rawserver.raw(f"HTTP/1.1 200 OK\r\nSet-Cookie\0: {OTHER}\r\n\r\n".encode()),
        {"LOCAL_NOT_AN_INDEX"},
    )
    for name, target in {
        "abroad": f"{WITH_SECRET}elsewhere.invalid/abroad/",
        "schemeless": f"//{USER}:{OTHER}@elsewhere.invalid/schemeless/",
        "slashed": f"http://{USER}:pass/{OTHER}@elsewhere.invalid/slashed/",
        "token": f"http://elsewhere.invalid/token/?token={OTHER}",
        "loop": f"{WITH_SECRET}{own}/simple/loop/",
        "nowhere": f"http://{USER}:{OTHER}@:x/",
    }.items():
        script = rawserver.page(b"", "302 Found", {**HEADERS, "Location": target})
        yield name, script, {"LOCAL_REDIRECT"}
    for name, target in {
        "linked": f"{WITH_SECRET}elsewhere.invalid/{link}",
        "queried": f"http://elsewhere.invalid/{link}?token={OTHER}",
        "schemeless-link": f"//{USER}:{OTHER}@elsewhere.invalid/{link}",
        "ftp-link": f"ftp://{USER}:{OTHER}@elsewhere.invalid/{link}",
        "bad-link": f"http://{USER}:{OTHER}@[bad/{link}",
    }.items():
        body = page(
            f'<a href="{target.format(name.replace("-", "_"))}">{link.format(name.replace("-", "_"))}</a>'
        )
        yield name, rawserver.page(body, headers=HEADERS), {"LOCAL_REDIRECT", "LOCAL_NOT_AN_INDEX"}
    body = page(f'<a href="{WITH_SECRET}{own}/files/{link.format("gone")}">{link.format("gone")}</a>')
    yield "gone", rawserver.page(body, headers=HEADERS), {"LOCAL_ERROR", "LOCAL_NO_MATCH"}


def test_what_a_server_sends_is_seen_nowhere(
    bench: Bench, raw_server: RawServerFactory, caplog: pytest.LogCaptureFixture
) -> None:
    """Secrets of others in headers, redirects and links: no error, event, log or file repeats them."""
    caplog.set_level(logging.DEBUG)
    server, events = raw_server(), list[Event]()
    index = Index(server.simple_url, name="lab", username=USER, password=PASSWORD)
    policy = Policy(
        mode="offline", local=[index], proxies={"https_proxy": f"http://{USER}:{PROXY}@p"}, byte_code="never"
    )
    token = Index(f"https://{OTHER}@vendor.invalid/simple/", name="vendor")
    shown = [repr(policy), repr(index), str(index), repr(policy.replace(extra=[token]))]
    for name, script, codes in answers(server):
        server.script(f"/simple/{name}/", script)
        request = Request(bench.driver(f"{name}\n", name), policy=policy, home=bench.home)
        with pytest.raises(DriverEnvError) as caught:
            prepare(request, on_event=events.append)
        assert caught.value.code in codes, f"{name}: {caught.value}"
        assert found_in(faces(caught.value), SECRETS) == [], name
    shown += [repr(event) + str(event) for event in events]
    shown += [record.getMessage() for record in caplog.records]
    assert found_in("\n".join(shown), SECRETS) == []
    assert found_below(bench.home, SECRETS) == []


def test_credentials_in_the_links_of_a_page_that_works(
    bench: Bench, static_index: StaticIndexFactory, caplog: pytest.LogCaptureFixture
) -> None:
    """Its own origin, so that the file is fetched; the credentials are neither used nor kept."""
    caplog.set_level(logging.DEBUG)
    wheel = bench.wheel("alpha")
    server, events = static_index(bench.index), list[Event]()
    own = server.url.replace("http://", f"http://{USER}:{OTHER}@")
    server.override(
        "/simple/alpha/",
        Answer(200, {"content-type": "text/html"}, page(f'<a href="{own}/files/{wheel.name}">x</a>')),
    )
    server.override(f"/files/{wheel.name}", Answer(200, {}, wheel.read_bytes()))
    policy = Policy(mode="offline", local=[Index(server.simple_url, name="lab")], byte_code="never")
    request = Request(bench.driver("alpha\n"), policy=policy, home=bench.home)
    made = prepare(request, on_event=events.append)
    assert [row for row in server.log if "authorization" in row.request.headers] == []
    assert f"/files/{wheel.name}" in server.log.paths()
    shown = [
        repr(made),
        repr(lock(request)),
        *map(repr, events),
        *(row.getMessage() for row in caplog.records),
    ]
    assert found_in("\n".join(shown), SECRETS) == []
    assert found_below(bench.home, SECRETS) == []


def test_a_proxy_that_is_dead_is_named_without_its_password(bench: Bench) -> None:
    with refused_port() as port:
        proxy = f"http://{USER}:{PROXY}@127.0.0.1:{port}"
        local = Index("http://pypi.lab.invalid/", name="lab", proxy=proxy)
        policy = Policy(mode="offline", local=[local], byte_code="never")
        with pytest.raises(DriverEnvError) as caught:
            prepare(Request(bench.driver("alpha\n"), policy=policy, home=bench.home))
        assert caught.value.code == "LOCAL_DOWN"
        assert f"the proxy http://127.0.0.1:{port} (set as `proxy` of the index lab)" in str(caught.value)
    assert found_in(faces(caught.value), SECRETS) == []
    assert found_below(bench.home, SECRETS) == []
