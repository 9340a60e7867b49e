"""What on a machine sets up other tools, and might be thought to set up this one: variables and files, by name only.

No value is looked at, for it may be a secret.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator, Mapping
from typing import NamedTuple

IGNORED, HEEDED, OURS = "ignored", "heeded", "ours"
"""What becomes of it here: nothing; what it is meant for; or it changes the Python that runs driverenv itself."""

_VARIABLES: tuple[tuple[str, str, str], ...] = (
    (r"PIP_\w+", "pip", IGNORED),
    (r"UV_\w+", "uv", IGNORED),
    (r"(?:REQUESTS|CURL)_CA_BUNDLE", "requests and curl", IGNORED),
    (r"SSL_CERT_(?:FILE|DIR)|SSLKEYLOGFILE", "OpenSSL", HEEDED),
    (r"PYTHON(?:HOME|PATH|STARTUP|USERBASE|NOUSERSITE|PLATLIBDIR|SAFEPATH)", "Python", OURS),
    (r"VIRTUAL_ENV|CONDA_PREFIX", "an environment that is active", IGNORED),
    (r"(?i:(?:https?|all|no|ftp)_proxy)", "proxies", HEEDED),
)


_OF_SYSTEM = {"win32": "getproxies_registry", "darwin": "getproxies_macosx_sysconf"}
"""What reads the proxies that the system itself has, by platform."""


class Influence(NamedTuple):
    """A variable or a file."""

    name: str
    """The variable's name, or the file's path."""
    of: str
    """What it is meant for."""
    effect: str


def influences(environ: Mapping[str, str]) -> tuple[Influence, ...]:
    """All that there are, variables first."""
    return (*_variables(environ), *_files(environ), *_of_system())


def _variables(environ: Mapping[str, str]) -> Iterator[Influence]:
    for name in sorted(environ):
        for pattern, of, effect in _VARIABLES:
            if environ[name] and re.fullmatch(pattern, name, re.ASCII):
                yield Influence(name, of, effect)


def _proxies_of_system() -> dict[str, str]:
    import urllib.request  # noqa: PLC0415 (only here)

    found: dict[str, str] = getattr(urllib.request, _OF_SYSTEM.get(sys.platform, ""), dict)()
    return found


def _of_system() -> Iterator[Influence]:
    """Proxies in the registry of Windows and in the network settings of macOS, which pip follows."""
    if any(name != "no" for name in _proxies_of_system()):
        yield Influence("the proxy settings of this system", "proxies", IGNORED)


def _files(environ: Mapping[str, str]) -> Iterator[Influence]:
    seen = set()
    for path, of in _places(environ):
        known = os.path.normcase(os.path.normpath(path))
        if os.path.isabs(path) and known not in seen and os.path.isfile(path):
            seen.add(known)
            yield Influence(path, of, IGNORED)


def _places(environ: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Where pip, uv and the netrc file are looked for by those who read them."""
    home = environ.get("HOME") or environ.get("USERPROFILE") or os.path.expanduser("~")
    windows = sys.platform == "win32"
    name = "pip.ini" if windows else "pip.conf"
    folders = [os.path.join(home, "pip" if windows else ".pip"), sys.prefix]
    folders += [os.path.join(folder, "pip") for folder in _config_folders(environ, home)]
    yield from ((os.path.join(folder, name), "pip") for folder in folders)
    yield "/etc/pip.conf", "pip"
    if environ.get("PIP_CONFIG_FILE"):
        yield environ["PIP_CONFIG_FILE"], "pip"
    for folder in _config_folders(environ, home):
        yield os.path.join(folder, "uv", "uv.toml"), "uv"
    named = environ.get("NETRC")
    paths = [named] if named else [os.path.join(home, one) for one in (".netrc", "_netrc")]
    yield from ((path, "netrc") for path in paths)
    yield os.path.join(home, ".pypirc"), "uploads"


def _config_folders(environ: Mapping[str, str], home: str) -> list[str]:
    """The folders that programs keep their settings in, here."""
    if sys.platform == "win32":
        names = ("PROGRAMDATA", "ALLUSERSPROFILE", "APPDATA")
        return [environ[name] for name in names if environ.get(name)]
    user = environ.get("XDG_CONFIG_HOME") or os.path.join(home, ".config")
    site = environ.get("XDG_CONFIG_DIRS") or "/etc/xdg"
    more = [os.path.join(home, "Library", "Application Support")] if sys.platform == "darwin" else []
    return [*filter(None, site.split(os.pathsep)), "/etc", user, *more]
