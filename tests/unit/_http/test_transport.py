"""The transport against servers that misbehave to the byte."""

from __future__ import annotations

import gzip
import itertools
import logging
import socket
import ssl
import threading
import time
import traceback
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme

from driverenv._http import Body, HttpTransport, Response, Timeouts, TransportFailure, open_transport
from driverenv._http.lookup import Lookup
from driverenv.errors import SettingsInvalid
from driverenv.model.fleet import Fleet
from driverenv.model.site import Index, Policy
from tests.kit import RawServer, rawserver, refused_port
from tests.kit.factories import RawServerFactory, StaticIndexFactory, WheelFactory

BODY = b"<!DOCTYPE html><html><body><a href='six-1.0.tar.gz'>six-1.0.tar.gz</a></body></html>"


class Site:
    """A raw server as the only local index, and a transport that never really sleeps."""

    def __init__(self, server: RawServer, transport: HttpTransport, index: Index, waits: list[float]) -> None:
        self.server, self.transport, self.index, self.waits = server, transport, index, waits
        self.url = server.url + "/p"

    def get(self, limit: int = 1 << 20) -> bytes:
        return self.transport.get(self.index, self.url, public=False, limit=limit).body

    def failure(self, limit: int = 1 << 20) -> TransportFailure:
        with pytest.raises(TransportFailure) as caught:
            self.get(limit)
        return caught.value


@pytest.fixture
def site(raw_server: RawServerFactory) -> Iterator[Site]:
    server, waits = raw_server(), list[float]()
    index = Index(server.simple_url, username="me", password="secret")
    times = Timeouts(connect=2, first_byte=20, answer=30, whole=60, sleep=waits.append)
    with open_transport(Policy(local=[index], public=None), timeouts=times) as transport:
        yield Site(server, transport, index, waits)


@pytest.mark.parametrize(
    "script",
    [
        rawserver.page(BODY),
        rawserver.http10(BODY),
        rawserver.http10(BODY, with_length=False),
        rawserver.without_length(BODY),
        rawserver.chunked(BODY[:10], BODY[10:]),
        rawserver.page(gzip.compress(BODY), headers={"Content-Encoding": "gzip"}),
    ],
)
def test_good_answers(site: Site, script: rawserver.Script) -> None:
    site.server.script("/p", script)
    assert site.get() == BODY
    assert len(site.server.log) == 1


@pytest.mark.parametrize(
    ("script", "kind", "tries"),
    [
        (rawserver.close_without_answer(), "down", 2),
        (rawserver.reset_before_answer(), "down", 2),
        (rawserver.cut(BODY, after=10), "truncated", 3),
        (rawserver.reset_at(BODY, after=10), "truncated", 3),
        (rawserver.wrong_length(BODY, length=len(BODY) + 1), "truncated", 3),
        (rawserver.chunked(BODY, ended=False), "truncated", 3),
        (rawserver.without_length(BODY[:-9]), "truncated", 3),
        (rawserver.page(gzip.compress(BODY)[:-9], headers={"Content-Encoding": "gzip"}), "truncated", 3),
        (rawserver.page(BODY, headers={"Content-Encoding": "br"}), "protocol", 1),
        (rawserver.page(BODY, headers={"Content-Encoding": "gzip"}), "protocol", 1),
        (rawserver.raw(b"SSH-2.0-OpenSSH\r\n\r\n"), "protocol", 1),
        (rawserver.endless(), "too-large", 1),
        (rawserver.endless(chunked=True), "too-large", 1),
    ],
)
def test_faults_have_their_kind_and_number_of_tries(
    site: Site, script: rawserver.Script, kind: str, tries: int
) -> None:
    site.server.script("/p", script)
    failure = site.failure()
    assert (failure.kind, len(site.server.log)) == (kind, tries), failure


@pytest.mark.parametrize(
    ("script", "tries"), [(rawserver.never_answer(), 2), (rawserver.never_finish(BODY, after=10), 1)]
)
def test_silence_ends(raw_server: RawServerFactory, script: rawserver.Script, tries: int) -> None:
    server = raw_server()
    server.script("/p", script)
    index = Index(server.url)
    with open_transport(Policy(local=[index]), timeouts=Timeouts(first_byte=0.3, whole=0.9)) as transport:
        with pytest.raises(TransportFailure) as caught:
            transport.get(index, server.url + "/p", public=False)
        assert (caught.value.kind, len(server.log)) == ("timeout", tries)


