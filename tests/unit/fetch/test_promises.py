from __future__ import annotations

import pytest
from packaging.utils import canonicalize_name
from packaging.version import Version

from driverenv.errors import HashMismatch, IntegrityError
from driverenv.fetch.promises import (
    Job,
    allowed_for,
    broken_promise,
    check_allowed,
    check_promises,
    memory_key,
    mismatch,
    unavailable,
)
from driverenv.model.answers import ProjectFile
from driverenv.model.resolution import Candidate
from driverenv.model.site import Index

INDEX = Index("http://user:secret@lab/simple/", name="lab")
FILE = ProjectFile(
    "w-1-py3-none-any.whl",
    "http://user:secret@lab/w.whl",
    (("md5", "aa"), ("sha256", "bb"), ("odd", "cc")),
    size=3,
)


def job(file: ProjectFile = FILE, *, public: bool = False, allowed: tuple[tuple[str, str], ...] = ()) -> Job:
    one = Candidate(canonicalize_name("w"), Version("1"), file, INDEX, public, is_wheel=True, tag_rank=0)
    return Job(one, frozenset(allowed))


def test_algorithms() -> None:
    assert job(allowed=(("sha512", "dd"),)).algorithms == {"md5", "sha256", "sha512"}
    assert job(FILE._replace(hashes=())).algorithms == {"sha256"}


@pytest.mark.parametrize(
    ("digests", "broken"),
    [
        ({"md5": "aa", "sha256": "bb", "size": "3"}, None),
        ({"sha256": "bb"}, None),
        ({"md5": "x", "sha256": "bb"}, ("md5", "aa")),
        ({"md5": "aa", "sha256": "x"}, ("sha256", "bb")),
        ({"md5": "aa", "sha256": "bb", "size": "4"}, ("size", "3")),
    ],
)
def test_broken_promises(digests: dict[str, str], broken: tuple[str, str] | None) -> None:
    assert broken_promise(job(), digests) == broken


def test_no_secret_in_an_error() -> None:
    with pytest.raises(HashMismatch) as caught:
        mismatch(job(), "sha256", ["bb"], "xx", "the index")
    for error in (caught.value, unavailable(job(), "down", "refused")):
        assert "secret" not in str(error)
        assert "secret" not in str(error.as_dict())


def test_public_without_sha256() -> None:
    check_promises(job(public=True))
    with pytest.raises(IntegrityError):
        check_promises(job(FILE._replace(hashes=(("md5", "aa"),)), public=True))


def test_allowed() -> None:
    one = job().candidate
    assert allowed_for(one, None) == frozenset()
    assert allowed_for(one, {one.project: frozenset({("sha256", "bb")})}) == {("sha256", "bb")}
    with pytest.raises(IntegrityError):
        allowed_for(one, {})
    check_allowed(job(), {})
    check_allowed(job(allowed=(("sha256", "bb"), ("sha256", "cc"))), {"sha256": "cc"})
    with pytest.raises(HashMismatch):
        check_allowed(job(allowed=(("sha256", "bb"),)), {"sha256": "cc"})


def test_codes() -> None:
    assert unavailable(job(), "dns", "x").code == "LOCAL_DNS"
    assert unavailable(job(public=True), "error", "x").code == "PUBLIC_UNAVAILABLE"
    assert unavailable(job(public=True), "redirect", "x").code == "PUBLIC_REDIRECT"
    assert unavailable(job(public=True), "proxy-auth", "x").code == "PROXY_AUTH"


def test_what_is_remembered_depends_on_the_promise() -> None:
    assert memory_key(job()) != memory_key(job(FILE._replace(hashes=(("md5", "ab"),))))
