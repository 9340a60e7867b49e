"""What a site decides: its indexes, the mode, and the policy (`Index`, `Mode`, `Policy`)."""

from __future__ import annotations

from driverenv.model.noun import Noun

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from os import PathLike
    from typing import Literal

PUBLIC_PYPI = "https://pypi.org/simple/"
"""The default public index: the one place where its URL is spelled out."""

DEFAULT_VALID_FOR_MINUTES = 480.0
"""How long an environment is used again without asking the indexes (minutes)."""


def _one_of(name: str, value: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise ValueError(f"{name} must be one of {', '.join(allowed)}, not {value!r}")


def _split_credentials(scheme: str, rest: str) -> tuple[str, str | None, str | None]:
    authority, slash, path = rest.partition("/")
    credentials, at, host = authority.rpartition("@")
    user: str | None = None
    password: str | None = None
    if at:
        from urllib.parse import unquote  # noqa: PLC0415 (only where a URL carries credentials)

        raw_user, colon, raw_password = credentials.partition(":")
        user = unquote(raw_user)
        password = unquote(raw_password) if colon else None
    if not host:
        raise ValueError("an index's URL needs a host")
    _check_url(host, path)
    return f"{scheme}://{host}{slash}{path}", user, password


def _check_url(host: str, path: str) -> None:
    """Refuse what urllib would, or would read otherwise; never quotes, for a slip may put a password anywhere."""
    if "@" in path:
        raise ValueError(
            "an index's URL has an @ after its host; in credentials, write / as %2F and @ as %40"
        )
    if not (host + path).isprintable() or " " in host:
        raise ValueError("an index's URL has a blank or a control character")
    if any(mark in host + path for mark in "?#"):
        raise ValueError("an index's URL has neither ? nor #")
    name, colon, port = host.rpartition(":") if host[-1] != "]" else (host, "", "")
    if not colon:
        name = host
    elif not (port.isascii() and port.isdigit() and len(port) <= 5 and int(port) <= 65535):  # noqa: PLR2004
        raise ValueError("an index's URL has a port that is no number up to 65535")
    if not (_is_address(name[1:-1]) if name[:1] == "[" and name[-1] == "]" else _is_host(name)):
        raise ValueError("an index's URL has a malformed host")


def _is_address(text: str) -> bool:
    from ipaddress import IPv6Address  # noqa: PLC0415 (only where a URL has such an address)

    try:
        IPv6Address(text)
    except ValueError:
        return False
    return True


def _is_host(name: str) -> bool:
    if not name.isascii():
        try:
            name = name.encode("idna").decode("ascii")
        except UnicodeError:
            return False
    labels = name.removesuffix(".").split(".")
    return not any(mark in name for mark in "/?#@:[]\\") and all(0 < len(label) < 64 for label in labels)  # noqa: PLR2004


def _shown(text: str) -> str:
    """`text` for a message, without what stands before an @: it may be a password."""
    _, at, rest = text.rpartition("@")
    return repr(f"***@{rest}" if at else text)


def _path_of_file_url(rest: str) -> str:
    from urllib.parse import unquote  # noqa: PLC0415

    host, _, path = rest.partition("/")
    if host not in ("", "localhost"):
        return "//" + host + "/" + unquote(path)
    path = unquote(path)
    return path if path[1:2] == ":" else "/" + path


def _is_relative(path: str) -> bool:
    return not (path.startswith(("/", "\\\\")) or path[1:3] in (":/", ":\\"))


class Mode:
    """Whether anything may leave the site: `ONLINE` (absent locally -> public) or `OFFLINE` (local only)."""

    ONLINE: Literal["online"] = "online"
    OFFLINE: Literal["offline"] = "offline"


class Index(Noun):
    """A package index: a folder of wheels and sdists, or a simple repository (PEP 503, PEP 691).

    Args:
        location: an absolute folder path, a ``file://`` URL, or an ``http(s)://`` URL, with or
            without ``/simple``. User and password in the URL are taken out of it.
        name: what messages call it; by default the location.
        username: for HTTP Basic authentication (RFC 7617), only ever sent to this index's own origin.
        password: the same.

    Raises:
        ValueError: the location is empty, relative, or has a scheme that is no index's.
    """

    __slots__ = ("location", "name", "password", "username")
    _secret = frozenset({"password"})

    location: str
    name: str
    username: str | None
    password: str | None

    def __init__(
        self,
        location: str | PathLike[str],
        *,
        name: str = "",
        username: str | None = None,
        password: str | None = None,
    ) -> None:
        text = location if isinstance(location, str) else location.__fspath__()
        scheme, separator, rest = text.partition("://")
        if separator and scheme.lower() in ("http", "https"):
            text, found_user, found_password = _split_credentials(scheme.lower(), rest)
            username = username if username is not None else found_user
            password = password if password is not None else found_password
        elif separator and scheme.lower() == "file":
            text = _path_of_file_url(rest)
        elif separator:
            raise ValueError(f"an index is a folder or an http(s) URL, not {_shown(scheme)[1:-1]}://")
        if not text or (_is_relative(text) and not text.startswith(("http://", "https://"))):
            raise ValueError(f"an index's folder must be an absolute path, not {_shown(text)}")
        self._set(location=text, name=name or text, username=username, password=password)

    @property
    def is_folder(self) -> bool:
        """Whether this index is a folder (True) or a simple repository over HTTP (False)."""
        return not self.location.startswith(("http://", "https://"))

    def __str__(self) -> str:
        """Name and location, as messages show them; never a password."""
        return self.location if self.name == self.location else f"{self.name} ({self.location})"


class Policy(Noun):
    """The site's rules for where distributions may come from and how environments are made.

    Args:
        mode: `Mode.ONLINE` or `Mode.OFFLINE`.
        local: the local indexes in order; the first that has a project owns it.
        public: the public index, asked only for what every local index lacks; None for no public index.
        prereleases: "if-necessary" (PEP 440: only where no final release fits), "explicit" (only
            where a requirement names one) or "never".
        builds: whether sdists may be built: "allowed", "local" (only those of local indexes) or "never".
        sharing: "link" (code files are shared with the store by hard links) or "copy".
        byte_code: "background" (compiled after the hand-over), "now" or "never".
        valid_for_minutes: how long an environment is used again without asking the indexes.
        proxies: for the public index only, by the names "http_proxy", "https_proxy", "all_proxy" and
            "no_proxy". Local indexes are always asked directly.

    Raises:
        ValueError: a value that is none of those listed.
    """

    __slots__ = (
        "builds",
        "byte_code",
        "local",
        "mode",
        "prereleases",
        "proxies",
        "public",
        "sharing",
        "valid_for_minutes",
    )

    mode: str
    local: tuple[Index, ...]
    public: Index | None
    prereleases: str
    builds: str
    sharing: str
    byte_code: str
    valid_for_minutes: float
    proxies: tuple[tuple[str, str], ...]
    _secret = frozenset({"proxies"})

    def __init__(  # noqa: PLR0913 (a site's policy, by name)
        self,
        *,
        mode: str = Mode.ONLINE,
        local: tuple[Index, ...] | list[Index] = (),
        public: Index | None = Index(PUBLIC_PYPI, name="public PyPI"),  # noqa: B008 (immutable)
        prereleases: str = "if-necessary",
        builds: str = "allowed",
        sharing: str = "link",
        byte_code: str = "background",
        valid_for_minutes: float = DEFAULT_VALID_FOR_MINUTES,
        proxies: Mapping[str, str] | tuple[tuple[str, str], ...] = (),
    ) -> None:
        _one_of("mode", mode, ("online", "offline"))
        _one_of("prereleases", prereleases, ("if-necessary", "explicit", "never"))
        _one_of("builds", builds, ("allowed", "local", "never"))
        _one_of("sharing", sharing, ("link", "copy"))
        _one_of("byte_code", byte_code, ("background", "now", "never"))
        if not valid_for_minutes >= 0:
            raise ValueError(f"valid_for_minutes must be 0 or more, not {valid_for_minutes!r}")
        if not all(isinstance(index, Index) for index in local):
            raise ValueError("local must be a sequence of Index")
        if public is not None and public.is_folder:
            raise ValueError("public must be an Index with an http(s) URL, or None")
        self._set(
            mode=mode,
            local=tuple(local),
            public=public,
            prereleases=prereleases,
            builds=builds,
            sharing=sharing,
            byte_code=byte_code,
            valid_for_minutes=float(valid_for_minutes),
            proxies=tuple(sorted(dict(proxies).items())),
        )

    @property
    def offline(self) -> bool:
        """Whether nothing may leave the site."""
        return self.mode == Mode.OFFLINE
