from __future__ import annotations

from collections.abc import Mapping

import pytest

from driverenv._http.board import Alone
from driverenv._http.exchange import Response
from driverenv._http.sharing import Sharing, question, shareable
from driverenv._http.terms import Terms

NOW = 1_800_000_000.0
FRESH = {"cache-control": "max-age=600", "etag": '"a"', "content-type": "text/html"}


class Shelf(Alone):
    """Keeps public pages."""

    def __init__(self) -> None:
        self.pages: dict[str, bytes] = {}

    def page(self, key: str) -> bytes | None:
        return self.pages.get(key)

    def keep_page(self, key: str, data: bytes) -> None:
        self.pages[key] = data


class Public:
    """Public's side: what it was asked, and what it answers."""

    def __init__(self, *answers: Response) -> None:
        self.asked: list[dict[str, str]] = []
        self._answers = list(answers)

    def __call__(self, headers: Mapping[str, str]) -> Response:
        self.asked.append(dict(headers))
        return self._answers.pop(0)


def ok(body: bytes, headers: Mapping[str, str] = FRESH) -> Response:
    return Response(200, headers, body, "u")


def test_a_fresh_page_is_not_asked_for() -> None:
    board, public = Shelf(), Public(ok(b"one"))
    first = Sharing(board, now=NOW).public_page("k", "u", public)
    again = Sharing(board, now=NOW + 500).public_page("k", "u", public)
    assert (first.body, again.body, again.status) == (b"one", b"one", 200)
    assert public.asked == [{}]


def test_an_old_one_is_asked_for_on_condition() -> None:
    board = Shelf()
    public = Public(ok(b"one"), Response(304, {"cache-control": "max-age=600"}, b"", "u"), ok(b"two"))
    for later, body in ((0, b"one"), (700, b"one"), (1200, b"one"), (1400, b"two"), (1500, b"two")):
        assert Sharing(board, now=NOW + later).public_page("k", "u", public).body == body
    assert public.asked == [{}, {"If-None-Match": '"a"'}, {"If-None-Match": '"a"'}]


@pytest.mark.parametrize("how", ["refresh", "renew"])
def test_who_wants_it_new_asks(how: str) -> None:
    board, public = Shelf(), Public(ok(b"one"), ok(b"two"), ok(b"three"))
    Sharing(board, now=NOW).public_page("k", "u", public)
    sharing = Sharing(board, now=NOW + 1, refresh=how == "refresh")
    if how == "renew":
        sharing.renew()
    assert sharing.public_page("k", "u", public).body == b"two"
    assert public.asked[1] == {"If-None-Match": '"a"', "Cache-Control": "no-cache"}
    assert Sharing(board, now=NOW + 2).public_page("k", "u", public).body == b"two"


def test_what_says_nothing_is_asked_for_each_time() -> None:
    board = Shelf()
    public = Public(ok(b"one", {"content-type": "text/html"}), ok(b"two", {}))
    assert [Sharing(board, now=NOW).public_page("k", "u", public).body for _ in range(2)] == [b"one", b"two"]
    assert public.asked == [{}, {}]
    assert not board.pages


def test_the_same_question_is_one_on_the_same_terms() -> None:
    asked = ("http://h/x", "text/html", ("me", "secret"), Terms(), "Index(h)")
    assert question(*asked) == question(*asked)
    others = [
        ("http://h/y", *asked[1:]),
        (*asked[:2], ("me", "other"), *asked[3:]),
        (*asked[:3], Terms(verify=False), asked[4]),
        (*asked[:3], Terms(proxy="http://p"), asked[4]),
    ]
    assert len({question(*asked), *(question(*one) for one in others)}) == 5
    assert "secret" not in question(*asked)


@pytest.mark.parametrize(
    "response",
    [
        Response(200, {"content-type": "text/html"}, b"<a href='http://me:secret@h/x'>", "u"),
        Response(200, {}, b'{"url": "https://token@h/x"}', "u"),
        Response(200, {}, b"<a href='/x?token=secret'>", "u"),
        Response(302, {"location": "http://h/x?signature=secret"}, b"", "u"),
        Response(200, {"link": "<http://me:secret@h/>; rel=next"}, b"", "u"),
        Response(503, {}, b"", "u"),
        Response(401, {}, b"", "u"),
        Response(200, {}, b"begin", "u", whole=False),
        Response(200, {}, b"x" * (1 << 21), "u"),
    ],
)
def test_what_others_do_not_get(response: Response) -> None:
    assert shareable(response) is None


def test_what_others_get_is_what_they_need() -> None:
    page = Response(200, {"content-type": "text/html", "set-cookie": "secret"}, b"<a href='x#sha256=0'>", "u")
    assert shareable(page) == Response(200, {"content-type": "text/html"}, page.body, "")
    gone = Response(404, {"x-token": "secret"}, b"no secret for you", "u")
    assert shareable(gone) == Response(404, {}, b"", "")


def test_a_public_page_with_a_secret_is_not_kept() -> None:
    board, public = Shelf(), Public(ok(b"<a href='/x?token=secret'>"))
    Sharing(board, now=NOW).public_page("k", "u", public)
    assert not board.pages
