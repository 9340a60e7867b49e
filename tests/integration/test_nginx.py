"""The local index behind the real nginx, as the documentation sets it up: TLS, a CA of the site's own, a path."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
import trustme
from cryptography.hazmat.primitives import serialization as keys

from driverenv import DriverEnvError, Environment, Index
from driverenv.settings import load
from driverenv.stories.checkup import Asked, check
from tests.docs.pages import ROOT, blocks
from tests.kit.factories import NginxFactory, PypiServerFactory
from tests.kit.pypiserver import free_port
from tests.unit.stories.bench import Bench

RECIPES = {
    block.title.rpartition("/")[2]: block.text
    for block in blocks(ROOT / "docs" / "how-to" / "behind-nginx.md")
    if block.language == "nginx"
}
PASSWORD = b"correct-horse"


class Lab:
    """A site whose index nginx stands in front of."""

    def __init__(self, bench: Bench, upstream: int, nginx: NginxFactory) -> None:
        self.bench, self.upstream, self.port = bench, upstream, free_port()
        self.folder = bench.root / "config"
        self.folder.mkdir()
        self.authority = trustme.CA()
        self.authority.cert_pem.write_to_path(str(self.folder / "lab-ca.pem"))
        self.write(self.authority.issue_cert("127.0.0.1"), "pypi.lab.example")
        self._nginx = nginx

    def write(self, certificate: trustme.LeafCert, name: str) -> None:
        certificate.cert_chain_pems[0].write_to_path(str(self.folder / f"{name}.pem"))
        certificate.private_key_pem.write_to_path(str(self.folder / f"{name}.key"))

    def start(self, recipe: str) -> Path:
        """nginx, by a recipe of the documentation in which only places are this test's; gives its access log."""
        text = recipe.replace("listen 443", f"listen 127.0.0.1:{self.port}")
        text = text.replace("127.0.0.1:8036", f"127.0.0.1:{self.upstream}").replace(
            "/srv/config", str(self.folder)
        )
        return self._nginx(text, port=self.port)

    def prepare(self, path: str = "/pypi/", *, host: str = "127.0.0.1", **terms: str) -> Environment:
        index = Index(
            f"https://{host}:{self.port}{path}", name="lab", ca_file=str(self.folder / "lab-ca.pem")
        ).replace(**terms)
        return self.bench.prepare(self.bench.request("Alpha_Tool\n", local=(index,)))

    def refused(self, **terms: str) -> str:
        with pytest.raises(DriverEnvError) as caught:
            self.prepare(**terms)
        assert "correct-horse" not in str(caught.value)
        return f"{caught.value.code}: {caught.value.summary}"


@pytest.fixture
def lab(bench: Bench, pypiserver: PypiServerFactory, nginx: NginxFactory) -> Callable[..., Lab]:
    bench.wheel("alpha-tool", requires=["beta"])
    bench.wheel("beta")

    def make(*options: str) -> Lab:
        return Lab(bench, pypiserver(bench.index, extra=options).port, nginx)

    return make


def paths(log: Path) -> set[str]:
    return set(re.findall(r'"GET (\S+) HTTP', log.read_text(encoding="utf-8")))


def test_tls_an_own_authority_and_a_path(lab: Callable[..., Lab]) -> None:
    """The same index, with and without /simple; every byte comes through nginx."""
    site = lab("--server-base-url", "/pypi")
    log = site.start(RECIPES["nginx-pypi.conf"])
    site.prepare()
    site.prepare("/pypi/simple")
    assert {
        "/pypi/simple/alpha-tool/",
        "/pypi/simple/beta/",
        "/pypi/packages/alpha_tool-1.0-py3-none-any.whl",
        "/pypi/packages/beta-1.0-py3-none-any.whl",
    } <= paths(log)
    stranger = trustme.CA()
    stranger.cert_pem.write_to_path(str(site.folder / "other.pem"))
    told = "LOCAL_TLS: the certificate of the local index is of an authority that is not trusted here"
    assert site.refused(ca_file=str(site.folder / "other.pem")) == told
    assert (
        site.refused(host="localhost") == "LOCAL_TLS: the certificate of the local index is for another host"
    )


