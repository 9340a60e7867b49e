"""One file on its way to a server: the form that twine sends as well (`:action=file_upload`), and what is answered. Pure but for the file.

Described by Warehouse as the legacy upload API; pypiserver, devpi, Artifactory and Nexus take it.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterator
from http import HTTPStatus
from typing import NamedTuple

from driverenv._http import Body
from driverenv.archive import headers
from driverenv.errors import foreign
from driverenv.repository.checking import Checked

_CHUNK = 1 << 16
_TAGS = re.compile(r"<[^<>]{0,500}>")
_PRE = re.compile(r"<pre>(.*?)</pre>", re.IGNORECASE | re.DOTALL)
_HIDDEN = re.compile(r"<(style|script|head)\b.*?</\1>", re.IGNORECASE | re.DOTALL)


_KINDS = {401: "auth", 403: "auth", 404: "no-upload", 405: "no-upload", 413: "too-large"}
_BY_HUNDREDS = {2: "taken", 3: "redirect", 4: "refused"}


class Verdict(NamedTuple):
    """What a server's answer means."""

    kind: str
    """"taken", "exists", "auth", "no-upload", "redirect", "too-large", "refused" or "error"."""
    text: str
    """What it said, fit to be shown."""


def form(one: Checked, on_sent: Callable[[int, int], None]) -> Body:
    """The form for a file; `on_sent` hears how many bytes of how many have gone."""
    boundary = uuid.uuid4().hex
    before = b"".join(_field(boundary, name, value) for name, value in _fields(one))
    before += (
        f'--{boundary}\r\nContent-Disposition: form-data; name="content"; filename="{one.named.filename}"\r\n'
        "Content-Type: application/octet-stream\r\n\r\n"
    ).encode()
    after = f"\r\n--{boundary}--\r\n".encode()

    def chunks() -> Iterator[bytes]:
        yield before
        sent = 0
        with one.path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                yield chunk
                sent += len(chunk)
                on_sent(sent, one.size)
        yield after

    length = len(before) + one.size + len(after)
    return Body(f"multipart/form-data; boundary={boundary}", length, chunks)


def _fields(one: Checked) -> Iterator[tuple[str, str]]:
    said = headers.scan(one.metadata) if one.metadata else {}
    named = one.named
    yield ":action", "file_upload"
    yield "protocol_version", "1"
    yield "metadata_version", (said.get("metadata-version") or ["1.1"])[0]
    yield "name", (said.get("name") or [named.project])[0]
    yield "version", (said.get("version") or [named.version])[0]
    yield "filetype", "bdist_wheel" if named.is_wheel else "sdist"
    yield "pyversion", named.tags[0].split("-")[0] if named.tags else "source"
    yield "sha256_digest", one.sha256
    for field, key in (("summary", "summary"), ("requires_python", "requires-python")):
        yield from ((field, value) for value in said.get(key, ())[:1])
    yield from (("requires_dist", value) for value in said.get("requires-dist", ()))


def _field(boundary: str, name: str, value: str) -> bytes:
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'
    return head.encode() + value.encode("utf-8", "replace") + b"\r\n"


def verdict(status: int, body: bytes) -> Verdict:
    """What an answer means."""
    text = said(body)
    if status in (400, 403, 409) and (status == HTTPStatus.CONFLICT or "already exist" in text.lower()):
        return Verdict("exists", text)
    kind = _KINDS.get(status) or _BY_HUNDREDS.get(status // 100, "error")
    return Verdict(kind, text if kind == "taken" else f"HTTP status {status}{f': {text}' if text else ''}")


def said(body: bytes) -> str:
    """The words of an answer, be it text or a page."""
    text = body[:8192].decode("utf-8", "replace")
    found = _PRE.search(text)
    text = found[1] if found else _TAGS.sub(" ", _HIDDEN.sub(" ", text))
    return foreign(" ".join(text.split()), limit=300)