def test_a_bomb_is_bounded(site: Site) -> None:
    bomb = gzip.compress(bytes(64 << 20))
    site.server.script("/p", rawserver.page(bomb, headers={"Content-Encoding": "gzip"}))
    failure = site.failure(limit=1 << 20)
    assert failure.kind == "too-large"
    assert failure.partial is not None
    assert failure.partial.body == bytes(64 * 1024)
    assert not failure.partial.whole


@pytest.mark.parametrize(
    ("status", "tries"), [("503 Busy", 3), ("429 Slow", 3), ("501 No", 1), ("404 No", 1)]
)
def test_statuses_are_tried_again_or_not(site: Site, status: str, tries: int) -> None:
    site.server.script("/p", rawserver.page(b"", status))
    answer = site.transport.get(site.index, site.url, public=False)
    assert answer.status == int(status[:3])
    assert len(site.server.log) == tries


def test_an_outage_heals(raw_server: RawServerFactory) -> None:
    server, waits = raw_server(), list[float]()
    index = Index(server.url)
    bodies = [rawserver.page(b"", "503 Busy"), rawserver.cut(BODY, after=3), rawserver.page(BODY)]
    server.script("/p", *bodies)
    times = Timeouts(sleep=waits.append)
    with open_transport(Policy(local=[index], public=None), timeouts=times) as transport:
        assert transport.get(index, server.url + "/p", public=False).body == BODY
    assert waits == [0.2, 1.0]


def test_retry_after_is_honoured_inside_the_deadline(raw_server: RawServerFactory) -> None:
    server, waits = raw_server(), list[float]()
    index = Index(server.url)
    server.script("/soon", rawserver.page(b"", "429 Slow", {"Retry-After": "3"}), rawserver.page(BODY))
    server.script("/late", rawserver.page(b"", "429 Slow", {"Retry-After": "3600"}), rawserver.page(BODY))
    times = Timeouts(clock=lambda: time.monotonic() + sum(waits), sleep=waits.append)
    with open_transport(Policy(local=[index]), timeouts=times) as transport:
        assert transport.get(index, server.url + "/soon", public=False).status == 200
        assert transport.get(index, server.url + "/late", public=False).status == 429
    assert waits == [3.0]


def test_slow_headers_end_at_the_deadline(raw_server: RawServerFactory) -> None:
    def slow(wire: rawserver.Wire) -> None:
        wire.send(b"HTTP/1.1 200 OK\r\n")
        for number in itertools.count():
            if wire.wait_for_stop(0.02):
                return
            wire.send(b"X-%d: y\r\n" % number)

    server = raw_server()
    server.script("/p", slow)
    index = Index(server.url)
    times = Timeouts(first_byte=0.3)
    with (
        open_transport(Policy(local=[index]), timeouts=times) as transport,
        pytest.raises(TransportFailure) as caught,
    ):
        transport.get(index, server.url + "/p", public=False)
    assert caught.value.kind == "timeout"


def test_slow_bodies_end(raw_server: RawServerFactory) -> None:
    server = raw_server()
    index = Index(server.url)
    server.script("/p", rawserver.trickle(BODY * 10, pause=0.02))
    times = Timeouts(first_byte=5, grace=0.2)
    with open_transport(Policy(local=[index]), timeouts=times) as transport:
        with pytest.raises(TransportFailure, match="less than 1024 bytes per second"):
            transport.get(index, server.url + "/p", public=False)
        with (
            pytest.raises(TransportFailure, match="less than 1024 bytes"),
            transport.stream(index, server.url + "/p", public=False) as stream,
        ):
            list(stream.chunks)
    with (
        open_transport(Policy(local=[index]), timeouts=replace(times, grace=60, whole=0.3)) as transport,
        pytest.raises(TransportFailure, match="in time"),
    ):
        transport.get(index, server.url + "/p", public=False)
    assert len(server.log) == 3


def test_nobody_listens(site: Site) -> None:
    with refused_port() as port:
        index = Index(f"http://127.0.0.1:{port}")
        with open_transport(Policy(local=[index]), timeouts=Timeouts(sleep=site.waits.append)) as transport:
            with pytest.raises(TransportFailure) as caught:
                transport.get(index, f"http://127.0.0.1:{port}/x", public=False)
            assert caught.value.kind == "down"
    assert site.waits == [0.2]


