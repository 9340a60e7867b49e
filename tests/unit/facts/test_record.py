from __future__ import annotations

import random

from packaging.utils import canonicalize_name

from driverenv import facts
from driverenv.candidates import Sieve
from driverenv.model.answers import Found, NowhereFound, ProjectFile
from driverenv.model.requirement import Requirements
from driverenv.model.resolution import Facts
from driverenv.model.site import Policy
from driverenv.requirements import parse_lines
from tests.unit.resolve.worlds import LOCAL, target

A, B = canonicalize_name("a"), canonicalize_name("b")
TAGS = ("py3-none-any", "cp311-cp311-manylinux_2_17_x86_64", "cp39-cp39-win_amd64", "py2-none-any")


def listing(seed: int) -> Found:
    """A page with all that pages have: many files a version, wrong tags, old Pythons, eggs, other projects."""
    dice = random.Random(seed)
    names = [f"a-{version}-{tag}.whl" for version in ("1.0", "1.1", "2.0rc1") for tag in TAGS]
    names += ["a-1.0.tar.gz", "a-1.0.zip", "a-1.1.tar.gz", "a-0.9.egg", "other-1.0.tar.gz", "a-latest.tar.gz"]
    files = [
        ProjectFile(
            name,
            f"https://files.test/{dice.randrange(1000)}/{name}",
            (("sha256", f"{dice.randrange(16**8):064x}"),),
            requires_python=dice.choice([None, ">=3.8", "<3"]),
            yanked=dice.choice([None, None, "broken"]),
            size=dice.randrange(1000),
            core_metadata=(),
            upload_time="2020-01-01T00:00:00Z",
        )
        for name in names * 2
    ]
    dice.shuffle(files)
    return Found(A, LOCAL, tuple(files), "page", public=True)


def thinned(found: Found, wanted: Requirements, policy: Policy) -> Found:
    there = Sieve(target(), requirements=wanted, builds=policy.builds).sift(A, found)
    thin = facts.answers(Facts({A: there}), wanted, policy)[A]
    assert isinstance(thin, Found)
    return thin


def test_a_thin_page_is_judged_like_the_whole_one() -> None:
    wanted, policy = parse_lines(["a"], file="requirements.txt"), Policy()
    for seed in range(50):
        whole = listing(seed)
        thin = thinned(whole, wanted, policy)
        sieve = Sieve(target(), requirements=wanted, builds=policy.builds)
        first, second = sieve.sift(A, whole), sieve.sift(A, thin)
        assert second.rejections == first.rejections
        assert [(one.version, one.file._replace(core_metadata=())) for one in second.candidates] == [
            (one.version, one.file) for one in first.candidates
        ]


def test_what_is_no_candidate_is_a_name_and_what_it_is_judged_by() -> None:
    thin = thinned(listing(1), parse_lines(["a"], file="r"), Policy())
    bare = [file for file in thin.files if not file.url]
    assert len(thin.files) == len(listing(1).files)
    assert len(bare) > len(thin.files) / 2
    assert all((file.hashes, file.size, file.upload_time) == ((), None, None) for file in bare)
    assert any(file.requires_python for file in bare)


def test_upload_times_stay_where_they_are_judged_by() -> None:
    thin = thinned(listing(1), parse_lines(["a"], file="r"), Policy(exclude_newer="2021-01-01"))
    assert all(file.upload_time for file in thin.files)


def test_with_hashes_in_the_requirements_pages_stay_whole() -> None:
    wanted = parse_lines([f"a==1.0 --hash=sha256:{'ab' * 32}"], file="r")
    assert thinned(listing(1), wanted, Policy()) == listing(1)


def test_an_absence_stays_as_it_is() -> None:
    nowhere = NowhereFound(B, ())
    assert facts.answers(Facts({B: nowhere}), Requirements(), Policy()) == {B: nowhere}
