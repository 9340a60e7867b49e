"""A package index as a site configures it (`Index`): where it is, and on what terms it is asked."""

from __future__ import annotations

from driverenv.model.noun import Noun

TYPE_CHECKING = False
if TYPE_CHECKING:
    from os import PathLike
    from typing import Any, Self

PUBLIC_PYPI = "https://pypi.org/simple/"
"""The default public index: the one place where its URL is spelled out."""


def one_of(name: str, value: str, allowed: tuple[str, ...]) -> None:
    """Raise `ValueError` unless `value` is one of those `allowed`."""
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
    if "@" in host:
        raise ValueError("a file:// URL of an index has neither user nor password")
    if host not in ("", "localhost"):
        return "//" + host + "/" + unquote(path)
    path = unquote(path)
    return path if path[1:2] == ":" else "/" + path


def _is_relative(path: str) -> bool:
    return not (path.startswith(("/", "\\\\")) or path[1:3] in (":/", ":\\"))


class Index(Noun):
    """A package index: a folder of wheels and sdists, or a simple repository (PEP 503, PEP 691).

    Args:
        location: an absolute folder path, a ``file://`` URL, or an ``http(s)://`` URL, with or
            without ``/simple``. User and password in the URL are taken out of it.
        name: what messages call it; by default the location.
        username: for HTTP Basic authentication (RFC 7617), only ever sent to this index's own origin.
        password: the same.
        credentials: where they come from: "given" (the two above), "netrc" (the user's netrc file,
            opt-in) or "keyring" (the command ``keyring get LOCATION USERNAME``); looked up when the
            index is first asked, never before.
        ca_file: an absolute path of a PEM file: the certificates trusted for this index, in place of the system's.
        verify: False accepts any certificate of this index; every receipt says so.
        client_cert: an absolute path of a PEM file: the certificate that this index wants to see of us (RFC 8446),
            with its chain; only ever shown to this index's own origin.
        client_key: an absolute path of its private key, PEM; None where it is in the same file.
        client_key_password: for a key that is encrypted.
        proxy: an ``http(s)://`` URL: ask this index through that proxy, whatever the policy's proxies are; or
            "site": through those of the policy, as the public index is.
        connect_timeout: seconds until a connection must stand; None for the default.
        answer_timeout: seconds until an answer must begin; None for the default.
        whole_timeout: seconds until an answer must be complete; None for the default.
        redirect_hosts: hosts (with ``:port`` where it is not the default) that this index may redirect its pages to.
        file_hosts: hosts that its pages may link files at.
        probe: what proves that a project is absent: "root" (a 404 is believed only if the root page lacks the
            project too), "auto" (the same; but what was proved so within the last week, and is not on a
            pypiserver's root page, is absent without a look at its own page) or "project" (a 404 of a live
            index is enough; for indexes whose root page is too large to be read).
        follow_symlinks: for a folder: take up files behind links that lead out of it.

    Raises:
        ValueError: the location is empty, relative, or has a scheme that is no index's; or a value
            that is none of those listed.
    """

    __slots__ = (
        "answer_timeout",
        "ca_file",
        "client_cert",
        "client_key",
        "client_key_password",
        "connect_timeout",
        "credentials",
        "file_hosts",
        "follow_symlinks",
        "location",
        "name",
        "password",
        "probe",
        "proxy",
        "redirect_hosts",
        "username",
        "verify",
        "whole_timeout",
    )
    _secret = frozenset({"client_key_password", "password", "proxy"})

    location: str
    name: str
    username: str | None
    password: str | None
    credentials: str
    ca_file: str | None
    verify: bool
    client_cert: str | None
    client_key: str | None
    client_key_password: str | None
    proxy: str | None
    connect_timeout: float | None
    answer_timeout: float | None
    whole_timeout: float | None
    redirect_hosts: tuple[str, ...]
    file_hosts: tuple[str, ...]
    probe: str
    follow_symlinks: bool

    def __init__(  # noqa: PLR0913 (an index's terms, by name)
        self,
        location: str | PathLike[str],
        *,
        name: str = "",
        username: str | None = None,
        password: str | None = None,
        credentials: str = "given",
        ca_file: str | None = None,
        verify: bool = True,
        client_cert: str | None = None,
        client_key: str | None = None,
        client_key_password: str | None = None,
        proxy: str | None = None,
        connect_timeout: float | None = None,
        answer_timeout: float | None = None,
        whole_timeout: float | None = None,
        redirect_hosts: tuple[str, ...] | list[str] = (),
        file_hosts: tuple[str, ...] | list[str] = (),
        probe: str = "auto",
        follow_symlinks: bool = False,
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
        self._set(
            location=text,
            name=name or text,
            username=username,
            password=password,
            credentials=credentials,
            ca_file=ca_file,
            verify=bool(verify),
            client_cert=client_cert,
            client_key=client_key,
            client_key_password=client_key_password,
            proxy=proxy,
            connect_timeout=connect_timeout,
            answer_timeout=answer_timeout,
            whole_timeout=whole_timeout,
            redirect_hosts=tuple(host.lower() for host in redirect_hosts),
            file_hosts=tuple(host.lower() for host in file_hosts),
            probe=probe,
            follow_symlinks=bool(follow_symlinks),
        )
        self._check()

    def _check(self) -> None:
        one_of("credentials", self.credentials, ("given", "netrc", "keyring"))
        one_of("probe", self.probe, ("auto", "root", "project"))
        if self.client_cert is None and (self.client_key or self.client_key_password) is not None:
            raise ValueError("a client's key is of no use without its certificate (client_cert)")
        for seconds in (self.connect_timeout, self.answer_timeout, self.whole_timeout):
            if seconds is not None and not 0 < seconds < _LONGEST:
                raise ValueError(
                    f"a timeout must be more than 0 and less than {_LONGEST} seconds, not {seconds!r}"
                )

    def replace(self, **changes: Any) -> Self:  # noqa: ANN401 (fields have all types)
        """A copy with `changes` made; a name that is the location by default goes with it."""
        if "location" in changes and self.name == self.location:
            changes.setdefault("name", "")
        return super().replace(**changes)

    @property
    def is_folder(self) -> bool:
        """Whether this index is a folder (True) or a simple repository over HTTP (False)."""
        return not self.location.startswith(("http://", "https://"))

    @property
    def shown_username(self) -> str | None:
        """The username as it may be shown: one that stands alone in an address is a token."""
        alone = self.username is not None and self.password is None and self.credentials == "given"
        return "***" if alone else self.username

    def __repr__(self) -> str:
        """Show every field but secrets."""
        shown = self.shown_username
        return (
            super().__repr__() if shown == self.username else repr(self.replace(username=shown, password=""))
        )

    def __str__(self) -> str:
        """Name and location, as messages show them; never a password."""
        return self.location if self.name == self.location else f"{self.name} ({self.location})"


SITE = "site"
"""In place of a proxy's URL: those of the policy."""
_LONGEST = 3600
"""Seconds: a longer wait is a mistake in the settings."""


def folder_url(text: str) -> str:
    """An origin, or a folder below it, in the one spelling that addresses of files are held against.

    Raises `ValueError` where it is none, has user or password, or can be read in two ways.
    """
    try:
        index = Index(text)
    except ValueError as error:
        told = str(error).replace("an index's URL", "an address")
        raise ValueError(f"direct_urls: {told}") from None
    if index.is_folder or index.username is not None or index.password is not None:
        raise ValueError("direct_urls has http(s) addresses without user and password")
    scheme, _, rest = index.location.partition("://")
    host, _, path = rest.partition("/")
    path = path.rstrip("/")
    if {"", ".", ".."} & set(path.split("/") if path else ()) or any(
        mark in path.lower() for mark in _TWO_WAYS
    ):
        raise ValueError("direct_urls has an address whose path can be read in two ways")
    return f"{scheme}://{host.lower()}/{path}/" if path else f"{scheme}://{host.lower()}/"


_TWO_WAYS = ("%2e", "%2f", "%5c", "%00", "\\")