def test_credentials_go_to_the_own_origin_only(site: Site, raw_server: RawServerFactory) -> None:
    site.server.script("/p", rawserver.page(BODY))
    site.get()
    first = next(iter(site.server.log)).request
    assert first.headers["authorization"].startswith("Basic ")
    assert first.headers["user-agent"].startswith("driverenv/")
    other = raw_server()
    with pytest.raises(TransportFailure) as caught:
        site.transport.get(site.index, other.url + "/p", public=False)
    assert caught.value.kind == "forbidden"
    assert len(other.log) == 0


def test_public_on_loopback_gets_no_credentials_elsewhere(raw_server: RawServerFactory) -> None:
    public, files = raw_server(), raw_server()
    index = Index(public.simple_url, username="me", password="secret", file_hosts=[f"127.0.0.1:{files.port}"])
    for server in (public, files):
        server.script("/p", rawserver.page(BODY))
    with open_transport(Policy(public=index)) as transport:
        transport.get(index, public.url + "/p", public=True)
        transport.get(index, files.url + "/p", public=True)
    assert "authorization" in next(iter(public.log)).request.headers
    assert "authorization" not in next(iter(files.log)).request.headers


@pytest.mark.parametrize("mode", ["online", "offline"])
def test_offline_nothing_leaves(raw_server: RawServerFactory, mode: str) -> None:
    public = raw_server()
    public.otherwise(rawserver.page(BODY))
    index, seen = Index(public.url, name="pypi"), list[tuple[str, str, str, bool]]()

    def note(index: str, method: str, url: str, public: bool) -> AbstractContextManager[None]:
        seen.append((index, method, url, public))
        return nullcontext()

    with open_transport(Policy(mode=mode, public=index), on_request=note) as transport:
        if mode == "online":
            assert transport.get(index, public.url + "/p", public=True).body == BODY
            assert seen == [(str(index), "GET", public.url + "/p", True)]
        else:
            with pytest.raises(TransportFailure, match="offline"):
                transport.get(index, public.url + "/p", public=True)
            with (
                pytest.raises(TransportFailure, match="offline"),
                transport.stream(index, public.url + "/p", public=True),
            ):
                pass
            assert seen == []
    assert len(public.log) == len(seen)


@pytest.mark.parametrize(
    "url", ["https://pypi.org/simple/x/", "http://nowhere.invalid/", "ftp://x/", "nonsense", "http://a b/"]
)
def test_a_local_index_cannot_reach_further(site: Site, url: str) -> None:
    with pytest.raises(TransportFailure) as caught:
        site.transport.get(site.index, url, public=False)
    assert caught.value.kind == "forbidden"
    with pytest.raises(TransportFailure) as caught:
        site.transport.get(site.index, url, public=True)
    assert caught.value.kind == "forbidden"


def test_redirects_are_answers(site: Site) -> None:
    headers = {"Location": "https://pypi.org/simple/six/"}
    site.server.script("/p", rawserver.page(b"", "303 See Other", headers))
    answer = site.transport.get(site.index, site.url, public=False)
    assert (answer.status, answer.headers["location"]) == (303, headers["Location"])


def test_ranges(site: Site) -> None:
    site.server.script("/p", rawserver.page(BODY))
    for wanted in ((2, 5), 7):
        site.transport.get(site.index, site.url, public=False, byte_range=wanted)
    sent = [row.request.headers for row in site.server.log]
    assert [one["range"] for one in sent] == ["bytes=2-5", "bytes=-7"]
    assert {one["accept-encoding"] for one in sent} == {"identity"}


def test_streams(site: Site) -> None:
    site.server.script("/p", rawserver.close_without_answer(), rawserver.page(BODY))
    with site.transport.stream(site.index, site.url, public=False, offset=5) as stream:
        assert stream.status == 200
        assert b"".join(stream.chunks) == BODY
    assert [row.request.headers["range"] for row in site.server.log] == ["bytes=5-"] * 2


def test_a_stream_that_breaks_off_says_so(site: Site) -> None:
    site.server.script("/p", rawserver.reset_at(BODY, after=10))
    got = list[bytes]()
    with (
        pytest.raises(TransportFailure) as caught,
        site.transport.stream(site.index, site.url, public=False) as stream,
    ):
        got.extend(stream.chunks)
    assert caught.value.kind == "truncated"
    assert b"".join(got) in (b"", BODY[:10])  # a reset may swallow what came before it


def test_a_streams_user_keeps_its_own_exceptions(site: Site) -> None:
    site.server.script("/p", rawserver.page(BODY))
    with (
        pytest.raises(ConnectionResetError, match="mine"),
        site.transport.stream(site.index, site.url, public=False),
    ):
        raise ConnectionResetError("mine")


