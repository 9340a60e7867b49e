from __future__ import annotations

import dataclasses

import pytest
from packaging.utils import canonicalize_name

from driverenv.model.answers import Absent, Found, NotAsked, NowhereFound, ProjectFile
from driverenv.model.site import Index
from tests.unit.model.copies import pickled

SIX = canonicalize_name("six")
INDEX = Index("http://reader:s3cret@lab:8036/simple/", name="lab")
FILE = ProjectFile(
    "six-1.16.0-py3-none-any.whl", "http://lab:8036/packages/six", (("md5", "cd"), ("sha256", "ab"))
)


def test_digests_by_algorithm() -> None:
    assert FILE.digest("sha256") == "ab"
    assert FILE.digest("sha512") is None
    assert ProjectFile("x", "y").digest("sha256") is None


def test_a_file_says_nothing_that_it_was_not_told() -> None:
    bare = ProjectFile("six-1.0.tar.gz", "/srv/pypi/six-1.0.tar.gz")
    assert bare[2:] == ((), None, None, None, None, None)


@pytest.mark.parametrize(
    "answer",
    [
        Found(SIX, INDEX, (FILE,), "http://lab:8036/simple/six/"),
        Absent(SIX, INDEX, "404"),
        NowhereFound(SIX, (Absent(SIX, INDEX, "404"),), (NotAsked(INDEX, "offline mode"),), offline=True),
    ],
)
def test_answers_are_values(answer: Found | Absent | NowhereFound) -> None:
    assert pickled(answer) == answer
    assert hash(answer) == hash(dataclasses.replace(answer))
    assert "s3cret" not in repr(answer)
    with pytest.raises(dataclasses.FrozenInstanceError):
        answer.project = canonicalize_name("other")  # type: ignore[misc]


def test_an_answer_is_local_unless_it_says_so() -> None:
    assert not Found(SIX, INDEX, (), "x").public
    assert not Absent(SIX, INDEX, "404").public
