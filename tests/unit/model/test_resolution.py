from __future__ import annotations

import dataclasses

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from driverenv.model.answers import Found, ProjectFile
from driverenv.model.requirement import Source
from driverenv.model.resolution import (
    Available,
    Candidate,
    Conflict,
    Demand,
    Dependencies,
    Facts,
    Failed,
    Pin,
    Questions,
    Resolution,
    Rules,
)
from driverenv.model.site import Index
from tests.unit.model.copies import pickled

SIX = canonicalize_name("six")
INDEX = Index("/srv/pypi", name="lab")
FILE = ProjectFile("six-1.16.0-py3-none-any.whl", "/srv/pypi/six-1.16.0-py3-none-any.whl")
CANDIDATE = Candidate(SIX, Version("1.16.0"), FILE, INDEX, public=False, is_wheel=True, tag_rank=1)
DEMAND = Demand(Requirement("six>=1"), None, Source("requirements.txt", 1, "six>=1"))


def test_a_candidate() -> None:
    assert CANDIDATE.key == FILE.url
    assert str(CANDIDATE) == "six 1.16.0"
    with pytest.raises(dataclasses.FrozenInstanceError):
        CANDIDATE.public = True  # type: ignore[misc]


def test_constraints_of_a_project_in_one() -> None:
    source = Source("constraints.txt", 1, "")
    demands = tuple(Demand(Requirement(text), None, source) for text in ("six>=1", "six<2", "six!=1.5"))
    rules = Rules(constraints={SIX: demands})
    assert rules.constraint(SIX) == Requirement("six!=1.5,<2,>=1").specifier
    assert str(rules.constraint(canonicalize_name("other"))) == ""


def test_nothing_is_known_at_first() -> None:
    assert Facts() == Facts({}, {})
    assert Rules().hashes is None
    assert Questions() == Questions((), ())


def test_values() -> None:
    listing = Found(SIX, INDEX, (FILE,), "/srv/pypi")
    facts = Facts({SIX: Available(SIX, listing, (CANDIDATE,), ())}, {CANDIDATE.key: Dependencies(())})
    pin = Pin(CANDIDATE, (), (DEMAND,))
    for noun in (facts, Resolution((pin,)), Conflict((DEMAND,), (DEMAND,)), Questions((SIX,), (CANDIDATE,))):
        assert pickled(noun) == noun


def test_a_failure_carries_its_error() -> None:
    error = ValueError("x")
    assert Failed(error).error is error
