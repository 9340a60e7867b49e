from __future__ import annotations

import email

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.version import Version

from driverenv.archive.headers import check_form, check_identity, normalized, same_name, same_version, scan
from driverenv.archive.rules import Label
from driverenv.errors import ArchiveRejected


def test_scan() -> None:
    data = (
        b"Metadata-Version: 2.1\r\nName: A b\r\nRequires-Dist: x: y\r\n more\r\nSummary: z\r\n more\r\n"
        b"Requires-Dist: 1\r\nrequires-dist:2\r\n\r\nName: no\r\n"
    )
    assert scan(data) == {
        "metadata-version": ["2.1"],
        "name": ["A b"],
        "requires-dist": ["x: y\n more", "1", "2"],
    }


LINES = st.sampled_from(
    [
        "Name: a",
        "name:b",
        "Version : 1",
        "Version: 1",
        " folded",
        "\t",
        "",
        "no header",
        "From me",
        ": x",
        "N\xe4me: x",
    ]
)


@given(st.lists(LINES, max_size=8), st.sampled_from(["\n", "\r\n", "\r"]))
def test_fields_are_those_of_an_email_parser(lines: list[str], end: str) -> None:
    data = end.join(lines).encode()
    theirs = email.message_from_bytes(data)
    for name in ("name", "version"):
        assert [squeezed(value) for value in scan(data).get(name, [])] == [
            squeezed(str(value)) for value in theirs.get_all(name, [])
        ]


def squeezed(value: str) -> str:
    return " ".join(value.split())


def test_lines_without_end_take_time_in_proportion() -> None:
    folded = b"Name: a\n" + b" b\n" * 200_000
    assert len(scan(folded)["name"][0]) == 1 + 3 * 200_000
    assert scan(b"X: a\n" * 200_000) == {}


@pytest.mark.parametrize(
    "data",
    [
        b"\xef\xbb\xbfName: a\n",
        b"Name: a\nno header\nRequires-Dist: hidden\n",
        b"Name : a\n",
        b" folded: first\n",
        b"Summary: x\rRequires-Dist: hidden\n",
        b"Name: a\0b\n",
    ],
)
def test_headers_that_readers_see_differently(data: bytes) -> None:
    with pytest.raises(ArchiveRejected) as caught:
        check_form(data, Label("a.whl"), "METADATA")
    assert caught.value.data["rule"] == "metadata"


def test_form_of_the_body_is_nobody_s_business() -> None:
    check_form(b"Name: a\r\nSummary: b\r\n c\r\n\r\nwhat\rever\0\xff\n", Label("a.whl"), "METADATA")


@pytest.mark.parametrize("text", ["\u212a", "a b", "-a", "", "a/b"])
def test_what_is_no_name(text: str) -> None:
    assert normalized(text) is None
    assert not same_name(text, "k")


@pytest.mark.parametrize(
    "data", [b"", b"\n", b" folded\n", b"no colon\n", b"\xff\xfe: \xff\n", b"\xef\xbb\xbfName: a\n"]
)
def test_scan_never_fails(data: bytes) -> None:
    scan(data)


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("1.0", True),
        ("1", True),
        ("1.0.0", True),
        ("1.0-1", False),
        ("x", False),
        ("", False),
        ("1.0.po\u017ft0", False),
    ],
)
def test_same_version(text: str, same: bool) -> None:
    assert same_version(text, Version("1.0")) is same


def test_underscore_in_a_folders_version() -> None:
    assert same_version("1.0_1", Version("1.0.post1"))


@pytest.mark.parametrize(
    "text",
    [
        "Version: 1.0",
        "Name: widget",
        "Name: widget\nName: widget\nVersion: 1.0",
        "Name: gadget\nVersion: 1.0",
        "Name: widget\nVersion: 1.1",
        "Name: widget\nVersion: soon",
    ],
)
def test_wrong_identity(text: str) -> None:
    with pytest.raises(ArchiveRejected) as caught:
        check_identity(scan(text.encode()), "widget", Version("1.0"), Label("a.whl"), "METADATA")
    assert caught.value.data["rule"] == "metadata"


def test_identity_by_any_spelling() -> None:
    check_identity(
        scan(b"Name: My.Widget\nVersion: 1"), "my-widget", Version("1.0"), Label("a.whl"), "METADATA"
    )


def test_a_version_of_more_digits_than_python_converts() -> None:
    assert not same_version("1" * 5000, Version("1"))
