"""What the launches of one machine share of their questions, as the transport sees it.

An answer counts for a launch only if it was asked for after that launch began: then the launch might
have asked itself, and would know nothing newer. So launches that come together ask once, and a launch
that comes alone asks as if there were no others.
"""

from __future__ import annotations

import contextlib
from contextlib import AbstractContextManager
from typing import Literal, Protocol

from driverenv._http.exchange import Response
from driverenv._http.origins import Origin

Kind = Literal["page", "file"]
SHARED_STATUSES = frozenset({200, 301, 302, 303, 307, 308, 404, 410})
"""Definite answers; what may be another thing the next moment is asked again."""


class Board(Protocol):
    """Turns and answers that are shared by all launches from one home folder; safe for threads."""

    def turn(self, origin: Origin, kind: Kind) -> AbstractContextManager[None]:
        """Wait until this machine has fewer questions open at `origin` than that should have at once."""

    def answer(self, origin: Origin, key: str, *, since: float) -> Response | None:
        """What was answered to the question `key`, asked since then (`time.monotonic`); it has no URL."""

    def post(self, origin: Origin, key: str, response: Response, *, asked: float) -> None:
        """Let the others have an answer; `asked` as above."""

    def page(self, key: str) -> bytes | None:
        """The public page `key` as it was kept, if it was."""

    def keep_page(self, key: str, data: bytes) -> None:
        """Keep a public page for later launches."""


class Alone:
    """No others."""

    def turn(self, origin: Origin, kind: Kind) -> AbstractContextManager[None]:  # noqa: ARG002
        return contextlib.nullcontext()

    def answer(self, origin: Origin, key: str, *, since: float) -> Response | None:  # noqa: ARG002
        return None

    def post(self, origin: Origin, key: str, response: Response, *, asked: float) -> None:
        """Nobody is there to have it."""

    def page(self, key: str) -> bytes | None:  # noqa: ARG002
        return None

    def keep_page(self, key: str, data: bytes) -> None:
        """Nowhere to keep it."""
