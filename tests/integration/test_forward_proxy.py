"""Public through a real forward proxy that wants a password, while the local index is asked directly."""

from __future__ import annotations

import io
import json
import os
import ssl
from dataclasses import dataclass
from pathlib import Path

import pytest
import trustme

from driverenv import Index, Policy
from driverenv._http import TransportFailure, open_transport
from driverenv.cli.main import main
from driverenv.cli.shell import Shell
from tests.integration.command_line import Done, driverenv
from tests.kit.factories import ForwardProxyFactory, PypiServerFactory, StaticIndexFactory
from tests.kit.forward_proxy import ForwardProxy
from tests.kit.pypiserver import PypiServer
from tests.kit.static_index import StaticIndex
from tests.kit.wheels import make_wheel
from tests.unit.stories.bench import Bench

LOGIN = "lab:s3cret"


@dataclass
class Site:
    """A local pypiserver, a public index over TLS whose name only the proxy knows, and the proxy."""

    bench: Bench
    proxy: ForwardProxy
    local: PypiServer
    public: StaticIndex
    ca_file: Path

    @property
    def public_host(self) -> str:
        return f"public.test:{self.public.port}"

    @property
    def policy(self) -> Policy:
        location = f"https://{self.public_host}/simple/"
        return Policy(
            local=[Index(self.local.url, name="lab")],
            public=Index(location, name="public", ca_file=str(self.ca_file)),
        )

    def settings(self, more: str = "") -> Path:
        """Its settings file."""
        path = self.bench.root / "driverenv.toml"
        text = f"""
            byte_code = "never"
            home = "{self.bench.home.as_posix()}"
            {more}
            [[local]]
            location = "{self.local.url}"
            name = "lab"
            [public]
            location = "https://{self.public_host}/simple/"
            name = "public"
            ca_file = "{self.ca_file.as_posix()}"
        """
        path.write_text(text, encoding="utf-8")
        return path

    def prepare(self, settings: Path, **variables: str) -> Done:
        """In a process of its own."""
        driver = self.bench.driver("alpha\n")
        done = driverenv("prepare", driver, "--config", settings, environ={**os.environ, **variables})
        assert "s3cret" not in done.out + done.err
        return done

    def run(self, *arguments: str, **variables: str) -> tuple[int, str]:
        """Exit code, and what was printed on either stream."""
        said = io.StringIO()
        shell = Shell(environ={**os.environ, **variables}, cwd=self.bench.root, out=said, err=said)
        code = main(arguments, shell=shell)
        assert "s3cret" not in said.getvalue()
        return code, said.getvalue()

    def lock(self, settings: Path, **variables: str) -> tuple[int, str]:
        """The lock of a driver that needs something of both indexes."""
        driver = str(self.bench.driver("alpha\n"))
        return self.run("lock", driver, "--config", str(settings), "--quiet", **variables)


@pytest.fixture
def site(
    bench: Bench,
    forward_proxy: ForwardProxyFactory,
    pypiserver: PypiServerFactory,
    static_index: StaticIndexFactory,
) -> Site:
    bench.wheel("alpha", requires=["omega"])
    make_wheel(bench.root / "public", "omega", "2.0")
    make_wheel(bench.root / "public", "alpha", "9.0")
    authority, served = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("public.test").configure_cert(served)
    ca_file = bench.root / "public-ca.pem"
    authority.cert_pem.write_to_path(str(ca_file))
    return Site(
        bench,
        forward_proxy(login=LOGIN),
        pypiserver(bench.index),
        static_index(bench.root / "public", tls=served),
        ca_file,
    )


def test_public_through_the_proxy_and_local_directly(site: Site) -> None:
    """By the variables that everybody has, and by a table with the password elsewhere."""
    url = f"http://{LOGIN}@{site.proxy.address}"
    done = site.prepare(site.settings(), http_proxy=url, https_proxy=url)
    assert done.code == 0, done.err
    assert set(site.proxy.asked) == {f"CONNECT {site.public_host}"}
    assert site.local.log.projects() == {"alpha", "omega"}
    assert site.public.log.projects() == {"omega"}  # local version wins: of alpha nobody heard there
    receipt = json.loads((Path(done.out.strip()).parent / "receipt.json").read_text(encoding="utf-8"))
    assert "s3cret" not in json.dumps(receipt)

    asked = len(site.proxy.asked)
    table = f'proxy = {{ location = "http://{site.proxy.address}", username = "lab", password_env = "DRIVERENV_PW" }}'
    assert site.lock(site.settings(table), DRIVERENV_PW="s3cret") == (0, "alpha==1.0\nomega==2.0\n")
    assert len(site.proxy.asked) > asked


@pytest.mark.slow
@pytest.mark.parametrize(
    ("login", "told"),
    [
        ("", "asks for a user name and a password"),
        ("lab:wr0ng@", "does not accept the user name and password"),
    ],
)
def test_a_proxy_that_does_not_let_us_in(site: Site, login: str, told: str) -> None:
    url = f"http://{login}{site.proxy.address}"
    policy = site.policy.replace(
        proxies={"https_proxy": url}, proxies_from={"https_proxy": "variable https_proxy"}
    )
    public = policy.public
    assert public is not None
    with (
        open_transport(policy, proxies=dict(policy.proxies)) as transport,
        pytest.raises(TransportFailure) as caught,
    ):
        transport.get(public, f"{public.location}omega/", public=True)
    shown = f"the proxy http://{site.proxy.address} (set by variable https_proxy)"
    assert str(caught.value) == f"HTTP status 407: {shown} {told}"
    assert site.proxy.asked == []


@pytest.mark.slow
def test_what_the_proxy_does_not_let_through(site: Site) -> None:
    """An index of a vendor, asked through the site's proxy; and what is said where that has it forbidden."""
    url = f"http://{LOGIN}@{site.proxy.address}"
    vendor = Index("https://vendor.invalid/simple/", name="vendor", proxy="site")
    near = Index(site.policy.indexes[-1].location, name="near", proxy="site", ca_file=str(site.ca_file))
    policy = site.policy.replace(extra=(vendor, near), proxies={"https_proxy": url})
    with open_transport(policy, proxies=dict(policy.proxies)) as transport:
        assert transport.get(near, f"{near.location}omega/", public=False).status == 200
        with pytest.raises(TransportFailure) as caught:
            transport.get(vendor, vendor.location, public=False)
    assert (caught.value.kind, caught.value.case) == ("down", "proxy")
    shown = f"the proxy http://{site.proxy.address} (set as https_proxy)"
    assert str(caught.value) == f"{shown} refused the connection (403 Forbidden by the kit)"


@pytest.mark.slow
def test_the_doctor_goes_the_same_way(site: Site) -> None:
    arguments = ("doctor", "--index", "public", "--config", str(site.settings()))
    url = f"http://{LOGIN}@{site.proxy.address}"
    code, told = site.run(*arguments, https_proxy=url)
    assert (code, "fail" in told) == (0, False), told
    assert f"http://{site.proxy.address}, set by variable https_proxy" in told
    assert f"port {site.proxy.port} of the proxy http://{site.proxy.address}" in told
    assert "certificate     TLSv1.3, for public.test, issued by" in told
    assert "it answers, and has not pip" in told
    code, told = site.run(*arguments, https_proxy=url.replace("s3cret", "wr0ng"))
    assert (code, "does not accept the user name and password" in told, "wr0ng" in told) == (3, True, False)
