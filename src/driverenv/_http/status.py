"""What an answer that is no page says of itself: its status, and what a person would see (RFC 9110 section 15)."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping

from driverenv._http.patience import retry_after

_TITLE = re.compile(rb"<title[^>]*>([^<]{1,400})</title>", re.IGNORECASE)
_LONGEST = 120


def said(status: int, headers: Mapping[str, str], body: bytes) -> str:
    """The status in words, as a sentence's end; foreign text in it is not escaped yet.

    With the title of an HTML page, where it says more than the status, and with how long the server wants to be
    left alone, if it says that: it was longer than anybody waits, or it was in vain.
    """
    text = f"HTTP status {status}"
    title = _title(status, headers, body)
    if title:
        text += f" ({title})"
    return text + wish(headers)


def wish(headers: Mapping[str, str]) -> str:
    """How long the server wants to be left alone, as more of a sentence; "" where it does not say."""
    seconds = retry_after(headers)
    return "" if seconds is None else f"; it wants to be asked again in {seconds:,.0f} s"


def _title(status: int, headers: Mapping[str, str], body: bytes) -> str:
    if "html" not in headers.get("content-type", "").lower():
        return ""
    found = _TITLE.search(body[: 64 * 1024])
    if found is None:
        return ""
    title = " ".join(html.unescape(found[1].decode("utf-8", "replace")).split())
    title = re.sub(rf"^(?:Error:? )?{status}\s*", "", title)
    return title if len(title) <= _LONGEST else f"{title[:_LONGEST]}…"
