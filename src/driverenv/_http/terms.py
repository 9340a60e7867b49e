"""On what terms an index is asked at an address: through which proxy, trusting and showing which certificates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from driverenv._http.no_proxy import is_excepted
from driverenv._http.origins import is_loopback, origin_of, redacted
from driverenv.model.index import SITE
from driverenv.model.site import Index


@dataclass(frozen=True, slots=True)
class Terms:
    """What connections must have in common to be shared."""

    proxy: str = field(default="", repr=False)
    """The proxy's URL, password and all; "" for a direct connection."""
    ca_file: str | None = None
    verify: bool = True
    client_cert: str | None = None
    client_key: str | None = None
    client_key_password: str | None = field(default=None, repr=False)
    proxy_source: str = field(default="", compare=False)
    """Where the proxy was set, as messages have it after "set "."""

    @property
    def told_proxy(self) -> str:
        """What messages call the proxy: its address without a password, and where it was set."""
        return f"{redacted(self.proxy)} (set {self.proxy_source})" if self.proxy else ""

    @property
    def proxy_has_password(self) -> bool:
        """Whether a user name or a password is sent to the proxy."""
        return "@" in urlsplit(self.proxy).netloc


def terms_of(
    index: Index,
    url: str,
    proxies: Mapping[str, str],
    *,
    public: bool,
    sources: Mapping[str, str] | None = None,
) -> Terms:
    """The terms for `url` on behalf of `index`.

    `proxies` are those of the policy, set at `sources`: for the public index, and for those whose `proxy` is
    "site"; an index's own proxy goes before them. What an index says of certificates holds for it:
    `verify=False` for its own host only. Its client certificate is shown to its own origin only.
    """
    target, own = origin_of(url), origin_of(index.location)
    proxy, source = _proxy(index, url, proxies if public or index.proxy == SITE else {}, sources or {})
    return Terms(
        proxy=proxy if "://" in proxy or not proxy else f"http://{proxy}",
        ca_file=index.ca_file,
        verify=index.verify or target[1] != own[1],
        client_cert=index.client_cert if target == own else None,
        client_key=index.client_key if target == own else None,
        client_key_password=index.client_key_password if target == own else None,
        proxy_source=source,
    )


def _proxy(index: Index, url: str, proxies: Mapping[str, str], sources: Mapping[str, str]) -> tuple[str, str]:
    if index.proxy and index.proxy != SITE:
        return index.proxy, f"as `proxy` of the index {index.name}"
    scheme, host, port = origin_of(url)
    name = f"{scheme}_proxy" if proxies.get(f"{scheme}_proxy") else "all_proxy"
    if not proxies.get(name) or is_loopback(host) or is_excepted(host, port, proxies.get("no_proxy", "")):
        return "", ""
    return proxies[name], f"by {sources[name]}" if name in sources else f"as {name}"
