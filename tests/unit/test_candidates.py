"""Files of a page against a target: candidates, and a reason for each other file."""

from __future__ import annotations

import dataclasses
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.utils import canonicalize_name

from driverenv.candidates import Sieve, sift
from driverenv.model.answers import Found, ProjectFile
from driverenv.model.requirement import Requirements
from driverenv.model.resolution import Available
from driverenv.model.site import Correction, Index
from driverenv.policy.corrections import read as read_corrections
from tests.unit.resolve.worlds import read, target

INDEX = Index("http://local.test/simple/", name="local")


def sifted(
    project: str,
    *files: str | ProjectFile,
    version: str = "3.11.5",
    builds: str = "allowed",
    wanted: Requirements | None = None,
    public: bool = False,
    may_build: tuple[str, ...] = (),
    exclude_newer: str | None = None,
) -> Available:
    listed = tuple(one if isinstance(one, ProjectFile) else file(one) for one in files)
    name = canonicalize_name(project)
    found = Found(name, INDEX, listed, "http://local.test/simple/x/", public=public)
    return sift(
        name,
        found,
        target(version),
        requirements=wanted or Requirements(),
        builds=builds,
        may_build=may_build,
        exclude_newer=exclude_newer,
    )


def file(name: str, **values: object) -> ProjectFile:
    return ProjectFile(name, f"http://local.test/packages/{name}", **values)  # type: ignore[arg-type]


def chosen(available: Available) -> list[str]:
    return [candidate.file.filename for candidate in available.candidates]


def reasons(available: Available) -> dict[str, str]:
    return {rejection.filename: rejection.reason for rejection in available.rejections}


@pytest.mark.parametrize(
    ("project", "name", "version"),
    [
        ("six", "six-1.16.0-py2.py3-none-any.whl", "1.16.0"),
        ("six", "SIX-1.16.0-PY2.PY3-none-any.WHL", "1.16.0"),
        ("corp-utils", "corp_utils-1.0-py3-none-any.whl", "1.0"),
        ("corp-utils", "Corp.Utils-1.0-py3-none-any.whl", "1.0"),
        ("corp-utils", "corp-utils-1.0-py3-none-any.whl", "1.0"),
        ("six", "six-1!2.0+corp.1-py3-none-any.whl", "1!2.0+corp.1"),
        ("giturlparse-py", "giturlparse.py-0.0.5.tar.gz", "0.0.5"),
        ("my-2g-tool", "my-2g-tool-1.0.zip", "1.0"),
        ("cloudshell-core", "cloudshell-core-9.3.0.177156.zip", "9.3.0.177156"),
        ("foo", "foo-1.0-beta1.tar.gz", "1.0b1"),
        ("foo-bar", "foo_bar-1.0.TAR.GZ", "1.0"),
    ],
)
def test_names_are_told_with_the_project_as_hint(project: str, name: str, version: str) -> None:
    available = sifted(project, name)
    assert [str(candidate.version) for candidate in available.candidates] == [version]


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("six-1.16.0-cp39-cp39-win_amd64.whl", "tag"),
        ("six-1.16.0-py2-none-any.whl", "tag"),
        ("six-1.0-x-py3-none-any.whl", "name"),
        ("six-1.0-1-2-py3-none-any.whl", "name"),
        ("six.whl", "name"),
        ("six-1.0.whl", "name"),
        ("seven-1.0-py3-none-any.whl", "other-project"),
        ("seven-1.0.tar.gz", "other-project"),
        ("OfflinePackageRepository.zip", "name"),
        ("six-latest.tar.gz", "version"),
        ("six-1.16.0 (1).tar.gz", "version"),
        ("six-1.0.linux-x86_64.tar.gz", "version"),
        ("six-2004d-py3-none-any.whl", "version"),
        ("six-1.16.0-py3.9.egg", "format"),
        ("six-1.16.0.win32.exe", "format"),
        ("six-1.16.0.tar.bz2", "format"),
        ("six-1.16.0-1.noarch.rpm", "format"),
        ("six-1.16.0.tar.gz.asc", "format"),
        ("README.html", "format"),
        ("", "format"),
        ("-", "format"),
        (".zip", "name"),
        (".whl", "name"),
    ],
)
def test_every_other_file_has_its_reason(name: str, reason: str) -> None:
    available = sifted("six", name)
    assert not available.candidates
    assert reasons(available) == {name: reason}
    assert available.rejections[0].detail


