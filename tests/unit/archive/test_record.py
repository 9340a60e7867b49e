from __future__ import annotations

import hashlib

import pytest

from driverenv.archive.record import Check, Row, encoded, hasher, parse
from driverenv.archive.rules import Label
from driverenv.errors import ArchiveRejected

GOOD = encoded(hashlib.sha256(b"x").digest())
ROW = Row("a.py", f"sha256={GOOD}", "1")


OWN = Row("w.dist-info/RECORD", "", "")


def check(*rows: Row, strict: bool = True) -> Check:
    listed = rows if any(row.path == OWN.path for row in rows) else (*rows, OWN)
    return Check(listed, OWN.path, Label("w.whl"), strict=strict)


def test_parse() -> None:
    data = b'a.py,sha256=abc,3\r\n"b,c.py",sha256=d,\nRECORD,,\n'
    assert tuple(parse(data)) == (
        Row("a.py", "sha256=abc", "3"),
        Row("b,c.py", "sha256=d", ""),
        Row("RECORD", "", ""),
    )


@pytest.mark.parametrize(
    "data",
    [
        b"a,b\n",
        b"a,b,c,d\n",
        b"a\0,b,c\n",
        b"\xff,,\n",
        b'"a,b\n',
        b"a,,\rb,,\n",
        b"a,,\x0cb,,\n",
    ],
)
def test_unreadable(data: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 (any)
        tuple(parse(data))


def test_more_rows_than_members() -> None:
    with pytest.raises(ValueError, match="rows"):
        for _ in parse(b"a,,\n" * 100_001):
            pass


def test_match() -> None:
    looked = check(ROW, Row("w.dist-info/RECORD", "", ""))
    looked.member("a.py", 1, GOOD)
    looked.finish()
    assert looked.notes == []


def test_algorithms_in_capitals_as_python_2_7_wrote_them() -> None:
    looked = check(Row("a.py", f"SHA256={GOOD}", "1"))
    looked.member("a.py", 1, GOOD)
    looked.finish()
    with pytest.raises(ArchiveRejected):
        check(Row("a.py", "SHA256=AAAA", "1")).member("a.py", 1, GOOD)


def test_other_algorithm() -> None:
    looked = check(Row("a.py", "sha512=" + encoded(hashlib.sha512(b"x").digest()), "1"))
    assert looked.extra_algorithm("a.py") == "sha512"
    assert looked.extra_algorithm("b.py") is None
    extra = hasher("sha512")
    extra.update(b"x")
    looked.member("a.py", 1, GOOD, encoded(extra.digest()))


WRONG = [
    (Row("a.py", "sha256=AAAA", "1"),),
    (Row("a.py", f"sha256={GOOD}", "2"),),
    (Row("a.py", "md5=AAAA", "1"),),
    (Row("a.py", "", ""),),
    (),
    (ROW, Row("gone.py", f"sha256={GOOD}", "1")),
    (ROW._replace(size=""),),
    (ROW, ROW._replace(size="2")),
    (ROW, ROW),
    (ROW, Row("w.dist-info/RECORD", f"sha256={GOOD}", "1")),
]


@pytest.mark.parametrize("rows", WRONG)
def test_difference_is_refused_or_noted(rows: tuple[Row, ...]) -> None:
    with pytest.raises(ArchiveRejected) as caught:
        _run(check(*rows))
    assert caught.value.data["rule"] == "record"
    looked = check(*rows, strict=False)
    _run(looked)
    assert len(looked.notes) >= 1


def _run(looked: Check) -> None:
    looked.member("a.py", 1, GOOD)
    looked.finish()


def test_it_lists_itself() -> None:
    with pytest.raises(ArchiveRejected):
        Check((ROW,), OWN.path, Label("w.whl"), strict=True)


def test_signatures_are_not_hashed() -> None:
    looked = check(Row("w.dist-info/RECORD.jws", "", ""))
    looked.unhashed("w.dist-info/RECORD.jws")
    looked.finish()


def test_a_field_too_large_for_csv_is_a_value_error() -> None:
    with pytest.raises(ValueError, match="field"):
        tuple(parse(b'"' + b"a" * 200_000 + b'",,\n'))
