from __future__ import annotations

import socket
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme

from driverenv._http.certificates import system_trust
from driverenv._http.exchange import Timeouts
from driverenv._http.lookup import Lookup
from driverenv._http.origins import Origin
from driverenv._http.reach import Reach, reach
from driverenv._http.terms import Terms
from tests.kit import rawserver, refused_port
from tests.kit.factories import ForwardProxyFactory, RawServerFactory, StaticIndexFactory
from tests.kit.static_index import StaticIndex

HERE = "127.0.0.1"


def go(origin: Origin, terms: Terms | None = None, resolver: object = None) -> Reach:
    lookup = Lookup(resolver) if resolver else Lookup()  # type: ignore[arg-type]
    return reach(terms or Terms(), origin, times=Timeouts(), lookup=lookup, system=system_trust)


def unknown(_host: str, _port: int) -> list[str]:
    raise socket.gaierror(socket.EAI_NONAME, "unknown")


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA(organization_unit_name="Lab CA")


@pytest.fixture
def ca_file(authority: trustme.CA, tmp_path: Path) -> str:
    path = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return str(path)


def served(
    static_index: StaticIndexFactory,
    authority: trustme.CA,
    folder: Path,
    host: str,
    ends: datetime | None = None,
) -> StaticIndex:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    begins = None if ends is None else ends - timedelta(days=1)
    authority.issue_cert(host, not_before=begins, not_after=ends).configure_cert(context)
    (folder / "index").mkdir()
    return static_index(folder / "index", tls=context)


def test_nothing_is_asked(raw_server: RawServerFactory) -> None:
    server = raw_server()
    found = go(("http", HERE, server.port))
    assert (found.host, found.port, found.addresses) == (HERE, server.port, (HERE,))
    assert found.seconds is not None
    assert (found.step, found.failure, found.certificate, found.protocol) == ("", None, None, "")
    assert len(server.log) == 0


def test_it_ends_at_the_name() -> None:
    found = go(("http", "pypi.lab.invalid", 80), resolver=unknown)
    assert (found.step, found.seconds) == ("name", None)
    assert found.failure is not None
    assert found.failure.kind == "dns"


def test_it_ends_at_the_connection() -> None:
    with refused_port() as port:
        found = go(("http", "pypi.lab.invalid", port), resolver=lambda _host, _port: [HERE, HERE])
    assert (found.step, found.addresses) == ("connection", (HERE, HERE))
    assert found.failure is not None
    assert found.failure.kind == "down"


def test_the_next_address_may_be_better(raw_server: RawServerFactory) -> None:
    server = raw_server()
    nobody = "127.0.0.2"  # this server listens on one address alone
    found = go(("http", "x.invalid", server.port), resolver=lambda _host, _port: [nobody, HERE])
    assert found.step == ""


def test_tls(static_index: StaticIndexFactory, authority: trustme.CA, ca_file: str, tmp_path: Path) -> None:
    server = served(static_index, authority, tmp_path, HERE)
    found = go(("https", HERE, server.port), Terms(ca_file=ca_file))
    assert found.step == ""
    assert found.protocol == "TLSv1.3"
    assert found.certificate is not None
    assert found.certificate.hosts == (HERE,)
    assert len(server.log) == 0


@pytest.mark.parametrize("case", ["authority", "expired", "host"])
def test_a_certificate_that_is_not_trusted_is_seen_all_the_same(
    static_index: StaticIndexFactory, authority: trustme.CA, ca_file: str, tmp_path: Path, case: str
) -> None:
    ends = datetime.now(UTC) - timedelta(days=1) if case == "expired" else None
    server = served(static_index, authority, tmp_path, "pypi.lab" if case == "host" else HERE, ends)
    found = go(("https", HERE, server.port), Terms(ca_file=None if case == "authority" else ca_file))
    assert found.step == "certificate"
    assert found.failure is not None
    assert (found.failure.kind, found.failure.case) == ("tls", case)
    assert found.certificate is not None
    assert found.certificate.issuer.startswith("Lab CA")


def test_what_speaks_no_tls_has_no_certificate(raw_server: RawServerFactory) -> None:
    server = raw_server()
    server.on_accept(*[rawserver.raw(b"220 lab ready\r\n")] * 2)
    found = go(("https", HERE, server.port))
    assert (found.step, found.certificate) == ("certificate", None)
    assert found.failure is not None
    assert found.failure.case == "plain"


def test_a_file_that_cannot_be_used_is_told(
    static_index: StaticIndexFactory, authority: trustme.CA, tmp_path: Path
) -> None:
    server = served(static_index, authority, tmp_path, HERE)
    found = go(("https", HERE, server.port), Terms(ca_file=str(tmp_path / "nowhere.pem")))
    assert found.failure is not None
    assert (found.step, found.failure.case) == ("certificate", "own")


def test_through_a_real_proxy(
    forward_proxy: ForwardProxyFactory,
    static_index: StaticIndexFactory,
    authority: trustme.CA,
    ca_file: str,
    tmp_path: Path,
) -> None:
    server = served(static_index, authority, tmp_path, "public.test")
    proxy = forward_proxy(login="me:s3c:ret@")
    target = ("https", "public.test", server.port)

    def through(login: str, to: Origin = target) -> Reach:
        terms = Terms(proxy=f"http://{login}{proxy.address}", ca_file=ca_file, proxy_source="as https_proxy")
        found = go(to, terms, resolver=unknown)  # the proxy is an address, and the rest is its business
        assert (found.host, found.port) == (HERE, proxy.port)
        assert found.proxy == f"http://{proxy.address} (set as https_proxy)"
        return found

    good = through("me:s3c%3Aret%40@")
    assert good.step == ""
    assert good.certificate is not None
    assert good.certificate.hosts == ("public.test",)
    for login, to, case in (
        ("", target, "asked"),
        ("me:wrong@", target, "refused"),
        ("me:s3c%3Aret%40@", ("https", "elsewhere.invalid", 443), "proxy"),
    ):
        found = through(login, to)
        assert found.failure is not None
        assert (found.step, found.failure.case) == ("certificate", case)
        assert "s3c" not in str(found.failure)
    plain = through("", ("http", "public.test", server.port))
    assert plain.step == ""
