"""One question to one origin, with all that it takes, on its way to the HTTP library."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from driverenv._http.exchange import Body, Timeouts, TransportFailure
from driverenv._http.origins import DEFAULT_PORTS, Origin, redacted
from driverenv._http.terms import Terms

if TYPE_CHECKING:
    import httpx

_LOCAL_AT_ONCE = 2
"""Pages, and as many files: a plain pypiserver lets a few connections wait, and loses the next for a second."""
_PUBLIC_AT_ONCE = 16
_SENDING_SECONDS = 3600.0
"""For a whole upload."""
_SENT_SECONDS = 120.0
"""Between any two writes, and until the answer begins when all was sent: it is checked there, too."""


@dataclass(frozen=True, slots=True)
class Errand:
    """A question that may be asked, with all that it takes."""

    index: str
    """On whose behalf."""
    url: str
    origin: Origin
    public: bool
    headers: Mapping[str, str]
    account: tuple[str, str] | None = field(repr=False)
    terms: Terms
    times: Timeouts
    method: str = "GET"
    body: Body | None = None

    def with_body(self, body: Body, method: str = "POST", seconds: float = _SENDING_SECONDS) -> Errand:
        """The same, sending something: with patience for that, `seconds` in all."""
        times = replace(self.times, first_byte=seconds, answer=seconds)
        told = {"Content-Type": body.content_type, "Content-Length": str(body.length)}
        headers = {**self.headers, "Accept-Encoding": "identity", **told}
        return replace(self, headers=headers, times=times, method=method, body=body)

    @property
    def shown(self) -> str:
        """The address as messages show it."""
        return redacted(self.url)

    @property
    def at_once(self) -> int:
        """How many such questions its origin is asked at once."""
        return _PUBLIC_AT_ONCE if self.public else _LOCAL_AT_ONCE


def send(pool: httpx.HTTPTransport, errand: Errand, offered: list[str]) -> httpx.Response:
    """One try: the answer with its body still to be read.

    `offered` takes up what a proxy says that wants a password: the library keeps its answer to itself.
    Raises what the library does, and `TransportFailure`.
    """
    import httpx  # noqa: PLC0415 (150 ms that a site with folder indexes never pays)

    times, headers = errand.times, dict(errand.headers)
    if errand.account is not None:
        headers["Authorization"] = "Basic " + b64encode(":".join(errand.account).encode()).decode()
    patience = times.first_byte if errand.body is None else _SENT_SECONDS
    timeout = httpx.Timeout(patience, connect=times.connect, pool=None)
    content = None if errand.body is None else errand.body.chunks()
    extensions: dict[str, Any] = {"timeout": timeout.as_dict()}
    if errand.terms.proxy:
        if errand.origin[0] == "https" and ":" in errand.origin[1]:  # httpcore leaves its brackets out
            detail = f"an address of IPv6 cannot be asked through the proxy {errand.terms.told_proxy}: name its host"
            raise TransportFailure("down", detail, again=False, case="proxy")
        extensions["trace"] = partial(_hear, offered)
    request = httpx.Request(
        errand.method, errand.url, headers=headers, content=content, extensions=extensions
    )
    port = request.url.port if request.url.port is not None else DEFAULT_PORTS[request.url.scheme]
    if (request.url.scheme, request.url.host, port) != errand.origin:
        raise TransportFailure("forbidden", "its host can be read in two ways", again=False)
    return pool.handle_request(request)


def _hear(offered: list[str], event: str, told: Mapping[str, Any]) -> None:
    if event.endswith("receive_response_headers.complete"):
        _, _, _, headers = told["return_value"]
        offered += [
            value.decode("latin-1") for name, value in headers if name.lower() == b"proxy-authenticate"
        ]
