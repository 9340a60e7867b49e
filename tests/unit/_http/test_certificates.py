from __future__ import annotations

import ssl
from pathlib import Path

import pytest
import trustme

from driverenv._http.certificates import Trust, system_trust, trust_for
from driverenv._http.exchange import TransportFailure
from driverenv._http.terms import Terms


def context_of(trust: Trust) -> ssl.SSLContext:
    return trust._context()


def unused() -> ssl.SSLContext:
    raise AssertionError("the system's trust was asked for")


def test_the_systems_trust_is_made_anew_for_each_connection() -> None:
    trust = trust_for(Terms(), system_trust)
    assert context_of(trust) is not context_of(trust)
    assert context_of(trust).verify_mode is ssl.CERT_REQUIRED


def test_nothing_is_loaded_before_it_is_needed() -> None:
    assert isinstance(trust_for(Terms(), unused), Trust)


def test_a_file_in_place_of_the_systems(tmp_path: Path) -> None:
    file = tmp_path / "ca.pem"
    trustme.CA().cert_pem.write_to_path(str(file))
    context = context_of(trust_for(Terms(ca_file=str(file)), unused))
    assert context.cert_store_stats()["x509_ca"] == 1
    assert context.check_hostname


@pytest.mark.parametrize(
    ("content", "reason"), [(None, "No such file"), (b"no PEM", "no certificate in PEM form")]
)
def test_a_file_that_is_none_is_said_before_anything_is_sent(
    tmp_path: Path, content: bytes | None, reason: str
) -> None:
    file = tmp_path / "ca.pem"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(TransportFailure, match=reason) as caught:
        trust_for(Terms(ca_file=str(file)), unused)
    assert (caught.value.kind, caught.value.again) == ("tls", False)
    assert str(file) in caught.value.detail


def test_any() -> None:
    context = context_of(trust_for(Terms(verify=False, ca_file="/nowhere"), unused))
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_NONE, False)


def test_it_passes_for_a_context() -> None:
    """TLS through a proxy is spoken in memory; the protocols are those of each connection."""
    authority = trustme.CA()
    server, client = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    authority.issue_cert("pypi.lab").configure_cert(server)
    authority.configure_trust(client)
    server.set_alpn_protocols(["http/1.1"])
    trust = Trust(lambda: client)
    trust.set_alpn_protocols(["http/1.1"])
    there, back = ssl.MemoryBIO(), ssl.MemoryBIO()
    ours = trust.wrap_bio(back, there, server_hostname="pypi.lab")
    theirs = server.wrap_bio(there, back, server_side=True)
    for _ in range(4):
        for side in (ours, theirs):
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                continue
    assert ours.selected_alpn_protocol() == "http/1.1"
