from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.utils import canonicalize_name

from driverenv.model.answers import Absent, Found, NotAsked, NowhereFound
from driverenv.model.site import Index, Mode, Policy
from driverenv.policy import Ask, next_step, sources

SIX = canonicalize_name("six")
PUBLIC = Index("https://pypi.test/simple/", name="public")
ONE, TWO = Index("/srv/one", name="one"), Index("http://two:8036/", name="two")


def absent(ask: Ask) -> Absent:
    return Absent(SIX, ask.index, "404", public=ask.public)


def found(ask: Ask) -> Found:
    return Found(SIX, ask.index, (), ask.index.location, public=ask.public)


def step(policy: Policy, *answers: Found | Absent) -> Ask | Found | NowhereFound:
    return next_step(policy, SIX, answers)


def test_local_in_order_then_public() -> None:
    policy = Policy(local=[ONE, TWO], public=PUBLIC)
    asks = (Ask(ONE, public=False), Ask(TWO, public=False), Ask(PUBLIC, public=True))
    assert sources(policy) == asks
    first, second, third = map(absent, asks)
    assert step(policy) == asks[0]
    assert step(policy, first) == asks[1]
    assert step(policy, first, second) == asks[2]
    assert step(policy, first, second, third) == NowhereFound(SIX, (first, second, third))


def test_offline_ends_with_the_local_indexes_and_says_who_was_not_asked() -> None:
    policy = Policy(mode=Mode.OFFLINE, local=[ONE], public=PUBLIC)
    ask = Ask(ONE, public=False)
    assert sources(policy) == (ask,)
    assert step(policy, absent(ask)) == NowhereFound(
        SIX, (absent(ask),), (NotAsked(PUBLIC, "offline mode"),), offline=True
    )


@pytest.mark.parametrize("mode", [Mode.ONLINE, Mode.OFFLINE])
def test_a_site_without_a_public_index(mode: str) -> None:
    policy = Policy(mode=mode, local=[ONE], public=None)
    ask = Ask(ONE, public=False)
    ended = step(policy, absent(ask))
    assert ended == NowhereFound(SIX, (absent(ask),), offline=policy.offline)


def test_no_index_at_all() -> None:
    assert step(Policy(local=[], public=None)) == NowhereFound(SIX, ())
    assert step(Policy(mode=Mode.OFFLINE, public=PUBLIC)) == NowhereFound(
        SIX, (), (NotAsked(PUBLIC, "offline mode"),), offline=True
    )


def test_the_first_that_has_it_serves_it_alone() -> None:
    policy = Policy(local=[ONE, TWO], public=PUBLIC)
    mine = found(Ask(ONE, public=False))
    assert step(policy, mine) == mine
    assert not mine.files  # an empty claim is a claim


indexes = st.lists(st.sampled_from([Index(f"/srv/{n}", name=str(n)) for n in range(6)]), unique=True)
policies = st.builds(
    Policy,
    mode=st.sampled_from([Mode.ONLINE, Mode.OFFLINE]),
    local=indexes,
    public=st.sampled_from([PUBLIC, None]),
    prereleases=st.sampled_from(["if-necessary", "explicit", "never"]),
    builds=st.sampled_from(["allowed", "local", "never"]),
)


@given(policies, st.lists(st.booleans(), min_size=8, max_size=8))
def test_whatever_is_answered_public_comes_last_and_only_after_absence(
    policy: Policy, has_it: list[bool]
) -> None:
    asked: list[Ask] = []
    answers: list[Found | Absent] = []
    while isinstance(now := step(policy, *answers), Ask):
        asked.append(now)
        assert len(asked) <= len(policy.local) + 1, "it asks for ever"
        if now.public:
            assert not policy.offline
            assert now.index == policy.public
            assert [one.index for one in answers] == list(policy.local)
            assert all(isinstance(one, Absent) for one in answers)
        else:
            assert now.index == policy.local[len(answers)]
        answers.append(found(now) if has_it[len(answers)] else absent(now))
    first = next((one for one in answers if isinstance(one, Found)), None)
    if first is not None:
        assert first is answers[-1]
        assert now == replace(first, before=absents(answers[:-1]))
    else:
        assert isinstance(now, NowhereFound)
        assert now.absents == absents(answers)
        everybody = {*policy.local} | ({policy.public} if policy.public else set())
        assert {one.index for one in now.absents} | {one.index for one in now.not_asked} == everybody
    assert asked == list(sources(policy)[: len(asked)])


def absents(answers: Iterable[Found | Absent]) -> tuple[Absent, ...]:
    return tuple(one for one in answers if isinstance(one, Absent))


@given(policies, st.lists(st.booleans(), max_size=8))
def test_a_found_anywhere_wins_over_whatever_came_with_it(policy: Policy, has_it: list[bool]) -> None:
    """Also for answers that came out of a cache: no list of answers leads past a `Found`."""
    order = sources(policy)
    answers = [found(ask) if has else absent(ask) for ask, has in zip(order, has_it, strict=False)]
    now = step(policy, *answers)
    claims = [one for one in answers if isinstance(one, Found)]
    if claims:
        before = absents(answers[: answers.index(claims[0])])
        assert now == replace(claims[0], before=before)
    else:
        assert not isinstance(now, Found)
