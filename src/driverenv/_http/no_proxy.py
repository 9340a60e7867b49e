"""Which hosts are asked without a proxy: what `no_proxy` may say (there is no standard; this is what curl and Go do)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

_BETWEEN = re.compile(r"[,\s]+")
_NAME = re.compile(r"[^\W_](?:[\w-]*[^\W_])?(?:\.[\w-]+)*\.?")


def is_excepted(host: str, port: int, no_proxy: str) -> bool:
    """Whether `no_proxy` names the host.

    Its entries stand between commas or blanks. Each is ``*`` (every host), a name (which stands for itself and for
    all below it, with or without ``.`` or ``*.`` in front), an address, or a network; ``:PORT`` limits it to that
    port, and an IPv6 address before a port has brackets. Names are compared as they are written: none is looked up,
    so that an address or network is never that of a name.
    """
    return any(entry.names(host, port) for entry in _entries(no_proxy))


def strange(no_proxy: str) -> tuple[str, ...]:
    """The entries that can name nobody."""
    found = [part for part in _BETWEEN.split(no_proxy) if part]
    return tuple(part for part in found if _entry(part) is None)


class _Entry(NamedTuple):
    """One entry; the name "" is every host."""

    name: str
    network: IPv4Network | IPv6Network | None
    port: int | None

    def names(self, host: str, port: int) -> bool:
        if self.port not in (None, port):
            return False
        if self.network is not None:
            address = _address(host)
            return address is not None and address in self.network
        bare = host.lower().rstrip(".")
        return not self.name or bare == self.name or bare.endswith(f".{self.name}")


def _entries(no_proxy: str) -> list[_Entry]:
    return [entry for part in _BETWEEN.split(no_proxy) if part and (entry := _entry(part)) is not None]


def _entry(text: str) -> _Entry | None:
    import ipaddress  # noqa: PLC0415 (only where there is a proxy)

    host, port = _without_port(text.lower())
    if port is not None and not 0 < port < 65536:  # noqa: PLR2004 (ports)
        return None
    if host == "*":
        return _Entry("", None, port)
    try:
        return _Entry("", ipaddress.ip_network(host, strict=False), port)
    except ValueError:
        name = host.removeprefix("*").removeprefix(".")
    return _Entry(name.rstrip("."), None, port) if _NAME.fullmatch(name) else None


def _without_port(text: str) -> tuple[str, int | None]:
    """``[address]:port``, ``name:port``; what has more colons and no brackets is an address of IPv6."""
    found = re.fullmatch(r"\[(?P<inside>[^\]]*)\](?P<size>/\d+)?(?::(?P<port>\d{1,5}))?", text, re.ASCII)
    if found:
        return found["inside"] + (found["size"] or ""), int(found["port"]) if found["port"] else None
    found = re.fullmatch(r"(?P<host>[^:]+):(?P<port>\d{1,5})", text, re.ASCII)
    return (found["host"], int(found["port"])) if found else (text, None)


def _address(host: str) -> IPv4Address | IPv6Address | None:
    import ipaddress  # noqa: PLC0415

    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address
