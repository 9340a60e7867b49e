from __future__ import annotations

import pytest

from driverenv.requirements.embedded import Malformed, project, script

HEADER = """\
#!/usr/bin/env python
# /// script
# requires-python = ">=3.9"
# dependencies = [
#   "requests<3",
#   # "left.out",
#   'rich >= 13',
# ]
# ///
import requests
"""
PROJECT = """\
[project]
name = "driver"
requires-python = ">=3.9"
dependencies = ["six >= 1.9", "requests"]

[project.optional-dependencies]
Fast = ["orjson"]

[dependency-groups]
test = ["pytest >= 8", { include-group = "lab" }]
lab = ["six < 2"]
"""


def stated(found: object) -> list[tuple[str, int, int]]:
    lines = found.lines  # type: ignore[attr-defined]
    return [(line.text, *line.place(0)[:2]) for line in lines]


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_a_script_header(newline: str) -> None:
    found = script(HEADER.replace("\n", newline))
    assert found is not None
    assert found.requires_python == ">=3.9"
    assert stated(found) == [("requests<3", 5, 6), ("rich >= 13", 7, 6)]


def test_a_script_without_a_header() -> None:
    assert script("import six\n# /// other\n# x = 1\n# ///\n") is None
    assert script("") is None


def test_the_last_line_may_lack_its_end() -> None:
    found = script("# /// script\n# dependencies = ['six']\n# ///")
    assert found is not None
    assert stated(found) == [("six", 2, 20)]


@pytest.mark.parametrize(
    ("text", "line", "detail"),
    [
        ("# /// script\n# dependencies = []\nimport six\n", 1, "no end"),
        ("# /// script\n# ///\n\n# /// script\n# ///\n", 4, "two headers"),
        ("# /// script\n# a = 1\n# dependencies = [\n# ///\n", 3, "no TOML"),
        ("# /// script\n# dependencies = 'six'\n# ///\n", 2, "dependencies must be a list of texts"),
        ("# /// script\n# dependencies = [1]\n# ///\n", 2, "dependencies must be a list of texts"),
        ("# /// script\n# requires-python = 3\n# ///\n", 2, "requires-python must be a text"),
        ("# /// script\n# requires-python = '3.x'\n# ///\n", 2, "compares no versions"),
        ("# /// script\n# a = " + "[" * 5000 + "\n# ///\n", 2, "no TOML"),
    ],
)
def test_malformed_headers(text: str, line: int, detail: str) -> None:
    with pytest.raises(Malformed, match=detail) as raised:
        script(text)
    assert raised.value.line == line


def test_a_project() -> None:
    found = project(PROJECT)
    assert found.requires_python == ">=3.9"
    assert stated(found) == [("six >= 1.9", 4, 18), ("requests", 4, 32)]


def test_groups_and_extras_of_a_project() -> None:
    assert stated(project(PROJECT, ["test", "fast"]))[2:] == [
        ("pytest>=8", 10, 10),
        ("six<2", 11, 9),
        ("orjson", 7, 10),
    ]


@pytest.mark.parametrize(
    ("text", "groups", "detail"),
    [
        (PROJECT, ["docs"], "no dependency group or extra docs; there is: Fast, lab, test"),
        ("x = ", [], "no TOML"),
        ("project = 1", [], r"\[project\] must be a table"),
        ("[project]\ndynamic = ['dependencies']", [], "dynamic"),
        ("[project]\ndependencies = {}", [], "project.dependencies must be a list"),
        ("dependency-groups = 1", ["test"], "must be tables"),
        ("[dependency-groups]\na = [{include-group = 'b'}]\nb = [{include-group = 'a'}]", ["a"], "[Cc]yclic"),
        ("[dependency-groups]\na = [{include-group = 'b'}]", ["a"], "the dependency group a cannot be read"),
        ("[dependency-groups]\na = 7", ["a"], "the dependency group a cannot be read"),
        ("[dependency-groups]\na = ['=']", ["a"], "the dependency group a cannot be read"),
    ],
)
def test_malformed_projects(text: str, groups: list[str], detail: str) -> None:
    with pytest.raises(Malformed, match=detail):
        project(text, groups)


def test_a_header_ends_with_the_last_mark_of_its_comment() -> None:
    inner = '# /// script\n# dependencies = [\'six\']\n# note = """\n# ///\n# """\n# ///\n# more\n'
    found = script(inner)
    assert found is not None
    assert stated(found) == [("six", 2, 20)]


def test_a_header_that_begins_a_million_times() -> None:
    assert script("# /// other\n" * 1_000_000) is None
    with pytest.raises(Malformed, match="has no end"):
        script("# /// script\n" * 1_000_000)


def test_more_toml_than_anybody_writes() -> None:
    with pytest.raises(Malformed, match="more than 1,048,576 characters"):
        project("[project]\ndependencies = []\n" + "#" * 1024 * 1024)


def test_groups_that_include_one_another_more_and_more() -> None:
    groups = ""
    for number in range(20):
        row = f"{{ include-group = 'g{number + 1}' }}, "
        groups += f"g{number} = [{row * 10}]\n"
    with pytest.raises(Malformed, match="more than 10,000 lines"):
        project(f"[dependency-groups]\n{groups}g20 = ['six']\n", ["g0"])


def test_groups_that_include_each_other_in_a_circle_are_told_so() -> None:
    groups = "[dependency-groups]\na = [{include-group = 'b'}]\nb = [{include-group = 'a'}]\n"
    with pytest.raises(Malformed, match="yclic"):
        project(groups, ["a"])


def test_a_text_that_nests_too_deeply_is_none_of_ours_to_compare() -> None:
    text = "six ; " + "(" * 9_000
    found = script(f"# /// script\n# dependencies = ['{text}']\n# ///\n")
    assert found is not None
    assert stated(found) == [(text, 2, 20)]
