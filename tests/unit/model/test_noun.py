from __future__ import annotations

import copy
import pickle

import pytest

from driverenv.model.noun import Noun
from tests.unit.model.copies import pickled


class Door(Noun):
    __slots__ = ("code", "name")
    _secret = frozenset({"code"})

    name: str
    code: str | None

    def __init__(self, name: str, *, code: str | None = None) -> None:
        self._set(name=name, code=code)


class Gate(Noun):
    __slots__ = ("code", "name")

    def __init__(self, name: str, *, code: str | None = None) -> None:
        self._set(name=name, code=code)


DOOR = Door("front", code="1234")


def test_it_never_changes() -> None:
    with pytest.raises(AttributeError, match=r"Door is immutable; use \.replace\(name=\.\.\.\)"):
        DOOR.name = "back"
    with pytest.raises(AttributeError, match="cannot be deleted"):
        del DOOR.name
    with pytest.raises(AttributeError):
        DOOR.colour = "red"
    assert DOOR.name == "front"
    assert not hasattr(DOOR, "__dict__")


def test_equal_where_type_and_fields_are_equal() -> None:
    assert Door("front", code="1234") == DOOR
    assert hash(Door("front", code="1234")) == hash(DOOR)
    assert Door("front", code="4321") != DOOR
    assert Gate("front", code="1234") != DOOR
    assert DOOR != "front"
    assert len({DOOR, Door("front", code="1234"), Door("back")}) == 2


def test_a_changed_copy() -> None:
    assert DOOR.replace(name="back") == Door("back", code="1234")
    assert DOOR.name == "front"
    with pytest.raises(TypeError, match="Door has no field colour, size"):
        DOOR.replace(size=1, colour=2)


def test_secrets_are_not_shown() -> None:
    assert repr(DOOR) == "Door(code=***, name='front')"
    assert repr(Door("front")) == "Door(code=None, name='front')"
    assert "1234" not in f"{DOOR} {DOOR!r} {[DOOR]}"


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_pickled_by_fields(protocol: int) -> None:
    assert pickled(DOOR, protocol) == DOOR


def test_copied() -> None:
    assert copy.copy(DOOR) == copy.deepcopy(DOOR) == DOOR
