from __future__ import annotations

import pytest

from driverenv.archive.names import Names, check_unique, folded
from driverenv.archive.rules import Label
from driverenv.errors import ArchiveRejected

LABEL = Label("a.whl")

BAD = [
    ("../a", "name-path"),
    ("a/../b", "name-path"),
    ("./a", "name-path"),
    ("/etc/passwd", "name-path"),
    ("/", "name-path"),
    ("", "name-path"),
    ("a//b", "name-path"),
    ("a/", "name-path"),
    ("C:/a", "name-portable"),
    ("a\\b", "name-portable"),
    ("..\\b", "name-portable"),
    ("a:stream", "name-portable"),
    ("a?", "name-portable"),
    ("a\tb", "name-portable"),
    ("a\nb", "name-portable"),
    ("a\x00b", "name-portable"),
    ("a\u202eb", "name-portable"),
    ("a\u200db", "name-portable"),
    ("aux", "name-portable"),
    ("a/NUL.txt", "name-portable"),
    ("com1 .py", "name-portable"),
    ("a/b./c", "name-portable"),
    ("a ", "name-portable"),
    ("x" * 241, "name-length"),
    ("\u00e4" * 121, "name-length"),
    ("/".join("d" * 61), "name-length"),
    ("/".join(["d" * 200] * 6), "name-length"),
]


@pytest.mark.parametrize(("name", "rule"), BAD)
def test_bad_names(name: str, rule: str) -> None:
    with pytest.raises(ArchiveRejected) as caught:
        Names(LABEL).check(name)
    assert caught.value.data["rule"] == rule


@pytest.mark.parametrize(
    "name",
    [
        "a.py",
        "a/b/__init__.py",
        "a/.hidden",
        "a/...b",
        "console.py",
        "auxiliary/x",
        "a b/c (1).txt",
        "\u00e4/\u65e5.py",
        "x" * 240,
    ],
)
def test_good_names(name: str) -> None:
    names = Names(LABEL)
    names.check(name)
    names.check(name)


@pytest.mark.parametrize("name", ["../a", "/a", "a/..", "a\\b", "C:a", "a\x00", "a\u202e"])
def test_harmful_even_where_not_portable(name: str) -> None:
    with pytest.raises(ArchiveRejected):
        Names(LABEL, portable=False).check(name)


@pytest.mark.parametrize("name", ["aux", "ab:c", "what?", "a."])
def test_harmless_here(name: str) -> None:
    Names(LABEL, portable=False).check(name)


@pytest.mark.parametrize(
    ("files", "folders"),
    [
        (["a/B.py", "a/b.py"], []),
        (["stra\u00dfe", "STRASSE"], []),
        (["\u00e9", "e\u0301"], []),
        (["a", "a/b"], []),
        (["A", "a/b/c"], []),
        (["a/b"], ["a/b"]),
    ],
)
def test_names_that_meet(files: list[str], folders: list[str]) -> None:
    with pytest.raises(ArchiveRejected) as caught:
        check_unique(LABEL, files, folders)
    assert caught.value.data["rule"] == "name-unique"


def test_names_that_differ() -> None:
    check_unique(LABEL, ["a/b", "a/c", "b/b", "ab"], ["a", "b"])
    assert folded("A\u00c9") == folded("ae\u0301")
