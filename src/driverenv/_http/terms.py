"""On what terms an index is asked at an address: through which proxy, trusting which certificates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from driverenv._http.origins import is_excepted, is_loopback, origin_of, redacted
from driverenv.model.site import Index


@dataclass(frozen=True, slots=True)
class Terms:
    """What connections must have in common to be shared."""

    proxy: str = field(default="", repr=False)
    """The proxy's URL, password and all; "" for a direct connection."""
    ca_file: str | None = None
    verify: bool = True
    proxy_source: str = field(default="", compare=False)
    """Where the proxy was set, as a sentence's end."""

    @property
    def told_proxy(self) -> str:
        """What messages call the proxy: its address without a password, and where it was set."""
        return f"{redacted(self.proxy)} (set as {self.proxy_source})" if self.proxy else ""


def terms_of(index: Index, url: str, proxies: Mapping[str, str], *, public: bool) -> Terms:
    """The terms for `url` on behalf of `index`.

    `proxies` are those of the policy, for the public index alone; an index's own proxy goes before
    them. What an index says of certificates holds for it: `verify=False` for its own host only.
    """
    own_host = origin_of(url)[1] == origin_of(index.location)[1]
    proxy, source = _proxy(index, url, proxies if public else {})
    return Terms(
        proxy=proxy if "://" in proxy or not proxy else f"http://{proxy}",
        ca_file=index.ca_file,
        verify=index.verify or not own_host,
        proxy_source=source,
    )


def _proxy(index: Index, url: str, proxies: Mapping[str, str]) -> tuple[str, str]:
    if index.proxy:
        return index.proxy, f"`proxy` of the index {index.name}"
    scheme, host, port = origin_of(url)
    name = f"{scheme}_proxy" if proxies.get(f"{scheme}_proxy") else "all_proxy"
    if not proxies.get(name) or is_loopback(host) or is_excepted(host, port, proxies.get("no_proxy", "")):
        return "", ""
    return proxies[name], name