def test_one_a_version_wheel_before_sdist_then_tag_then_build() -> None:
    platform = "cp311-cp311-manylinux_2_17_x86_64"
    names = [
        "a-1-py3-none-any.whl",
        f"a-1-{platform}.whl",
        f"a-1-2-{platform}.whl",
        f"a-1-10-{platform}.whl",
        "a-1.tar.gz",
    ]
    assert chosen(sifted("a", *names)) == [names[3]]
    assert chosen(sifted("a", *names[:3])) == [names[2]]
    assert chosen(sifted("a", names[0], names[1], names[4])) == [names[1]]
    assert chosen(sifted("a", names[4], names[0])) == [names[0]]


def test_best_version_first_whatever_the_order_of_the_page() -> None:
    names = [f"a-{version}.tar.gz" for version in ("1.0", "1.0.post1", "2.0rc1", "1.10", "1.9", "1!0.1")]
    expected = [f"a-{version}.tar.gz" for version in ("1!0.1", "2.0rc1", "1.10", "1.9", "1.0.post1", "1.0")]
    random.Random(1).shuffle(names)
    assert chosen(sifted("a", *names)) == expected


def test_equal_versions_in_two_spellings_are_one() -> None:
    assert chosen(sifted("a", "a-1.0.tar.gz", "a-1.0.0.tar.gz")) == chosen(
        sifted("a", "a-1.0.0.tar.gz", "a-1.0.tar.gz")
    )
    assert len(sifted("a", "a-1.0.tar.gz", "a-1.0.0.tar.gz").candidates) == 1


def test_a_yanked_file_gives_way_to_one_of_its_version_and_else_stays() -> None:
    wheel = file("a-1-py3-none-any.whl", yanked="bad wheel")
    assert chosen(sifted("a", wheel, "a-1.tar.gz")) == ["a-1.tar.gz"]
    assert chosen(sifted("a", wheel)) == ["a-1-py3-none-any.whl"]


@pytest.mark.parametrize(
    ("requires", "version", "fits"),
    [
        (">=3.8", "3.11.5", True),
        (">=3.12", "3.11.5", False),
        ("<3.11", "3.11.5", False),
        ("!=3.11.5", "3.11.5", False),
        (">=3.14", "3.14.0rc1", True),
        (">=3.13", "3.13.0+", True),
        (">=3.3.*", "3.11.5", True),
        ("nonsense", "3.11.5", True),
        ("", "3.11.5", True),
    ],
)
def test_requires_python_of_the_page(requires: str, version: str, fits: bool) -> None:
    available = sifted("a", file("a-1.tar.gz", requires_python=requires), version=version)
    assert bool(available.candidates) is fits
    assert fits or reasons(available) == {"a-1.tar.gz": "python"}


class TestBuilds:
    names = ("a-2.tar.gz", "a-1-py3-none-any.whl")

    @pytest.mark.parametrize(
        ("builds", "public", "lines", "left"),
        [
            ("allowed", True, "a", ["a-2.tar.gz", "a-1-py3-none-any.whl"]),
            ("local", True, "a", ["a-1-py3-none-any.whl"]),
            ("local", False, "a", ["a-2.tar.gz", "a-1-py3-none-any.whl"]),
            ("never", False, "a", ["a-1-py3-none-any.whl"]),
            ("allowed", False, "--only-binary A", ["a-1-py3-none-any.whl"]),
            ("allowed", False, "--only-binary :all:", ["a-1-py3-none-any.whl"]),
            ("allowed", False, "--only-binary :all:\n--no-binary a", ["a-2.tar.gz"]),
            ("allowed", False, "--no-binary a", ["a-2.tar.gz"]),
            ("allowed", False, "--no-binary b", ["a-2.tar.gz", "a-1-py3-none-any.whl"]),
            ("allowed", False, "--prefer-binary", ["a-1-py3-none-any.whl", "a-2.tar.gz"]),
        ],
    )
    def test_who_may_build(self, builds: str, public: bool, lines: str, left: list[str]) -> None:
        available = sifted("a", *self.names, builds=builds, public=public, wanted=read(lines))
        assert chosen(available) == left
        assert set(reasons(available).values()) <= {"sdist", "wheel"}


def test_of_one_version_the_file_with_the_right_hash() -> None:
    good, bad = ("sha256", "a" * 64), ("sha256", "b" * 64)
    wanted = read(f"a==1 --hash=sha256:{good[1]}")
    files = file("a-1-py3-none-any.whl", hashes=(bad,)), file("a-1.tar.gz", hashes=(good,))
    assert chosen(sifted("a", *files, wanted=wanted)) == ["a-1.tar.gz"]
    assert chosen(sifted("a", *files)) == ["a-1-py3-none-any.whl"]