def test_a_stream_heals_and_gives_the_last_status(site: Site) -> None:
    site.server.script("/p", rawserver.page(b"", "503 Busy"))
    with site.transport.stream(site.index, site.url, public=False) as stream:
        assert stream.status == 503
    assert len(site.server.log) == 3


def test_at_most_two_pages_and_two_files_at_once(raw_server: RawServerFactory) -> None:
    server, now, most, lock = raw_server(), [0], [0], threading.Lock()
    full = threading.Event()

    def count(wire: rawserver.Wire) -> None:
        with lock:
            now[0] += 1
            most[0] = max(most[0], now[0])
            if now[0] == 4:
                full.set()
        assert full.wait(20)
        with lock:
            now[0] -= 1
        rawserver.page(BODY)(wire)

    server.otherwise(count)
    index = Index(server.url)
    with open_transport(Policy(local=[index])) as transport:
        threads = [
            threading.Thread(
                target=transport.get,
                args=(index, f"{server.url}/{n}"),
                kwargs={"public": False, "accept": "text/html" if n % 2 else ""},
            )
            for n in range(12)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(server.log) == 12
    assert most[0] == 4


def test_tls_that_cannot_be_trusted(raw_server: RawServerFactory) -> None:
    server = raw_server()
    index = Index(f"https://127.0.0.1:{server.port}")
    server.on_accept(rawserver.raw(b"HTTP/1.0 400 plain http here\r\n\r\n"))
    with (
        open_transport(Policy(local=[index], public=None)) as transport,
        pytest.raises(TransportFailure) as caught,
    ):
        transport.get(index, index.location + "/x", public=False)
    assert caught.value.kind == "tls"


def test_messages_never_show_credentials(site: Site) -> None:
    seen = list[str]()
    index = Index(f"http://me:secret@127.0.0.1:{site.server.port}/simple/")
    site.server.script("/p", rawserver.page(BODY))

    def note(index: str, _method: str, url: str, _public: bool) -> AbstractContextManager[None]:
        seen.extend((index, url))
        return nullcontext()

    with open_transport(Policy(local=[index]), on_request=note) as transport:
        answer = transport.get(index, f"http://me:secret@127.0.0.1:{site.server.port}/p", public=False)
    assert "secret" not in answer.url + "".join(seen)


def test_a_proxy_counts_for_public_alone(raw_server: RawServerFactory) -> None:
    proxy = raw_server()
    proxy.otherwise(rawserver.page(b"", "407 Proxy Authentication Required"))
    index = Index("https://mirror.invalid/simple/")
    proxies = {"https_proxy": f"me:secret@127.0.0.1:{proxy.port}"}
    with (
        open_transport(Policy(public=index), proxies=proxies) as transport,
        pytest.raises(TransportFailure) as caught,
    ):
        transport.get(index, index.location + "six/", public=True)
    assert caught.value.kind == "proxy-auth"
    shown = f"the proxy http://127.0.0.1:{proxy.port} (set as https_proxy)"
    assert caught.value.detail == f"HTTP status 407: {shown} does not accept the user name and password"
    assert [row.request.method for row in proxy.log] == ["CONNECT"]


def test_nothing_is_imported_before_the_first_request() -> None:
    import subprocess
    import sys

    code = (
        "import sys; from driverenv._http import open_transport; from driverenv.model.site import Policy\n"
        "with open_transport(Policy()): print(sorted({'httpx', 'truststore', 'ssl'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_tls_by_certificate(
    static_index: StaticIndexFactory, tmp_path: Path, make_wheel: WheelFactory
) -> None:
    authority = trustme.CA()
    make_wheel("six", "1.0", tmp_path)
    served, trusting = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    authority.issue_cert("127.0.0.1").configure_cert(served)
    authority.configure_trust(trusting)
    server = static_index(tmp_path, tls=served)
    index = Index(server.simple_url)
    with open_transport(Policy(local=[index]), tls=trusting) as transport:
        assert transport.get(index, server.simple_url + "six/", public=False).status == 200
    with (
        open_transport(Policy(local=[index])) as transport,
        pytest.raises(TransportFailure) as caught,
    ):
        transport.get(index, server.simple_url + "six/", public=False)
    assert caught.value.kind == "tls"
    assert len(server.log) == 1


def test_certificates_of_a_file_and_of_anybody(
    static_index: StaticIndexFactory, tmp_path: Path, make_wheel: WheelFactory
) -> None:
    """Each index has its own trust: what one accepts, no other does, at the very same address."""
    authority = trustme.CA()
    make_wheel("six", "1.0", tmp_path)
    served = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(served)
    ca_file = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(ca_file))
    server = static_index(tmp_path, tls=served)
    by_file = Index(server.simple_url, name="file", ca_file=str(ca_file))
    by_none = Index(server.simple_url, name="none", verify=False)
    by_system = Index(server.simple_url, name="system")
    local = [by_file, by_none, by_system]
    with open_transport(Policy(local=local, public=None)) as transport:
        for index in (by_none, by_file):
            assert transport.get(index, server.simple_url, public=False).status == 200
        with pytest.raises(TransportFailure) as caught:
            transport.get(by_system, server.simple_url, public=False)
        assert caught.value.kind == "tls"
        broken = by_file.replace(ca_file=str(tmp_path / "nowhere.pem"))
    with (
        open_transport(Policy(local=[broken])) as transport,
        pytest.raises(TransportFailure, match=r"nowhere\.pem cannot be used"),
    ):
        transport.get(broken, server.simple_url, public=False)
    assert len(server.log) == 2


DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("begins", "ends", "host", "newest", "case"),
    [
        (-2, -1, "127.0.0.1", None, "expired"),
        (2, 3, "127.0.0.1", None, "early"),
        (-1, 1, "pypi.lab", None, "host"),
        (-1, 1, "127.0.0.1", ssl.TLSVersion.TLSv1_1, "protocol"),
        (-1, 1, "127.0.0.1", None, "client"),
    ],
)
@pytest.mark.filterwarnings("ignore:ssl.TLSVersion")
def test_why_there_is_no_trust(
    static_index: StaticIndexFactory,
    tmp_path: Path,
    *,
    begins: int,
    ends: int,
    host: str,
    newest: ssl.TLSVersion | None,
    case: str,
) -> None:
    authority, now = trustme.CA(), datetime.now(UTC)
    served = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(host, not_before=now + begins * DAY, not_after=now + ends * DAY).configure_cert(
        served
    )
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    if newest is not None:
        served.minimum_version, served.maximum_version = ssl.TLSVersion.TLSv1, newest
        served.set_ciphers("ALL:@SECLEVEL=0")
    if case == "client":
        served.verify_mode = ssl.CERT_REQUIRED
        authority.configure_trust(served)
    server = static_index(tmp_path, tls=served)
    index = Index(server.simple_url, ca_file=str(tmp_path / "ca.pem"))
    with open_transport(Policy(local=[index])) as transport, pytest.raises(TransportFailure) as caught:
        transport.get(index, server.simple_url, public=False)
    assert (caught.value.kind, caught.value.case, caught.value.again) == ("tls", case, False)
    assert len(server.log) == 0


def test_a_certificate_of_ours_is_shown_to_the_index_alone(
    static_index: StaticIndexFactory, tmp_path: Path
) -> None:
    authority = trustme.CA()
    served = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    served.verify_mode = ssl.CERT_REQUIRED
    authority.issue_cert("127.0.0.1").configure_cert(served)
    authority.configure_trust(served)
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    authority.issue_cert("me@lab").private_key_and_cert_chain_pem.write_to_path(str(tmp_path / "me.pem"))
    server, other = static_index(tmp_path, tls=served), static_index(tmp_path, tls=served)
    index = Index(
        server.url,
        ca_file=str(tmp_path / "ca.pem"),
        client_cert=str(tmp_path / "me.pem"),
        file_hosts=[f"127.0.0.1:{other.port}"],
    )
    with open_transport(Policy(local=[index])) as transport:
        assert transport.get(index, f"{server.url}/x", public=False).status == 404
        with pytest.raises(TransportFailure) as caught:
            transport.get(index, f"{other.url}/x", public=False)
    assert caught.value.case == "client"
    assert len(other.log) == 0


def test_a_host_that_is_named_by_the_terms_shows_its_certificate(
    static_index: StaticIndexFactory, tmp_path: Path
) -> None:
    """`verify=False` is for the index's own host; another name of it is another host."""
    authority = trustme.CA()
    served = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1", "localhost").configure_cert(served)
    server = static_index(tmp_path, tls=served)
    index = Index(server.url, verify=False, file_hosts=[f"localhost:{server.port}"])
    with open_transport(Policy(local=[index])) as transport:
        assert transport.get(index, f"{server.url}/x", public=False).status == 404
        with pytest.raises(TransportFailure) as caught:
            transport.get(index, f"https://localhost:{server.port}/x", public=False)
    assert caught.value.kind == "tls"


