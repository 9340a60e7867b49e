from __future__ import annotations

import ssl
from pathlib import Path

import pytest
import trustme
from cryptography.hazmat.primitives import serialization as keys

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


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of certificates and keys: in one file and in two, locked and not, of others, and no such things."""
    folder = tmp_path_factory.mktemp("ours")
    authority = trustme.CA()
    mine, other = authority.issue_cert("me@lab"), authority.issue_cert("you@lab")
    mine.private_key_and_cert_chain_pem.write_to_path(str(folder / "both.pem"))
    mine.cert_chain_pems[0].write_to_path(str(folder / "me.pem"))
    mine.private_key_pem.write_to_path(str(folder / "me.key"))
    other.private_key_pem.write_to_path(str(folder / "other.key"))
    key = keys.load_pem_private_key(mine.private_key_pem.bytes(), None)
    locked = key.private_bytes(
        keys.Encoding.PEM, keys.PrivateFormat.PKCS8, keys.BestAvailableEncryption(b"horse")
    )
    (folder / "locked.key").write_bytes(locked)
    (folder / "nothing.pem").write_bytes(b"no PEM")
    return folder


def showing(folder: Path, certificate: str, key: str | None = None, password: str | None = None) -> Terms:
    return Terms(
        verify=False,
        client_cert=str(folder / certificate),
        client_key=None if key is None else str(folder / key),
        client_key_password=password,
    )


@pytest.mark.parametrize(
    ("certificate", "key", "password"),
    [
        ("both.pem", None, None),
        ("me.pem", "me.key", None),
        ("me.pem", "locked.key", "horse"),
        ("me.pem", "me.key", "x"),
    ],
)
def test_a_certificate_of_ours(ours: Path, certificate: str, key: str | None, password: str | None) -> None:
    trust = trust_for(showing(ours, certificate, key, password), unused)
    assert context_of(trust) is not context_of(trust)


@pytest.mark.parametrize(
    ("certificate", "key", "password", "told"),
    [
        ("me.pem", "other.key", None, "other.key cannot be used (it is not the key of the certificate in "),
        (
            "me.pem",
            "locked.key",
            None,
            "locked.key cannot be used (it is encrypted, and no password is set for it)",
        ),
        ("me.pem", "locked.key", "s3cret", "locked.key cannot be used (its password does not open it)"),
        ("me.pem", "locked.key", "s3cret" * 500, "locked.key cannot be used (its password does not open it)"),
        ("me.pem", None, None, "me.pem cannot be used (it has no private key in PEM form)"),
        ("me.pem", "nothing.pem", None, "nothing.pem cannot be used (it has no private key in PEM form)"),
        ("nothing.pem", "me.key", None, "nothing.pem cannot be used (it has no certificate in PEM form)"),
        ("gone.pem", "me.key", None, "gone.pem cannot be used (No such file or directory)"),
        ("me.pem", "gone.key", None, "gone.key cannot be used (No such file or directory)"),
    ],
)
def test_a_certificate_of_ours_that_cannot_be_shown(
    ours: Path, certificate: str, key: str | None, password: str | None, told: str
) -> None:
    """Said before anything is sent, and nobody is asked for a password at the terminal."""
    with pytest.raises(TransportFailure) as caught:
        trust_for(showing(ours, certificate, key, password), unused)
    assert told in caught.value.detail
    assert (caught.value.kind, caught.value.case, caught.value.again) == ("tls", "own", False)
    assert "s3cret" not in caught.value.detail
