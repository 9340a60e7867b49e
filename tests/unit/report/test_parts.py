from __future__ import annotations

from driverenv.report import parts
from tests.unit.report.sample import distribution, driver


def test_badges() -> None:
    assert parts.state_badge(driver(state="stale")) == '<span class="badge warn">stale</span>'
    assert list(parts.origin_badges(distribution("a", built=True))) == [
        '<span class="badge local">local</span>',
        '<span class="badge built">built</span>',
    ]


def test_a_table() -> None:
    drawn = parts.table(("name", "#size"), [("<a>", "1")])
    assert '<th scope="col" class="number">size</th>' in drawn
    assert '<td>&lt;a&gt;</td><td class="number">1</td>' in drawn


def test_facts_without_a_text_are_left_out() -> None:
    assert parts.facts([("a", ""), ("b", []), ("c", "d")]) == "<dl><div><dt>c</dt><dd>d</dd></div></dl>"


def test_to_open() -> None:
    assert parts.to_open("a", "b") == "<details><summary>a</summary>b</details>"
    assert parts.to_open("a", is_open=True).startswith('<details open="">')
    assert parts.code("<") == "<code>&lt;</code>"
