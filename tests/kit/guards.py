"""Guards around every test: no network beyond loopback, no change of cwd or environment.

An audit hook cannot be removed, so one is installed once and switched on and off. What it
refuses is raised *and* remembered: code under test that swallows the error still fails its test.
"""

from __future__ import annotations

import ipaddress
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

REMOVED_PREFIXES = ("PIP_", "UV_", "DRIVERENV_", "XDG_", "PYPISERVER_")
REMOVED = ("http_proxy", "https_proxy", "all_proxy", "no_proxy", "netrc", "virtual_env", "pythonpath")
VOLATILE = ("PYTEST_CURRENT_TEST",)


class NetworkBlockedError(RuntimeError):
    """Something tried to talk to a host that is not this one."""


class _Switch:
    active = False
    installed = False
    refused: list[str] = []  # noqa: RUF012 -- one process, one hook


def is_loopback(host: object) -> bool:
    """Is this address, or name, this very machine? None and "" are the wildcard of a bind."""
    if isinstance(host, (bytes, bytearray)):
        host = bytes(host).decode("ascii", "replace")
    if host is None or host in {"", "localhost"}:
        return True
    try:
        address = ipaddress.ip_address(str(host).partition("%")[0])
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


def _target(event: str, args: tuple[object, ...]) -> object:
    if event in ("socket.connect", "socket.sendto", "socket.sendmsg"):
        address = args[1]
        return address[0] if isinstance(address, tuple) and address else None
    if event == "socket.getnameinfo":
        address = args[0]
        return address[0] if isinstance(address, tuple) and address else None
    if event in ("socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"):
        return args[0]
    return None


def _hook(event: str, args: tuple[object, ...]) -> None:
    if not _Switch.active or not event.startswith("socket."):
        return
    host = _target(event, args)
    if not is_loopback(host):
        text = f"{event} to {host!r}: tests may not leave this machine (mark it `online` if it must)"
        _Switch.refused.append(text)
        raise NetworkBlockedError(text)


@contextmanager
def loopback_only() -> Iterator[list[str]]:
    """Refuse every connection and name look-up beyond loopback; gives the list of what was refused."""
    if not _Switch.installed:
        sys.addaudithook(_hook)
        _Switch.installed = True
    before, _Switch.refused = _Switch.refused, []
    was, _Switch.active = _Switch.active, True
    try:
        yield _Switch.refused
    finally:
        _Switch.active = was
        _Switch.refused = before


def isolated_environment(home: Path, environ: Mapping[str, str]) -> dict[str, str]:
    """The environment for a test and its subprocesses: own home, no settings of this machine."""
    kept = {
        name: value
        for name, value in environ.items()
        if not name.upper().startswith(REMOVED_PREFIXES) and name.lower() not in REMOVED
    }
    places = {
        "HOME": home,
        "USERPROFILE": home,
        "APPDATA": home / "AppData",
        "LOCALAPPDATA": home / "LocalAppData",
        "PROGRAMDATA": home / "ProgramData",
        "XDG_CACHE_HOME": home / ".cache",
        "XDG_CONFIG_DIRS": home / "etc" / "xdg",
        "XDG_CONFIG_HOME": home / ".config",
        "XDG_DATA_HOME": home / ".local" / "share",
        "XDG_STATE_HOME": home / ".local" / "state",
    }
    return kept | {name: str(place) for name, place in places.items()}


@contextmanager
def replaced_environ(wanted: Mapping[str, str]) -> Iterator[None]:
    """`os.environ` is `wanted` inside, and what it was afterwards."""
    before = dict(os.environ)
    _set_environ(wanted)
    try:
        yield
    finally:
        current = {name: os.environ[name] for name in VOLATILE if name in os.environ}
        _set_environ({name: value for name, value in before.items() if name not in VOLATILE} | current)


def _set_environ(wanted: Mapping[str, str]) -> None:
    for name in set(os.environ) - set(wanted):
        del os.environ[name]
    for name, value in wanted.items():
        if os.environ.get(name) != value:
            os.environ[name] = value


def process_state() -> tuple[str, dict[str, str]]:
    """Where this process stands, and its environment."""
    try:
        where = os.getcwd()
    except FileNotFoundError:
        where = "(a folder that is gone)"
    return where, {name: value for name, value in os.environ.items() if name not in VOLATILE}


def changes(before: tuple[str, dict[str, str]], after: tuple[str, dict[str, str]]) -> list[str]:
    """What differs between two states, in words, without the values (they may be secrets)."""
    found = [f"cwd changed from {before[0]} to {after[0]}"] if before[0] != after[0] else []
    for name in sorted(before[1].keys() | after[1].keys()):
        if before[1].get(name) != after[1].get(name):
            verb = "added" if name not in before[1] else "removed" if name not in after[1] else "changed"
            found.append(f"os.environ[{name!r}] was {verb}")
    return found
