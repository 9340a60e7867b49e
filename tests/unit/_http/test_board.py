from __future__ import annotations

from driverenv._http.board import Alone
from driverenv._http.exchange import Response

ORIGIN = ("http", "pypi.lab", 80)


def test_alone_nothing_is_shared() -> None:
    board = Alone()
    with board.turn(ORIGIN, "page"):
        board.post(ORIGIN, "key", Response(200, {}, b"", "u"), asked=1.0)
    board.keep_page("key", b"page")
    assert board.answer(ORIGIN, "key", since=0.0) is None
    assert board.page("key") is None
