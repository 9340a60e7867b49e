"""Who may be asked at all: origins, and the rule that says no before any name is looked up (RFC 6454)."""

from __future__ import annotations

import contextlib
from urllib.parse import urlsplit

from driverenv.model.site import PUBLIC_PYPI, Index

PUBLIC_PYPI_FILES = ("https", "files.pythonhosted.org", 443)
"""The second of public PyPI's two origins: the file store."""


DEFAULT_PORTS = {"http": 80, "https": 443}

Origin = tuple[str, str, int]
"""Scheme, host and port, all lower case."""


def origin_of(url: str) -> Origin:
    """Scheme, host and port of an absolute http(s) URL. Raises `ValueError` for anything else."""
    if not url.isprintable() or "\\" in url or " " in url:
        raise ValueError("it has characters that no URL has")
    parts = urlsplit(url)
    if parts.scheme not in DEFAULT_PORTS or not parts.hostname:
        raise ValueError("it is no http(s) URL")
    return parts.scheme, parts.hostname, parts.port or DEFAULT_PORTS[parts.scheme]


def is_loopback(host: str) -> bool:
    """Whether `host` is this very machine, by its address or as "localhost"; no name is looked up."""
    import ipaddress  # noqa: PLC0415 (a site with folder indexes never needs it)

    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def redacted(url: str) -> str:
    """`url` without user and password, fit for messages."""
    head, separator, rest = url.partition("://")
    authority, slash, path = rest.partition("/")
    return head + separator + authority.rpartition("@")[2] + slash + path if separator else url


def refusal(index: Index, url: str, *, public: bool) -> str:
    """Why `url` must not be asked on behalf of `index`; "" where it may be.

    - Its own origin is allowed, and https on the same host.
    - Public must be https, except on a loopback address (for tests and trials).
    - Public PyPI has one more origin, its file store. Any other public index may keep its files on
      any https host; one on a loopback address may keep them on loopback, too.
    """
    try:
        target, own = origin_of(url), origin_of(index.location)
    except ValueError as error:
        return str(error)
    secure = target[0] == "https"
    if public and not secure and not is_loopback(target[1]):
        return "a public index must be asked over https"
    if target == own or (secure and target[1] == own[1] and own[0] == "http"):
        return ""
    if not public:
        return "it is on another host or port than the index"
    return _refusal_of_file_host(target, own)


def _refusal_of_file_host(target: Origin, own: Origin) -> str:
    if own == origin_of(PUBLIC_PYPI):
        return "" if target == PUBLIC_PYPI_FILES else "it is on neither of public PyPI's two hosts"
    if target[0] == "https" or (is_loopback(own[1]) and is_loopback(target[1])):
        return ""
    return "it is on another host than the index, and not https"


def is_excepted(host: str, port: int, no_proxy: str) -> bool:
    """Whether `no_proxy` names the host: a name or its suffix, host:port, an address, a network, or "*"."""
    import ipaddress  # noqa: PLC0415

    for entry in filter(None, (part.strip().lower() for part in no_proxy.split(","))):
        name, _, wanted_port = entry.rpartition(":") if entry.count(":") == 1 else (entry, "", "")
        if wanted_port and wanted_port != str(port):
            continue
        name = name.removeprefix("*").removeprefix(".")
        if not name or host == name or host.endswith("." + name):
            return True
        with contextlib.suppress(ValueError):
            if ipaddress.ip_address(host) in ipaddress.ip_network(name, strict=False):
                return True
    return False
