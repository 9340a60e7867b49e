from __future__ import annotations

import email
import email.policy
from pathlib import Path

import pytest

from driverenv.repository.checking import check
from driverenv.repository.upload import form, said, verdict
from tests.kit.sdists import make_sdist
from tests.kit.wheels import make_wheel


def fields(path: Path, tmp_path: Path) -> tuple[dict[str, list[str]], bytes, list[tuple[int, int]]]:
    """The form as somebody else's parser reads it."""
    heard: list[tuple[int, int]] = []
    one = check(path, filename=path.name, shown=path.name)
    body = form(one, lambda sent, total: heard.append((sent, total)))
    data = b"".join(body.chunks())
    assert len(data) == body.length
    head = f"Content-Type: {body.content_type}\r\n\r\n".encode()
    message = email.message_from_bytes(head + data, policy=email.policy.HTTP)
    found: dict[str, list[str]] = {}
    content = b""
    for part in message.iter_parts():
        name = str(part.get_param("name", header="content-disposition"))
        payload = part.get_payload(decode=True)
        assert isinstance(payload, bytes)
        if name == "content":
            assert part.get_filename() == path.name
            content = payload
        else:
            found.setdefault(name, []).append(payload.decode())
    return found, content, heard


def test_the_form_of_a_wheel(tmp_path: Path) -> None:
    path = make_wheel(tmp_path, "Six_Pack", "1.0", requires=["a", "b>1"], requires_python=">=3.8")
    found, content, heard = fields(path, tmp_path)
    assert content == path.read_bytes()
    assert (found[":action"], found["name"], found["version"]) == (["file_upload"], ["Six_Pack"], ["1.0"])
    assert (found["filetype"], found["pyversion"]) == (["bdist_wheel"], ["py3"])
    assert (found["requires_dist"], found["requires_python"]) == (["a", "b>1"], [">=3.8"])
    assert heard[-1] == (path.stat().st_size, path.stat().st_size)


def test_the_form_of_an_old_sdist(tmp_path: Path) -> None:
    path = make_sdist(tmp_path, "six", "1.0", backend="legacy", metadata_version="1.1")
    found, content, _ = fields(path, tmp_path)
    assert content == path.read_bytes()
    assert (found["filetype"], found["pyversion"], found["name"]) == (["sdist"], ["source"], ["six"])


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (200, b"", "taken"),
        (409, b"", "exists"),
        (400, b"File already exists.", "exists"),
        (400, b"<pre>Bad filename: x</pre>", "refused"),
        (401, b"", "auth"),
        (403, b"", "auth"),
        (404, b"", "no-upload"),
        (405, b"", "no-upload"),
        (303, b"", "redirect"),
        (413, b"", "too-large"),
        (500, b"", "error"),
    ],
)
def test_what_answers_mean(status: int, body: bytes, kind: str) -> None:
    assert verdict(status, body).kind == kind


def test_the_words_of_a_page() -> None:
    page = (
        b"<html><head><title>Error</title></head><style>b {}</style><body><h1>Oh</h1>\x1b[2J no</body></html>"
    )
    assert said(page) == "Oh \\x1b[2J no"
    assert said(b"<h1>Error</h1><pre>Package 'x' already\nexists!</pre>") == "Package 'x' already exists!"
    assert len(said(b"x" * 10_000)) == 301