def test_an_index_with_a_proxy_of_its_own(raw_server: RawServerFactory) -> None:
    """The local host itself is not even looked up."""
    proxy = raw_server()
    proxy.otherwise(rawserver.page(BODY))
    index = Index(
        "http://pypi.lab.invalid/simple/", name="lab", proxy=f"http://me:secret@127.0.0.1:{proxy.port}"
    )
    plain = index.replace(proxy=None, name="plain")
    policy = Policy(local=[index, plain], public=None)
    with open_transport(policy, proxies={"http_proxy": proxy.url}, lookup=Lookup(unknown)) as transport:
        assert transport.get(index, index.location + "six/", public=False).body == BODY
        with pytest.raises(TransportFailure) as caught:
            transport.get(plain, plain.location + "six/", public=False)
    assert caught.value.kind == "dns"
    (asked,) = proxy.log
    assert asked.request.headers["proxy-authorization"].startswith("Basic ")


def unknown(host: str, _port: int) -> list[str]:
    raise socket.gaierror(socket.EAI_NONAME, f"unknown: {host}")


@pytest.mark.parametrize("status", [407, 511])
@pytest.mark.parametrize("through", [False, True])
def test_who_asks_for_a_password_of_the_proxy(
    raw_server: RawServerFactory, status: int, through: bool
) -> None:
    server = raw_server()
    server.otherwise(rawserver.page(b"", f"{status} No"))
    index = Index(f"{server.url}/simple/", name="lab")
    told = "it was asked directly, without a proxy"
    if through:
        index = Index("http://pypi.lab.invalid/", name="lab", proxy=server.url)
        told = f"the proxy {server.url} (set as `proxy` of the index lab) asks for a user name and a password"
    with open_transport(Policy(local=[index])) as transport:
        with pytest.raises(TransportFailure) as caught:
            transport.get(index, index.location + "x", public=False)
        with (
            pytest.raises(TransportFailure, match="HTTP status"),
            transport.stream(index, index.location + "x", public=False),
        ):
            pass
    assert (caught.value.kind, caught.value.detail) == ("proxy-auth", f"HTTP status {status}: {told}")
    assert len(server.log) == 2


@pytest.mark.parametrize("public", [False, True])
def test_a_name_that_does_not_resolve_is_looked_up_twice(public: bool) -> None:
    asked, waits = list[str](), list[float]()

    def note(host: str, port: int) -> list[str]:
        asked.append(host)
        return unknown(host, port)

    index = Index("https://pypi.lab.invalid/simple/")
    policy = Policy(local=[] if public else [index], public=index)
    with (
        open_transport(policy, timeouts=Timeouts(sleep=waits.append), lookup=Lookup(note)) as transport,
        pytest.raises(TransportFailure, match=r"could not be resolved \(.*unknown") as caught,
    ):
        transport.get(index, index.location, public=public)
    assert caught.value.kind == "dns"
    assert asked == ["pypi.lab.invalid"] * 2
    assert waits == [0.2]


def test_a_resolver_that_hangs_ends_with_the_connects_time() -> None:
    released = threading.Event()

    def hang(_host: str, _port: int) -> list[str]:
        assert released.wait(60)
        return ["127.0.0.1"]

    index = Index("http://pypi.lab.invalid/", connect_timeout=0.05)
    with (
        open_transport(Policy(local=[index]), lookup=Lookup(hang)) as transport,
        pytest.raises(TransportFailure, match="no name server answered in time") as caught,
    ):
        transport.get(index, index.location, public=False)
    released.set()
    assert caught.value.kind == "dns"


def test_an_indexs_own_times(raw_server: RawServerFactory) -> None:
    server = raw_server()
    server.script("/silent", rawserver.never_answer())
    server.script("/part", rawserver.never_finish(BODY, after=10))
    index = Index(server.url, answer_timeout=0.2, whole_timeout=0.3)
    with open_transport(Policy(local=[index])) as transport:
        for path in ("/silent", "/part"):
            with pytest.raises(TransportFailure) as caught:
                transport.get(index, server.url + path, public=False)
            assert caught.value.kind == "timeout"


