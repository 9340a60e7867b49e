from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from driverenv._http import freshness
from driverenv._http.exchange import Response

NOW = 1_800_000_000.0
DATE = "Fri, 15 Jan 2027 08:00:00 GMT"
"""The same instant."""


def answer(body: bytes = b"page", status: int = 200, **headers: str) -> Response:
    return Response(status, {name.replace("_", "-"): value for name, value in headers.items()}, body, "u")


def page(**headers: str) -> freshness.Kept | None:
    return freshness.kept(answer(b"page", 200, **headers), asked=NOW, came=NOW + 2)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"cache_control": "max-age=600, public"}, 598),
        ({"cache_control": 'max-age="600"'}, 598),
        ({"cache_control": "max-age=600", "age": "100"}, 498),
        ({"cache_control": "max-age=600", "date": "Fri, 15 Jan 2027 07:55:00 GMT"}, 298),
        ({"cache_control": "public", "expires": "Fri, 15 Jan 2027 08:05:00 GMT", "date": DATE}, 298),
        ({"cache_control": "max-age=60", "expires": "Fri, 15 Jan 2027 09:00:00 GMT", "date": DATE}, 58),
        ({"etag": '"a"'}, 0),
        ({"etag": '"a"', "cache_control": "no-cache, max-age=600"}, 0),
        ({"etag": '"a"', "cache_control": "max-age=soon"}, 0),
        ({"last_modified": DATE, "expires": "0", "date": DATE}, 0),
    ],
)
def test_how_long_a_page_holds(headers: dict[str, str], seconds: float) -> None:
    kept = page(**headers)
    assert kept is not None
    if seconds:
        assert kept.is_fresh(NOW + 2)
        assert kept.is_fresh(NOW + 2 + seconds - 0.1)
    assert not kept.is_fresh(NOW + 2 + seconds)


def test_a_clock_that_was_set_back_makes_nothing_fresh() -> None:
    kept = page(cache_control="max-age=600")
    assert kept is not None
    assert not kept.is_fresh(NOW - 1)


@pytest.mark.parametrize(
    "response",
    [
        answer(cache_control="no-store, max-age=600"),
        answer(vary="Accept, Cookie", cache_control="max-age=600"),
        answer(vary="*", cache_control="max-age=600"),
        answer(status=404, cache_control="max-age=600"),
        answer(b"x" * (freshness.LARGEST + 1), cache_control="max-age=600"),
        answer(content_type="text/html"),
        Response(200, {"etag": '"a"'}, b"begin", "u", whole=False),
    ],
)
def test_what_is_not_kept(response: Response) -> None:
    assert freshness.kept(response, asked=NOW, came=NOW) is None


def test_it_is_asked_for_on_condition_and_renewed() -> None:
    kept = page(
        etag='"a"', last_modified=DATE, cache_control="max-age=1", content_type="text/html", vary="Accept"
    )
    assert kept is not None
    assert kept.conditions == {"If-None-Match": '"a"', "If-Modified-Since": DATE}
    later = answer(b"", 304, cache_control="max-age=600", content_type="text/plain", etag='"b"')
    assert freshness.is_unchanged(later)
    renewed = freshness.renewed(kept, later, asked=NOW + 50, came=NOW + 51)
    assert renewed.is_fresh(NOW + 600)
    assert renewed.response("u") == Response(
        200,
        {"etag": '"b"', "last-modified": DATE, "cache-control": "max-age=600", "content-type": "text/html"},
        b"page",
        "u",
    )


def test_there_and_back() -> None:
    kept = page(etag='"a"', link="</x>; rel=next")
    assert kept is not None
    assert freshness.parsed(freshness.rendered(kept)) == kept


@given(st.binary())
def test_what_cannot_be_read_is_nothing(data: bytes) -> None:
    assert freshness.parsed(data) is None


@given(
    st.dictionaries(st.sampled_from(["age", "cache-control", "date", "expires", "vary", "etag"]), st.text())
)
def test_no_header_is_too_strange(headers: dict[str, str]) -> None:
    kept = freshness.kept(Response(200, headers, b"", "u"), asked=NOW, came=NOW)
    if kept is not None:
        kept.is_fresh(NOW + 1)
