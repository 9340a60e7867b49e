"""Bytes to lines; whole files are in test_read."""

from __future__ import annotations

from driverenv.requirements.text import Undecodable, decode, logical_lines


def test_places_through_continuations_and_indents() -> None:
    (line,) = logical_lines("\n  six>=1, \\\n    <2 # why")
    assert line.text == "six>=1,     <2"
    assert line.line == 2
    assert line.place(0) == (2, 3, "  six>=1, \\")
    assert line.place(line.text.index("<")) == (3, 5, "    <2 # why")


def test_a_line_that_begins_with_an_empty_continuation() -> None:
    (line,) = logical_lines("\\\n\\\nsix==1")
    assert line.text == "six==1"
    assert line.place(3) == (3, 4, "six==1")


def test_a_hash_within_a_word_is_no_comment() -> None:
    assert [line.text for line in logical_lines("a#b #c\n#d\n \t# e")] == ["a#b"]


def test_where_bytes_are_no_text() -> None:
    found = decode(b"six\nok caf\xe9 # x")
    assert found == Undecodable(2, 7, "ok caf\xe9 # x", "byte 0xe9 is not UTF-8; only comments may have such")


def test_a_zero_character_is_no_text_under_any_byte_order_mark() -> None:
    for data in (b"six\n-r \0more.txt\n", b"\xef\xbb\xbfsix\n-r \0more.txt\n"):
        found = decode(data)
        assert isinstance(found, Undecodable)
        assert (found.line, found.column) == (2, 4)
        assert "zero character" in found.detail
