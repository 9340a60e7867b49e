from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from packaging.utils import canonicalize_name
from packaging.version import Version

from driverenv._http import Stream, TransportFailure
from driverenv.errors import IndexUnavailable
from driverenv.events import ignore
from driverenv.fetch.promises import Job
from driverenv.fetch.reception import Reception
from driverenv.model.answers import ProjectFile
from driverenv.model.resolution import Candidate
from driverenv.model.site import Index

INDEX = Index("http://lab/simple/")


def reception(path: Path, size: int | None = None) -> Reception:
    file = ProjectFile("w-1-py3-none-any.whl", "http://lab/w.whl", size=size)
    one = Candidate(
        canonicalize_name("w"), Version("1"), file, INDEX, public=False, is_wheel=True, tag_rank=0
    )
    return Reception(Job(one, frozenset()), path, ignore)


def answer(
    status: int, *chunks: bytes, headers: Mapping[str, str] | None = None, cut: bool = False
) -> Stream:
    def body() -> Iterator[bytes]:
        yield from chunks
        if cut:
            raise TransportFailure("truncated", "cut")

    return Stream(status, headers or {}, body(), "http://lab/w.whl")


def test_pieces_make_a_whole(tmp_path: Path) -> None:
    one = reception(tmp_path / "f")
    with pytest.raises(TransportFailure):
        one.take(answer(200, b"ab", cut=True))
    assert one.received == 2
    one.take(answer(206, b"cd", b"", b"e", headers={"content-range": "bytes 2-4/5", "content-length": "3"}))
    assert (tmp_path / "f").read_bytes() == b"abcde"
    assert one.digests() == {"sha256": hashlib.sha256(b"abcde").hexdigest(), "size": "5"}


@pytest.mark.parametrize(
    "content_range",
    [
        "",
        "bytes 0-4/5",
        "bytes 3-4/5",
        "items 2-4/5",
        "bytes 22-4/5",
        "bytes */5",
        "bytes 2-3/5",
        "bytes 2-4",
        "nonsense",
    ],
)
def test_never_appended_blindly(tmp_path: Path, content_range: str) -> None:
    one = reception(tmp_path / "f")
    with pytest.raises(TransportFailure):
        one.take(answer(200, b"ab", cut=True))
    with pytest.raises(IndexUnavailable):
        one.take(answer(206, b"cde", headers={"content-range": content_range}))
    assert (tmp_path / "f").read_bytes() == b"ab"


def test_a_file_that_changed_on_the_way_is_begun_anew(tmp_path: Path) -> None:
    one = reception(tmp_path / "f")
    with pytest.raises(TransportFailure):
        one.take(answer(200, b"ab", headers={"content-length": "5"}, cut=True))
    with pytest.raises(TransportFailure, match="changed"):
        one.take(answer(206, b"cdef", headers={"content-range": "bytes 2-5/6", "content-length": "4"}))
    assert (one.received, (tmp_path / "f").read_bytes()) == (0, b"")
    one.take(answer(200, b"abcdef", headers={"content-length": "6"}))
    assert (tmp_path / "f").read_bytes() == b"abcdef"


def test_the_rest_of_an_unknown_whole(tmp_path: Path) -> None:
    one = reception(tmp_path / "f")
    with pytest.raises(TransportFailure):
        one.take(answer(200, b"ab", cut=True))
    one.take(answer(206, b"cd", headers={"content-range": "bytes 2-3/*"}))
    assert (tmp_path / "f").read_bytes() == b"abcd"


def test_from_the_start_again(tmp_path: Path) -> None:
    one = reception(tmp_path / "f")
    with pytest.raises(TransportFailure):
        one.take(answer(200, b"xx", cut=True))
    one.take(answer(200, b"abc"))
    assert (tmp_path / "f").read_bytes() == b"abc"
    assert one.digests()["sha256"] == hashlib.sha256(b"abc").hexdigest()


def test_more_than_promised_is_not_taken(tmp_path: Path) -> None:
    one = reception(tmp_path / "f", size=3)
    endless = Stream(200, {}, iter(lambda: b"xx", b""), "http://lab/w.whl")
    one.take(endless)
    assert one.received == 4


def test_fewer_than_announced(tmp_path: Path) -> None:
    with pytest.raises(TransportFailure, match="2 of 9"):
        reception(tmp_path / "f").take(answer(200, b"ab", headers={"content-length": "9"}))


def test_a_length_that_is_none(tmp_path: Path) -> None:
    one = reception(tmp_path / "f")
    one.take(answer(200, b"ab", headers={"content-length": "-9"}))
    assert one.received == 2
