from __future__ import annotations

from pathlib import Path

from driverenv.model.finding import OK, WARN
from driverenv.model.site import Index, Policy
from driverenv.stories.checkup import surroundings

LOCAL = Index("http://pypi.lab", name="lab")


def test_a_proxy_and_where_it_was_set() -> None:
    url = "http://me:secret@p:1"
    policy = Policy(
        local=[LOCAL],
        proxies={"http_proxy": url, "https_proxy": url, "no_proxy": "lab, http://x"},
        proxies_from={
            "http_proxy": "file f key proxy",
            "https_proxy": "file f key proxy",
            "no_proxy": "variable NO_PROXY",
        },
    )
    proxy, exceptions = surroundings.proxies(policy).findings
    assert (
        proxy.detail
        == "http://p:1, set by file f key proxy: for http and https addresses of the public index alone"
    )
    assert (exceptions.status, exceptions.data) == (WARN, {"entries": ["http://x"]})
    assert exceptions.remedy == "correct them: variable NO_PROXY"
    (proxy, _) = surroundings.proxies(policy.replace(mode="offline")).findings[:2]
    assert "not used: the mode is offline" in proxy.detail
    (proxy, *_) = surroundings.proxies(policy.replace(public=None)).findings
    assert "not used: there is no public index" in proxy.detail
    assert "secret" not in repr(surroundings.proxies(policy))


def test_no_proxy_and_those_of_indexes() -> None:
    (found,) = surroundings.proxies(Policy(local=[LOCAL])).findings
    assert (found.status, found.detail) == (OK, "none is set: everybody is asked directly")
    vendor = Index("https://vendor.test", name="vendor", proxy="site")
    own = Index("https://other.test", name="other", proxy="http://me:secret@q:2")
    _, *found_of = surroundings.proxies(Policy(extra=[vendor, own])).findings
    assert [one.detail for one in found_of] == [
        "the index vendor goes through the site's proxy",
        "the index other goes through http://q:2",
    ]


def test_what_is_ignored_is_said(tmp_path: Path) -> None:
    environ = {
        "HOME": str(tmp_path),
        "PIP_INDEX_URL": "https://me:secret@x",
        "PYTHONPATH": "/x",
        "SSL_CERT_FILE": "/y",
    }
    found = {one.code: one for one in surroundings.influences(environ).findings}
    assert "PIP_INDEX_URL" in found["influence-ignored"].detail
    assert found["influence-python"].status == WARN
    assert found["influence-heeded"].detail.startswith("SSL_CERT_FILE: OpenSSL reads it")
    assert "secret" not in repr(found)
