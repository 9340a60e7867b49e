from __future__ import annotations

import io
import zipfile

import pytest

from driverenv.archive.polyglot import hides_a_zip


def inner(count: int = 1, *, names: int = 10) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for number in range(count):
            archive.writestr(f"{number:0{names}}", b"x")
    return out.getvalue()


def found(data: bytes) -> bool:
    return hides_a_zip(io.BytesIO(data), len(data))


@pytest.mark.parametrize("tail", [b"", b"behind", bytes(65_000)])
@pytest.mark.parametrize("count", [0, 1, 50])
def test_found_where_zip_readers_look(tail: bytes, count: int) -> None:
    data = b"\x1f\x8b and so on" * 9 + inner(count) + tail
    assert found(data)
    assert zipfile.is_zipfile(io.BytesIO(data))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x1f\x8b",
        b"x" * 70_000,
        b"before" + b"PK\x05\x06" + b"\x33" * 18,
        b"before" + b"PK\x05\x06" + b"\x33" * 5,
        inner() + bytes(66_000),
    ],
)
def test_not_found(data: bytes) -> None:
    assert not found(data)


def test_an_end_record_by_chance_does_not_hide_the_one_before_it() -> None:
    assert found(inner() + b"PK\x05\x06" + b"\x33" * 18)