@given(
    st.lists(
        st.text(max_size=30) | st.from_regex(r"a-[\w.!+-]{1,20}\.(whl|zip|tar\.gz)", fullmatch=True),
        max_size=8,
    )
)
def test_no_name_breaks_it_and_none_is_lost(names: list[str]) -> None:
    available = sifted("a", *names)
    kept = {candidate.file.filename for candidate in available.candidates}
    assert kept | set(reasons(available)) <= set(names)
    for name in names:
        assert len(sifted("a", name).candidates) + len(sifted("a", name).rejections) == 1


def test_a_version_of_more_digits_than_python_converts_is_none() -> None:
    name = f"six-{'1' * 5000}.tar.gz"
    found = sifted("six", file(name))
    assert reasons(found) == {name: "version"}


UNTIL = "2026-03-01T12:00:00Z"
DATED = (
    file("a-4-py3-none-any.whl", upload_time="2026-03-01T12:00:01Z"),
    file("a-3-py3-none-any.whl", upload_time="2026-03-01T12:00:00.000000Z"),
    file("a-2-py3-none-any.whl", upload_time="2026-03-01T14:30:00+02:00"),
    file("a-1-py3-none-any.whl", upload_time="2020-01-01T00:00:00"),
    file("a-5-py3-none-any.whl"),
    file("a-6-py3-none-any.whl", upload_time="yesterday\x1b"),
)


def test_the_cool_down_passes_over_public_files_that_are_too_new_or_do_not_say() -> None:
    found = sifted("a", *DATED, public=True, exclude_newer=UNTIL)
    assert chosen(found) == ["a-3-py3-none-any.whl", "a-1-py3-none-any.whl"]
    assert set(reasons(found).values()) == {"newer"}
    details = {one.filename[:3]: one.detail for one in found.rejections}
    assert f"none after {UNTIL}" in details["a-4"]
    assert "2026-03-01T12:00:01Z" in details["a-4"]
    assert "does not say when" in details["a-5"]
    assert "cannot be read" in details["a-6"]
    assert "\x1b" not in details["a-6"]


def test_the_cool_down_is_not_for_local_files_and_off_by_default() -> None:
    assert len(sifted("a", *DATED, exclude_newer=UNTIL).candidates) == 6
    assert len(sifted("a", *DATED, public=True).candidates) == 6


@pytest.mark.parametrize("patterns", [("a-b",), ("A_*",), ("x", "*")])
def test_an_exception_lets_build_what_the_policy_forbids(patterns: tuple[str, ...]) -> None:
    for builds in ("never", "local"):
        assert not sifted("a-b", "a_b-1.tar.gz", builds=builds, public=True).candidates
        found = sifted("a-b", "a_b-1.tar.gz", builds=builds, public=True, may_build=patterns)
        assert chosen(found) == ["a_b-1.tar.gz"]
    own = Requirements(only_binary=frozenset({"a-b"}))
    assert not sifted("a-b", "a_b-1.tar.gz", wanted=own, may_build=patterns).candidates


def test_the_site_knows_better_which_python_a_release_is_for() -> None:
    corrections = read_corrections(
        [
            Correction("thing", versions="==1.0", requires_python=""),
            Correction("thing", versions="==2.0", requires_python="<3"),
            Correction("thing", versions="==3.0", requires=[]),
        ]
    )
    files = (
        file("thing-1.0-py3-none-any.whl", requires_python="<3"),
        file("thing-2.0-py3-none-any.whl"),
        file("thing-3.0-py3-none-any.whl", requires_python="<3"),
    )
    name = canonicalize_name("thing")
    found = Found(name, INDEX, files, "http://local.test/simple/thing/")
    sieve = Sieve(target(), requirements=Requirements(), builds="allowed", corrections=corrections)
    available = sieve.sift(name, found)
    assert chosen(available) == ["thing-1.0-py3-none-any.whl"]
    assert [(one.filename, one.detail) for one in available.rejections] == [
        ("thing-2.0-py3-none-any.whl", "it requires Python <3 (by a correction of the site)"),
        ("thing-3.0-py3-none-any.whl", "it requires Python <3"),
    ]


def test_a_sieve_that_remembers_sifts_the_same_files_once() -> None:
    def sieve(wanted: Requirements | None = None) -> Sieve:
        return Sieve(target("3.11.5"), requirements=wanted or Requirements(), builds="allowed")

    six, first, again = canonicalize_name("six"), sieve().remembering(), sieve()
    assert first.key == again.key
    assert first.key != sieve(Requirements(prefer_binary=True)).key
    listing = Found(six, INDEX, (file("six-1.0-py3-none-any.whl"), file("six-1.0.tar.gz")), "x")
    one = first.sift(six, listing)
    other = dataclasses.replace(listing, rule="another way to it")
    assert first.sift(six, listing) is one
    assert first.sift(six, other) == dataclasses.replace(one, listing=other)
    assert again.sift(six, listing) == one
