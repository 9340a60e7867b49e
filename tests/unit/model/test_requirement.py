from __future__ import annotations

import dataclasses

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from driverenv.model.requirement import ALL, Interpreter, Requirements, Root, Source, Target
from tests.unit.model.copies import pickled

SIX, OTHER = canonicalize_name("six"), canonicalize_name("other")
LINUX = Target(
    "3.9.18",
    {"sys_platform": "linux", "platform_machine": "x86_64"},
    ("cp39-cp39-manylinux_2_17_x86_64", "py3-none-any"),
)


def target(version: str) -> Target:
    return Target(version, LINUX.markers, LINUX.tags)


@pytest.mark.parametrize(
    ("source", "text"),
    [
        (Source("requirements.txt", 3, "six>=1"), "requirements.txt line 3: six>=1"),
        (Source("build of x 1.0", 0, "setuptools"), "build of x 1.0: setuptools"),
    ],
)
def test_where_a_requirement_was_written(source: Source, text: str) -> None:
    assert str(source) == text


def test_a_root_knows_its_project() -> None:
    root = Root(Requirement("Some.Name[x]>=1"), Source("r.txt", 1, "Some.Name[x]>=1"))
    assert root.project == "some-name"
    assert root.hashes == ()


def test_one_hash_switches_checking_on_for_all() -> None:
    source = Source("r.txt", 1, "six")
    bare = Root(Requirement("six"), source)
    hashed = Root(Requirement("other"), source, (("sha256", "ab"),))
    assert not Requirements(roots=(bare,)).hash_checking
    assert Requirements(roots=(bare, hashed)).hash_checking
    assert not Requirements(roots=(bare,), constraints=(hashed,)).hash_checking


@pytest.mark.parametrize(
    ("only", "no", "builds", "wheels"),
    [
        ((), (), (True, True), (True, True)),
        ((SIX,), (), (False, True), (True, True)),
        ((), (SIX,), (True, True), (False, True)),
        ((ALL,), (), (False, False), (True, True)),
        ((), (ALL,), (True, True), (False, False)),
        ((ALL,), (SIX,), (True, False), (False, True)),
        ((SIX,), (ALL,), (False, True), (True, False)),
    ],
)
def test_what_may_be_used(
    only: tuple[str, ...], no: tuple[str, ...], builds: tuple[bool, bool], wheels: tuple[bool, bool]
) -> None:
    wanted = Requirements(only_binary=frozenset(only), no_binary=frozenset(no))
    assert (wanted.may_build(SIX), wanted.may_build(OTHER)) == builds
    assert (wanted.may_use_wheel(SIX), wanted.may_use_wheel(OTHER)) == wheels


@pytest.mark.parametrize(
    ("version", "requires", "fits"),
    [
        ("3.9.18", ">=3.8", True),
        ("3.9.18", ">=3.10", False),
        ("3.9.18", "<3.9", False),
        ("3.9.18", ">=3.7,<4", True),
        ("3.9.18", "==3.9.*", True),
        ("3.9.18", "!=3.9.18", False),
        ("3.9.18", "", True),
        ("3.9.18", "three or more", True),
        ("3.14.0rc1", ">=3.14", True),
        ("3.14.0rc1", "<3.14", False),
        ("3.13.0+", ">=3.13", True),
        ("2.7.18", ">=2.7,!=3.0.*,!=3.1.*", True),
    ],
)
def test_requires_python(version: str, requires: str, fits: bool) -> None:
    assert target(version).fits_python(requires) is fits


def test_what_messages_call_a_target() -> None:
    assert LINUX.short == "Python 3.9 (cp39, linux x86_64)"
    assert Target("3.9.18", {}, ()).short == "Python 3.9 (?, None None)"


def test_values() -> None:
    python = Interpreter(
        executable="/usr/bin/python3.9",
        base_prefix="/usr",
        target=LINUX,
        site_packages="lib/python3.9/site-packages",
        scripts="bin",
        include="include/site/python3.9",
        cache_tag="cpython-39",
        windows=False,
        stamp="1 2",
        identity="i",
    )
    for noun in (LINUX, python, Requirements(notes=("a note",))):
        again = pickled(noun)
        assert again == noun
        assert hash(again) == hash(noun)
    with pytest.raises(dataclasses.FrozenInstanceError):
        python.identity = "other"  # type: ignore[misc]
    assert "manylinux" not in repr(LINUX)


def test_requires_python_of_more_digits_than_python_converts() -> None:
    assert isinstance(target("3.12.1").fits_python(">=" + "1" * 5000), bool)
