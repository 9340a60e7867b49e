from __future__ import annotations

import pytest

from driverenv._toml import PARTS, NotToml, loads


def test_a_document() -> None:
    text = "[a.'b.c'.\"d\"]\ne = ['x', 1.5]\n"
    assert loads(text, limit=100) == {"a": {"b.c": {"d": {"e": ["x", 1.5]}}}}


@pytest.mark.parametrize("part", ["a", "'a'", '"a"', "a ", '"\\\\"'])
def test_the_parts_of_a_key(part: str) -> None:
    long = ".".join([part] * PARTS)
    loads(f"x = 1\n{long} = 1\n", limit=1_000)
    for text in (f"{long}.{part} = 1", f"[{long}.{part}]", f"y = {{ {long}.{part} = 1 }}"):
        with pytest.raises(NotToml, match="more than 32 parts") as raised:
            loads(f"x = 1\n{text}\n", limit=1_000)
        assert raised.value.line == 2


def test_texts_with_many_dots_are_no_keys() -> None:
    text = "x = ['https://host.example/a.b.c/d-1.2.3.4.whl', 'and so on .....................................']\n"
    assert len(loads(text * 1, limit=1_000)["x"]) == 2


@pytest.mark.parametrize(
    ("text", "line", "detail"),
    [
        ("a = 1\nb =\n", 2, "Invalid value"),
        ("a = [", 1, "Invalid value"),
        ("a = 1\na = 2\n", 2, "Cannot overwrite a value"),
        ("x = " + "[" * 5_000, 0, "nested too deeply"),
        ("x = " + "9" * 5_000, 0, "digits"),
        ("#" * 10_001, 0, "more than 10,000 characters"),
    ],
)
def test_what_is_refused(text: str, line: int, detail: str) -> None:
    with pytest.raises(NotToml, match=detail) as raised:
        loads(text, limit=10_000)
    assert (raised.value.line, detail in raised.value.detail) == (line, True)


@pytest.mark.parametrize(
    "text", ["a" * 1_000_000, "a." * 500_000, "'\"" * 500_000, '"a' * 500_000, ". " * 500_000]
)
def test_takes_no_longer_than_it_is_long(text: str) -> None:
    with pytest.raises(NotToml):
        loads(text, limit=1_000_000)
