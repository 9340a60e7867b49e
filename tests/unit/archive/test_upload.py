"""A file as at an upload; and every hostile archive that the kit makes, with its rule."""

from __future__ import annotations

from pathlib import Path

import pytest
from packaging.version import Version

from driverenv.archive.rules import RULES
from driverenv.archive.upload import Identity, inspect
from driverenv.errors import ArchiveRejected
from tests.kit import Sdist, Wheel
from tests.kit.forged import BENIGN, HOSTILE, Hostile

GROUPS = sorted({one.group for one in HOSTILE})


def verdict(one: Hostile, folder: Path) -> str:
    """The rule that it breaks; "" for none."""
    path = folder / "archive"
    path.write_bytes(one.content())
    try:
        inspect(path, one.filename)
    except ArchiveRejected as error:
        told = error.data
    else:
        return ""
    assert told["file"] == one.filename
    return str(told["rule"])


@pytest.mark.parametrize("group", GROUPS)
def test_hostile_archives_are_refused_by_their_rule(group: str, tmp_path: Path) -> None:
    chosen = [one for one in HOSTILE if one.group == group]
    wrong = {one.title: rule for one in chosen if (rule := verdict(one, tmp_path)) != one.rule}
    assert wrong == {}
    assert [path.name for path in tmp_path.iterdir()] == ["archive"]


def test_archives_that_only_look_hostile_pass(tmp_path: Path) -> None:
    assert {one.title: rule for one in BENIGN if (rule := verdict(one, tmp_path))} == {}


def test_there_are_enough_and_of_every_kind() -> None:
    assert sum(one.is_wheel for one in HOSTILE) >= 200
    assert sum(not one.is_wheel for one in HOSTILE) >= 45
    assert {one.rule for one in HOSTILE} == set(RULES)
    titles = [one.title for one in (*HOSTILE, *BENIGN)]
    assert len(titles) == len(set(titles))


def test_every_rule_s_example_is_one_of_them() -> None:
    made = {(one.title, one.rule) for one in HOSTILE}
    assert [rule for rule, told in RULES.items() if (told.example, rule) not in made] == []


def test_identity(tmp_path: Path) -> None:
    wheel = Wheel(name="My.Widget", version="1.0").archive().write(tmp_path)
    assert inspect(wheel) == Identity("my-widget", Version("1.0"), is_wheel=True)  # type: ignore[arg-type]
    sdist = Sdist(name="my-widget", version="1.0", format="zip").archive().write(tmp_path)
    assert inspect(sdist) == Identity("my-widget", Version("1.0"), is_wheel=False)  # type: ignore[arg-type]


def test_what_it_is_to_be_called_counts(tmp_path: Path) -> None:
    wheel = Wheel(name="widget", version="1.0").archive().write(tmp_path)
    with pytest.raises(ArchiveRejected) as caught:
        inspect(wheel, "gadget-1.0-py3-none-any.whl")
    assert caught.value.data["rule"] == "dist-info"


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        inspect(tmp_path / "widget-1.0-py3-none-any.whl")