def test_the_doctor_sees_all_of_it(lab: Callable[..., Lab]) -> None:
    site = lab("--server-base-url", "/pypi")
    site.start(RECIPES["nginx-pypi.conf"])
    file = site.folder / "driverenv.toml"
    file.write_text(
        f"""
        public = false
        [[local]]
        location = "https://127.0.0.1:{site.port}/pypi/"
        name = "lab"
        ca_file = "lab-ca.pem"
        """,
        encoding="utf-8",
    )
    settings = load(environ={}, arguments={}, config=file, cwd=site.folder)
    sections = {one.name.partition(" (")[0]: one for one in check(Asked(settings, {}, only=("lab",)))}
    found = {one.code: one for one in sections["local index lab"].findings}
    assert found["index-certificate"].data["hosts"] == ["127.0.0.1"]
    assert found["index-server"].detail.startswith("pypiserver 2.")
    assert found["index-listing"].data["projects"] == 2
    assert {one.code for one in found.values() if one.status != "ok"} == {"index-uploads"}
    assert sections["clock"].status == "ok"


@pytest.mark.slow
def test_an_index_that_does_not_know_its_path(lab: Callable[..., Lab]) -> None:
    site = lab()
    log = site.start(RECIPES["nginx-old-pypi.conf"])
    site.prepare()
    assert "/packages/alpha_tool-1.0-py3-none-any.whl" in paths(log)


def test_a_certificate_of_ours(lab: Callable[..., Lab]) -> None:
    site = lab("--server-base-url", "/pypi")
    demand = RECIPES["nginx-client.conf"]
    site.start(RECIPES["nginx-pypi.conf"].replace("    location", f"{demand}    location", 1))
    ours, theirs = site.authority.issue_cert("server17@lab"), trustme.CA().issue_cert("server17@lab")
    site.write(ours, "server17")
    site.write(theirs, "stranger")
    key = keys.load_pem_private_key(ours.private_key_pem.bytes(), None)
    locked = site.folder / "server17-locked.key"
    locked.write_bytes(
        key.private_bytes(keys.Encoding.PEM, keys.PrivateFormat.PKCS8, keys.BestAvailableEncryption(PASSWORD))
    )
    certificate = {"client_cert": str(site.folder / "server17.pem")}
    not_known = "the local index does not accept us without a certificate that it knows"
    assert site.refused() == f"LOCAL_ERROR: {not_known}"
    stranger = str(site.folder / "stranger.pem")
    assert site.refused(client_cert=stranger, client_key=stranger.replace(".pem", ".key")).endswith(not_known)
    not_usable = "LOCAL_TLS: a file of certificates or keys for the local index cannot be used"
    assert site.refused(**certificate, client_key=str(locked)) == not_usable
    site.prepare(**certificate, client_key=str(locked), client_key_password=PASSWORD.decode())


@pytest.mark.slow
def test_an_index_that_is_not_asked_over_https(lab: Callable[..., Lab]) -> None:
    site = lab("--server-base-url", "/pypi")
    site.start(RECIPES["nginx-pypi.conf"])
    with pytest.raises(DriverEnvError) as caught:
        site.bench.prepare(
            site.bench.request("beta\n", local=(Index(f"http://127.0.0.1:{site.port}/pypi/"),))
        )
    assert str(caught.value).startswith("LOCAL_ERROR: the local index wants to be asked over https\n")
    assert "HTTP status 400 (The plain HTTP request was sent to HTTPS port)" in str(caught.value)
    with pytest.raises(DriverEnvError) as caught:
        site.bench.prepare(
            site.bench.request("beta\n", local=(Index(f"https://127.0.0.1:{site.upstream}/pypi/"),))
        )
    told = "LOCAL_TLS: what answers at the address of the local index does not speak TLS\n"
    assert str(caught.value).startswith(told)
