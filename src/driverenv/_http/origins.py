"""Who may be asked at all: origins, and the rule that says no before any name is looked up (RFC 6454)."""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import urlsplit

from driverenv.model.site import PUBLIC_PYPI, Index, Policy

PUBLIC_PYPI_FILES = ("https", "files.pythonhosted.org", 443)
"""The second of public PyPI's two origins: the file store."""


DEFAULT_PORTS = {"http": 80, "https": 443}

Origin = tuple[str, str, int]
"""Scheme, host and port, all lower case."""


def origin_of(url: str) -> Origin:
    """Scheme, host and port of an absolute http(s) URL. Raises `ValueError` for anything else."""
    if not url.isprintable() or "\\" in url or " " in url:
        raise ValueError("it has characters that no URL has")
    plain = _PLAIN.match(url)
    return _origin(plain[0] if plain is not None else url)


@lru_cache(maxsize=256)
def _origin(url: str) -> Origin:
    parts = urlsplit(url)
    if parts.scheme not in DEFAULT_PORTS or not parts.hostname:
        raise ValueError("it is no http(s) URL")
    port = parts.port if parts.port is not None else DEFAULT_PORTS[parts.scheme]
    return parts.scheme, parts.hostname, port


_PLAIN = re.compile(r"https?://[A-Za-z0-9.-]+(?::[0-9]{1,5})?(?=/)")
"""The beginning of a URL that decides about its origin, where nothing about it is unusual."""


def is_loopback(host: str) -> bool:
    """Whether `host` is this very machine, by its address or as "localhost"; no name is looked up."""
    import ipaddress  # noqa: PLC0415 (a site with folder indexes never needs it)

    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def redacted(url: str) -> str:
    """`url` without user and password, and without what its query says: fit for messages."""
    found = _AUTHORITY.match(url)
    if found is None:
        return url
    authority, rest = found["authority"], url[found.end() :]
    if "@" in rest and not _PORT.fullmatch(authority.rpartition("@")[2]):
        authority, rest = "", rest.rpartition("@")[2]  # a password with a slash in it, unescaped
    path, mark, _ = rest.partition("?")
    return found["head"] + authority.rpartition("@")[2] + path + ("?***" if mark else "")


_AUTHORITY = re.compile(r"(?P<head>(?:[A-Za-z][A-Za-z0-9+.-]*:)?//)(?P<authority>[^/?#]*)")
_PORT = re.compile(r"[^:]*(?::\d*)?|\[[^\]]*\](?::\d*)?")


def without_credentials(url: str) -> str:
    """`url` without user and password: what may be sent, and what links are relative to."""
    found = _AUTHORITY.match(url)
    if found is None:
        return url
    return found["head"] + found["authority"].rpartition("@")[2] + url[found.end() :]


def is_known(policy: Policy, index: Index, url: str, *, public: bool) -> bool:
    """Whether the policy has `index`, or has an entry of `direct_urls` that it stands for, with `url` below it."""
    if not public:
        return index in (*policy.local, *policy.extra) or _is_fleets(policy, index)
    return index == policy.public or (
        index.location in policy.direct_urls and index == Index(index.location) and _is_below(index, url)
    )


def _is_fleets(policy: Policy, index: Index) -> bool:
    """Whether `index` is none, but the site's store of wheels that its servers built."""
    return policy.fleet is not None and policy.fleet.index == index


def _is_below(index: Index, url: str) -> bool:
    try:
        same = origin_of(url) == origin_of(index.location)
    except ValueError:
        return False
    return same and urlsplit(url).path.startswith(urlsplit(index.location).path)


def forbidden(policy: Policy, index: Index, url: str, *, public: bool) -> str:
    """Why the policy does not let `url` be asked on behalf of `index`; "" where it does."""
    if policy.offline and (public or not (index in policy.local or _is_fleets(policy, index))):
        return "the mode is offline: nothing leaves the site"
    known = is_known(policy, index, url, public=public)
    return refusal(index, url, public=public) if known else "it is no index of the policy"


def refusal(index: Index, url: str, *, public: bool, what: str = "") -> str:
    """Why `url` must not be asked on behalf of `index`; "" where it may be.

    - Its own origin is allowed; from http also https on the same host, on the same port or the default one.
    - So are the hosts that the index's terms name: `redirect_hosts` for its pages, `file_hosts` for
      its files. Never from https to http.
    - Public must be https and prove who it is, except on a loopback address (for tests and trials).
    - Public PyPI has one more origin, its file store.

    `what` is "page" or "file"; "" where nobody knows yet: then what either may do is allowed.
    """
    try:
        target, own = origin_of(url), origin_of(index.location)
    except ValueError as error:
        return str(error)
    if public and not is_loopback(target[1]):
        if target[0] != "https":
            return "a public index must be asked over https"
        if not index.verify:
            return "a public index must prove who it is: verify = false is for local ones"
    if target == own or _is_upgrade(own, target):
        return ""
    if (own[0], target[0]) == ("https", "http"):
        return "it is http, and the index is https"
    return _refusal_of_other(index, target, own, public=public, what=what)


def _is_upgrade(own: Origin, target: Origin) -> bool:
    return (own[0], target[0]) == ("http", "https") and own[1] == target[1] and target[2] in (443, own[2])


def _refusal_of_other(index: Index, target: Origin, own: Origin, *, public: bool, what: str) -> str:
    hosts = (*(index.redirect_hosts if what != "file" else ()), *(index.file_hosts if what != "page" else ()))
    if any(_names(host, target) for host in hosts):
        return ""
    if public and own == origin_of(PUBLIC_PYPI):
        allowed = target == PUBLIC_PYPI_FILES and what != "page"
        return "" if allowed else "it is on neither of public PyPI's two hosts"
    return "it is on another host or port than the index"


def _names(host: str, target: Origin) -> bool:
    """Whether `host` (``name``, ``name:port``, ``[address]:port``) is the target's; without a port the default one."""
    try:
        return origin_of(f"{target[0]}://{host}/") == target
    except ValueError:
        return False