@pytest.mark.parametrize("mode", ["online", "offline"])
def test_extra_indexes_are_asked_online_alone_and_by_local_rules(
    raw_server: RawServerFactory, mode: str
) -> None:
    server = raw_server()
    server.otherwise(rawserver.page(BODY))
    index = Index(server.simple_url, name="vendor")
    other = Index(server.simple_url, name="nobody's")
    proxies = {"http_proxy": "http://127.0.0.1:1"}
    with open_transport(Policy(mode=mode, extra=[index]), proxies=proxies) as transport:
        if mode == "online":
            assert transport.get(index, server.simple_url, public=False).body == BODY
        else:
            with pytest.raises(TransportFailure, match="offline"):
                transport.get(index, server.simple_url, public=False)
        for role in (False, True):
            with pytest.raises(TransportFailure) as caught:
                transport.get(other, server.simple_url, public=role)
            assert caught.value.kind == "forbidden"
    assert len(server.log) == (1 if mode == "online" else 0)


def test_credentials_are_found_once_at_the_first_request(raw_server: RawServerFactory) -> None:
    server, asked = raw_server(), list[str]()
    server.otherwise(rawserver.page(BODY))
    index = Index(server.url, name="lab", credentials="netrc", file_hosts=[f"localhost:{server.port}"])
    given = Index(server.url, name="given")

    def find(index: Index) -> tuple[str, str] | None:
        asked.append(index.name)
        return "me", "secret"

    with open_transport(Policy(local=[index, given]), credentials=find) as transport:
        transport.get(given, server.url + "/given", public=False)
        transport.get(index, f"http://localhost:{server.port}/elsewhere", public=False)
        assert asked == []
        for _ in range(3):
            transport.get(index, server.url + "/own", public=False)
    assert asked == ["lab"]
    sent = {row.request.path: "authorization" in row.request.headers for row in server.log}
    assert sent == {"/given": False, "/elsewhere": False, "/own": True}


def test_credentials_that_cannot_be_found_are_the_callers_error(site: Site) -> None:
    def find(_index: Index) -> tuple[str, str] | None:
        raise SettingsInvalid("no netrc file")

    index = Index(site.server.url, credentials="netrc")
    with (
        open_transport(Policy(local=[index]), credentials=find) as transport,
        pytest.raises(SettingsInvalid),
    ):
        transport.get(index, site.url, public=False)
    assert len(site.server.log) == 0


def test_credentials_of_a_link_are_never_sent(site: Site) -> None:
    """An index's own go there all the same; those of the page stay where they are."""
    site.server.script("/p", rawserver.page(BODY))
    bare = Index(site.server.url, name="bare")
    with open_transport(Policy(local=[bare])) as transport:
        answer = transport.get(bare, site.url.replace("://", "://you:planted@"), public=False)
    assert "planted" not in answer.url
    (asked,) = site.server.log
    assert "authorization" not in asked.request.headers


