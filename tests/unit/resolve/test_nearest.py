"""What comes nearest to what was asked for."""

from __future__ import annotations

import pytest
from packaging.specifiers import SpecifierSet
from packaging.version import Version

from driverenv.model.resolution import Rejection
from driverenv.resolve.nearest import nearest_file, nearest_versions, similar
from tests.unit.resolve.worlds import F, World, target


def rejection(name: str) -> Rejection:
    return Rejection(name, Version(name.split("-")[1]), "tag", "it is for something else")


@pytest.mark.parametrize(
    ("files", "text"),
    [
        (
            ["a-1-cp39-cp39-win_amd64.whl", "a-1-cp311-cp311-win_amd64.whl"],
            "a-1-cp311-cp311-win_amd64.whl is for another platform (win_amd64)",
        ),
        (
            ["a-1-cp39-cp39-win_amd64.whl", "a-1-cp39-cp39-manylinux_2_17_x86_64.whl"],
            "a-1-cp39-cp39-manylinux_2_17_x86_64.whl is for another Python (cp39)",
        ),
        (
            ["a-1-cp39-cp39-manylinux_2_17_x86_64.whl", "a-1-py3-none-win32.whl"],
            "a-1-py3-none-win32.whl is for another platform (win32)",
        ),
        (
            ["a-1-cp39-cp39-win_amd64.whl"],
            "a-1-cp39-cp39-win_amd64.whl is for another Python (cp39) and another platform (win_amd64)",
        ),
        (
            ["a-1-cp311-cp311t-manylinux_2_17_x86_64.whl"],
            "a-1-cp311-cp311t-manylinux_2_17_x86_64.whl is for another Python (cp311-cp311t)",
        ),
        (
            ["a-1-cp39-cp39-win32.whl", "a-3-cp39-cp39-win32.whl", "a-2-cp39-cp39-win32.whl"],
            "a-3-cp39-cp39-win32.whl is for another Python (cp39) and another platform (win32)",
        ),
        (
            ["a-1-cp311-cp311-any.whl"],
            "a-1-cp311-cp311-any.whl is for another combination of Python, ABI and platform",
        ),
    ],
)
def test_the_file(files: list[str], text: str) -> None:
    assert str(nearest_file(map(rejection, files), target())) == text
    assert str(nearest_file(map(rejection, reversed(files)), target())) == text


def test_no_file_where_tags_are_not_what_is_wrong() -> None:
    other = Rejection("a-1-py3-none-any.whl", Version("1"), "python", "it requires Python <3")
    assert nearest_file([other], target()) is None
    assert nearest_file([], target()) is None


@pytest.mark.parametrize(
    ("there", "asked", "below", "above"),
    [
        ("1.0 1.5 2.5 3.0", [">=2,<2.4"], "1.5", "2.5"),
        ("1.0 2.0", [">=3"], "2.0", None),
        ("3.0 2.0", ["<1"], None, "2.0"),
        ("1.4 1.6 1.7rc1", ["==1.5"], "1.4", "1.6"),
        ("1.6rc1", ["==1.5"], None, "1.6rc1"),
        ("1.0 3.0", [">=2", "<2.5"], "1.0", "3.0"),
        ("2.0 1.0", ["<1"], None, "1.0"),
        ("2.0 1.0", [">2"], "2.0", None),
        ("1.0 2.0", ["~=1.4"], "1.0", "2.0"),
        ("1.0 2.0", ["==1.5.*"], "1.0", "2.0"),
        ("1.0", ["!=1.0"], None, None),
        ("1.0", ["===odd"], None, None),
        ("1.0", [""], None, None),
        ("", [">=1"], None, None),
    ],
)
def test_the_versions(there: str, asked: list[str], below: str | None, above: str | None) -> None:
    versions = [Version(one) for one in there.split()]
    found = nearest_versions(versions, [SpecifierSet(one) for one in asked])
    assert tuple(one and str(one) for one in found) == (below, above)


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("request", ["requests"]),
        ("corp-util", ["corp-utils"]),
        ("corputils", ["corp-utils"]),
        ("c0rp-utils", ["corp-utils"]),
        ("corp-uti1s", ["corp-utils"]),
        ("rnodbus", ["modbus"]),
        ("s-x", ["sx"]),
        ("sy", []),
        ("corp-utils", []),
        ("nothing-of-the-kind", []),
    ],
)
def test_names(name: str, found: list[str]) -> None:
    assert similar(name, ["requests", "corp-utils", "modbus", "sx"]) == found


def test_at_most_three_names() -> None:
    assert len(similar("widget-1", [f"widget-{one}" for one in range(2, 9)])) == 3


def test_the_message_names_them() -> None:
    linux = World(local={"a": [F("1", tag="cp39-cp39-win_amd64"), F("1", tag="cp311-cp311-win_amd64")]})
    error = linux.play("a").error
    assert ("nearest", "a-1-cp311-cp311-win_amd64.whl is for another platform (win_amd64)") in error.facts
    assert error.data["nearest"] == {
        "file": "a-1-cp311-cp311-win_amd64.whl",
        "tags": "cp311-cp311-win_amd64",
        "other": ["platform"],
    }
    versions = World(local={"a": ["1", "2", F("2.9", yanked="bad"), "4"]}).play("a==3").error
    assert ("nearest", "a 2 is the closest below, 4 is the closest above") in versions.facts
    assert versions.data["nearest"] == {"below": "2", "above": "4"}
    assert any(one.endswith("; a==4 is there") for one in versions.remedies)
    names = World(local={"corp-utils": ["1"]}).play("corp-utils\ncorp-util").error
    assert ("similar", "corp-utils is there: a slip of the pen?") in names.facts


def test_the_command_that_builds_what_is_there_as_an_sdist_only() -> None:
    error = World(local={"a": [F("1", sdist=True)]}, builds="never").play("a").error
    command = "python -m pip wheel --no-deps http://local.test:8036/packages/a-1.tar.gz"
    assert any(command in remedy for remedy in error.remedies)
