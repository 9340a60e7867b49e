from __future__ import annotations

import pytest
from packaging.version import Version

from driverenv.archive.headers import check_identity, same_version, scan
from driverenv.archive.rules import Label
from driverenv.errors import ArchiveRejected


def test_scan() -> None:
    data = b"Metadata-Version: 2.1\r\nName: A b\r\nSummary: x: y\r\n more\r\nClassifier: 1\r\nclassifier:2\r\n\r\nName: no\r\n"
    assert scan(data) == {
        "metadata-version": ["2.1"],
        "name": ["A b"],
        "summary": ["x: y\n more"],
        "classifier": ["1", "2"],
    }


@pytest.mark.parametrize(
    "data", [b"", b"\n", b" folded\n", b"no colon\n", b"\xff\xfe: \xff\n", b"\xef\xbb\xbfName: a\n"]
)
def test_scan_never_fails(data: bytes) -> None:
    scan(data)


@pytest.mark.parametrize(
    ("text", "same"),
    [("1.0", True), ("1", True), ("1.0.0", True), ("1.0-1", False), ("x", False), ("", False)],
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
