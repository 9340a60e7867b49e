from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from driverenv.index.metadata import MAX_BYTES, parse_metadata
from driverenv.model.resolution import Dependencies, Unusable
from tests.kit import Wheel

HEAD = b"Metadata-Version: 2.1\nName: six\nVersion: 1.0\n"


def good(raw: bytes) -> Dependencies:
    parsed = parse_metadata(raw)
    assert isinstance(parsed, Dependencies), parsed
    return parsed


def test_all_that_matters() -> None:
    wheel = Wheel(
        name="six",
        version="1.0",
        requires=["a>=1", "b[x]; python_version < '3'"],
        requires_python=">=3.6",
        extras={"My_Extra": ["c"]},
    )
    parsed = good(wheel.metadata())
    assert [str(one) for one in parsed.requires] == [
        "a>=1",
        'b[x]; python_version < "3"',
        'c; extra == "my-extra"',
    ]
    assert parsed.requires_python == ">=3.6"
    assert sorted(parsed.extras) == ["my-extra"]


def test_old_forms() -> None:
    raw = (
        HEAD.replace(b"\n", b"\r\n")
        + b"Requires-Dist: x (==1.0)\r\nREQUIRES-DIST: y (>=1,<2)\r\n\r\nRequires-Dist: body"
    )
    assert [str(one) for one in good(raw).requires] == ["x==1.0", "y<2,>=1"]
    assert good(b"Metadata-Version: 1.0\nName: six\nVersion: 1\nRequires: os\n").requires == ()
    folded = HEAD + b"Requires-Dist: z;\n  python_version >= '3'\nDescription: a\n        Requires-Dist: no\n"
    assert [str(one) for one in good(folded).requires] == ['z; python_version >= "3"']


@pytest.mark.parametrize("text", [b"", b">=3.*", b"latin \xe9", b"3.6"])
def test_requires_python_is_read_leniently(text: bytes) -> None:
    assert good(HEAD + b"Requires-Python: " + text + b"\n").requires_python in (None, ">=3.*")


def test_a_python_of_thousands_of_digits_is_none() -> None:
    assert good(HEAD + b"Requires-Python: >=" + b"3" * 5000 + b"\n").requires_python is None


def test_an_extra_that_is_no_name_is_none() -> None:
    assert good(HEAD + b"Provides-Extra: \xff\nProvides-Extra: X\n").extras == {"x"}


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (b"", "something else"),
        (b"<html><body>Log in: here</body></html>", "something else"),
        (b"Name: six\n", "something else"),
        (HEAD.replace(b"2.1", b"3.0"), "version 3.0"),
        (HEAD + b"Requires-Dist: enum==\n", "invalid requirement: enum=="),
        (HEAD + b"Requires-Dist: a>=1<=2\n", "invalid requirement: a>=1<=2"),
        (HEAD + b"Requires-Dist: a\n" * 5001, "more than 5,000"),
        (HEAD + b"Requires-Dist: a==" + b"9" * 5000 + b"\n", "invalid requirement: a==9"),
        (HEAD + b"Requires-Dist: a; python_version < '" + b"9" * 5000 + b"'\n", "invalid requirement: a; "),
        (
            HEAD + b"Requires-Dist: a; " + b"(" * 5000 + b"os_name=='x'" + b")" * 5000,
            "invalid requirement: a; (",
        ),
        (HEAD + b"Requires-Dist: a @ http://x/\xff\n", "invalid requirement: a @"),
        (bytes(MAX_BYTES + 1), "bytes"),
    ],
)
def test_unusable(raw: bytes, says: str) -> None:
    parsed = parse_metadata(raw)
    assert isinstance(parsed, Unusable)
    assert says in parsed.detail


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.binary(max_size=200))
def test_nothing_crashes(raw: bytes) -> None:
    parse_metadata(raw)
    parse_metadata(HEAD + b"Requires-Dist: " + raw)
    parse_metadata(HEAD + b"Requires-Python: " + raw + b"\nProvides-Extra: " + raw)
