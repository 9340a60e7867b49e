"""An index over HTTP: the way to it step by step, then what is served there, how fast, and to whom."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import NamedTuple

from driverenv._http import HttpTransport, TransportFailure
from driverenv._http.reach import CONNECTION, TLS
from driverenv.errors import DriverEnvError, foreign
from driverenv.index import trouble
from driverenv.index.survey import Banner, Surveyor, banner
from driverenv.index.trouble import Question
from driverenv.model.finding import FAIL, OK, WARN, Finding, Section
from driverenv.model.site import Index, Policy
from driverenv.stories.checkup import certificates, pages

PATIENCE = 30.0
"""Seconds: an index that took longer is not asked for more."""


class Looked(NamedTuple):
    """What was found of an index, and how far its clock is ahead of ours (seconds)."""

    name: str
    section: Section
    offset: float | None


def not_asked() -> Finding:
    """In offline mode, for what is not the site's own."""
    return Finding("index-offline", OK, "not asked", "the mode is offline: nothing leaves the site")


def look_at(
    name: str,
    index: Index,
    policy: Policy,
    transport: HttpTransport,
    *,
    fast: bool,
) -> Looked:
    """All about it; what comes after a step that failed is not looked at."""
    visit = _Visit(index, policy, transport)
    findings = tuple(visit.findings(fast=fast))
    return Looked(index.name, Section(name, findings), visit.offset)


class _Visit:
    """One index, looked at once."""

    def __init__(self, index: Index, policy: Policy, transport: HttpTransport) -> None:
        self._index, self._transport = index, transport
        self._public = index == policy.public
        self._at = Surveyor(index, self._public, transport, policy.public, time.monotonic)
        self._began = time.monotonic()
        self._is_lost = False
        self.offset: float | None = None

    def findings(self, *, fast: bool) -> Iterator[Finding]:
        """One after the other."""
        yield from certificates.ours(self._index, time.time())
        for step in (self._way, self._server, *(() if fast else (self._content,))):
            if self._is_lost:
                return
            if time.monotonic() - self._began > PATIENCE:
                told = f"it took more than {PATIENCE:.0f} s so far: the rest was not looked at"
                yield Finding(
                    "index-slow", WARN, "speed", told, "look what keeps the index or the network busy"
                )
                return
            for finding in step():
                self._is_lost |= finding.status == FAIL
                yield finding

    def _way(self) -> Iterator[Finding]:
        """Name, connection, TLS."""
        try:
            found = self._transport.reach(self._index, public=self._public)
        except TransportFailure as failure:
            what = {"tls": TLS, "down": CONNECTION}.get(failure.kind, "address")  # it may not be asked at all
            yield self._failed(f"index-{what}", what, failure)
            return
        via = f" of the proxy {foreign(found.proxy)}" if found.proxy else ""
        if found.addresses and found.addresses != (found.host,):
            told = f"{foreign(found.host)}{via} is {', '.join(found.addresses[:4])}"
            yield Finding("index-name", OK, "name", told, data={"addresses": list(found.addresses)})
        if found.seconds is not None:
            told = f"port {found.port}{via} takes connections, after {_ms(found.seconds)}"
            data = {"port": found.port, "milliseconds": round(found.seconds * 1000, 1)}
            yield Finding("index-connection", OK, "connection", told, data=data)
        if found.failure is not None:
            more = certificates.whose(found.certificate) if found.certificate else ""
            yield self._failed(f"index-{found.step}", found.step, found.failure, more)
        elif found.certificate is not None:
            yield certificates.of_index(found.certificate, found.protocol, self._index, time.time())

    def _server(self) -> Iterator[Finding]:
        """Does it answer, who is it, do we get in, is it an index."""
        before = time.time()
        try:
            shown = banner(self._at)
            if shown.date is not None:
                self.offset = shown.date + 0.5 - (before + time.time()) / 2  # dates are cut to whole seconds
            yield _told_server(shown)
            yield from pages.listing(self._at)
        except DriverEnvError as error:
            yield failed(error)

    def _content(self) -> Iterator[Finding]:
        """A page, a file, uploads, the fallback."""
        try:
            yield from pages.content(self._at)
        except DriverEnvError as error:
            yield failed(error)

    def _failed(self, code: str, what: str, failure: TransportFailure, more: str = "") -> Finding:
        question = Question(None, self._index, self._public, self._index.location)
        error = trouble.of_failure(question, failure)
        detail = f"{foreign(failure.detail)}{f'; {more}' if more else ''}"
        return Finding(code, FAIL, what, detail, "\n".join(error.remedies), {"error": error.code})


def failed(error: DriverEnvError) -> Finding:
    """What a launch would fail with."""
    answer = dict(error.facts).get("answer", "")
    detail = f"{error.summary}{f' ({answer})' if answer else ''}"
    return Finding("index-answer", FAIL, "answer", detail, "\n".join(error.remedies), {"error": error.code})


def _told_server(shown: Banner) -> Finding:
    data = {"status": shown.status, "kind": shown.kind or None, "version": shown.version or None}
    who = f"{shown.kind} {shown.version}".strip()
    if not who:
        who = (
            f"a server that calls itself {foreign(shown.software, limit=60)}"
            if shown.software
            else "a server"
        )
    if shown.kind == "pypiserver" and shown.version.startswith("1."):
        told = f"{who}: an old one, whose links have only MD5, and whose fallback leads to clear-text http"
        return Finding("index-server", WARN, "server", told, "update it: pip install pypiserver>=2.4", data)
    title = f', with the page "{foreign(shown.title, limit=60)}"' if shown.title and not shown.kind else ""
    return Finding("index-server", OK, "server", f"{who} answers{title}", data=data)


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:,.1f} ms"