def test_the_library_logs_nothing_of_us(
    raw_server: RawServerFactory, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    server = raw_server()
    planted = {"Set-Cookie": "canary", "WWW-Authenticate": "canary", "Location": "http://u:canary@h/"}
    server.script("/p", rawserver.page(BODY, "200 OK", planted))
    server.script("/closed", rawserver.close_without_answer())
    server.script("/bad", rawserver.raw(b"HTTP/1.1 200 OK\r\nX-Broken\x00: canary\r\n\r\n"))
    index = Index(server.url, username="me", password="canary")
    with open_transport(Policy(local=[index]), timeouts=Timeouts(sleep=lambda _: None)) as transport:
        transport.get(index, server.url + "/p?token=canary", public=False)
        with transport.stream(index, server.url + "/p", public=False) as stream:
            list(stream.chunks)
        for path in ("/closed", "/bad"):
            with pytest.raises(TransportFailure) as caught:
                transport.get(index, server.url + path, public=False)
            assert "canary" not in "".join(traceback.format_exception(caught.value))
    told = [record.getMessage() for record in caplog.records if record.name.startswith(("httpx", "httpcore"))]
    assert not [line for line in told if "canary" in line or "http11" in line]


def test_large_answers_come_one_at_a_time(raw_server: RawServerFactory) -> None:
    """Each of two endless ones is read up to the limit; the beginning is all that is kept of them."""
    server = raw_server()
    server.otherwise(rawserver.endless())
    index = Index(server.url)
    failures = list[TransportFailure]()
    with open_transport(Policy(local=[index])) as transport:

        def ask(number: int) -> None:
            with pytest.raises(TransportFailure) as caught:
                transport.get(index, f"{server.url}/{number}", public=False, limit=6 << 20)
            failures.append(caught.value)

        threads = [threading.Thread(target=ask, args=(number,)) for number in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert not transport._large.locked()
    assert [failure.kind for failure in failures] == ["too-large"] * 2
    kept = [failure.partial for failure in failures]
    assert all(part is not None and len(part.body) == 64 * 1024 and not part.whole for part in kept)


@pytest.mark.parametrize(
    "location", ["http://me:pass/word@h/", "http://[", "http://h:x/", "::", "http://\udce4/"]
)
def test_where_a_redirect_leads_is_not_the_transports_business(site: Site, location: str) -> None:
    head = f"HTTP/1.1 302 Found\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n"
    site.server.script("/p", rawserver.raw(head.encode("utf-8", "surrogateescape")))
    assert site.transport.get(site.index, site.url, public=False).status == 302


def test_cookies_are_not_kept(site: Site) -> None:
    site.server.script("/p", rawserver.page(BODY, "200 OK", {"Set-Cookie": "session=1; Path=/"}))
    for _ in range(2):
        site.get()
    assert [row for row in site.server.log if "cookie" in row.request.headers] == []


def test_a_knock_is_nobodys_and_brings_nothing(site: Site) -> None:
    """Tried once, whatever comes back."""
    site.server.script("/p", rawserver.page(b"no", "503 Busy"), rawserver.page(b"never asked"))
    answer = site.transport.knock(site.index, site.url, public=False)
    assert (answer.status, answer.body) == (503, b"no")
    (row,) = site.server.log
    assert (row.request.method, row.request.headers["content-length"]) == ("POST", "0")
    assert "authorization" not in row.request.headers
    assert site.waits == []


def test_the_way_is_closed_as_every_question_is(site: Site) -> None:
    assert site.transport.reach(site.index, public=False).step == ""
    elsewhere = Index("http://elsewhere.invalid/")
    with pytest.raises(TransportFailure, match="no index of the policy"):
        site.transport.reach(elsewhere, public=False)
    with pytest.raises(TransportFailure, match="no index of the policy"):
        site.transport.knock(elsewhere, elsewhere.location, public=False)
    assert len(site.server.log) == 0


def sent(site: Site, *scripts: rawserver.Script) -> Response:
    site.server.script("/upload", *scripts)
    body = Body("text/plain", 4, lambda: iter([b"ab", b"cd"]))
    return site.transport.post(site.index, site.server.url + "/upload", body)


def test_what_is_sent_carries_the_account_and_its_length(site: Site) -> None:
    answer = sent(site, rawserver.page(b"taken"))
    assert (answer.status, answer.body) == (200, b"taken")
    (request,) = (logged.request for logged in site.server.log)
    assert (request.method, request.headers["content-length"]) == ("POST", "4")
    assert request.headers["authorization"].startswith("Basic ")


def test_what_is_sent_is_sent_once(site: Site) -> None:
    assert sent(site, rawserver.page(b"busy", "503 Busy")).status == 503
    assert sent(site, rawserver.page(b"", "303 See Other", {"Location": "/elsewhere"})).status == 303
    with pytest.raises(TransportFailure):
        sent(site, rawserver.close_without_answer())
    assert len(site.server.log) == 3
    with pytest.raises(TransportFailure) as caught:
        site.transport.post(site.index, "http://elsewhere.example/", Body("text/plain", 0, lambda: iter(())))
    assert caught.value.kind == "forbidden"


def test_what_is_put_there_has_the_time_of_an_answer_and_no_more(site: Site) -> None:
    site.server.script("/fleet/a", rawserver.page(b"", "201 Created"), rawserver.never_answer())
    store = Index(site.server.url + "/fleet/", whole_timeout=0.3)
    policy = Policy(mode="offline", fleet=Fleet(store, key="k" * 32))
    body = Body("text/plain", 4, lambda: iter([b"ab", b"cd"]))
    with open_transport(policy) as transport:
        assert transport.put(store, site.server.url + "/fleet/a", body).status == 201
        began = time.monotonic()
        with pytest.raises(TransportFailure):
            transport.put(store, site.server.url + "/fleet/a", body)
        assert time.monotonic() - began < 3
        with pytest.raises(TransportFailure, match="another host"):
            transport.put(store, "http://elsewhere.example/", body)
    assert [logged.request.method for logged in site.server.log] == ["PUT", "PUT"]
