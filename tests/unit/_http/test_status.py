from __future__ import annotations

import pytest

from driverenv._http.status import said

HTML = {"content-type": "text/html; charset=utf-8"}


@pytest.mark.parametrize(
    ("status", "headers", "body", "expected"),
    [
        (500, {}, b"", "HTTP status 500"),
        (500, {"content-type": "text/plain"}, b"<title>x</title>", "HTTP status 500"),
        (500, HTML, b"<h1>x</h1>", "HTTP status 500"),
        (400, HTML, b"<title>400 No required SSL certificate was sent</title>",
         "HTTP status 400 (No required SSL certificate was sent)"),
        (401, HTML, b"<TITLE lang='en'>Error: 401\n  Unauthorized &amp; \xff</TITLE>",
         "HTTP status 401 (Unauthorized & \ufffd)"),
        (503, HTML, b"<title>" + b"x" * 300 + b"</title>", f"HTTP status 503 ({'x' * 120}…)"),
        (429, {"retry-after": "3600"}, b"", "HTTP status 429; it wants to be asked again in 3,600 s"),
        (404, HTML, b"<title>404</title>", "HTTP status 404"),
    ],
)  # fmt: skip
def test_what_it_says(status: int, headers: dict[str, str], body: bytes, expected: str) -> None:
    assert said(status, headers, body) == expected
