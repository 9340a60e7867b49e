from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.utils import canonicalize_name

from driverenv.model.answers import Absent, Found, NotAsked, NowhereFound
from driverenv.model.site import Exemption, Index, Mode, Policy
from driverenv.policy.route import Ask, excepted, next_step, route, sources

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
    assert step(policy, mine) == replace(mine, rule="local version wins")
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
        rule = sources(policy)[len(answers) - 1].rule
        assert now == replace(first, before=absents(answers[:-1]), rule=rule)
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
        at = answers.index(claims[0])
        assert now == replace(claims[0], before=absents(answers[:at]), rule=order[at].rule)
    else:
        assert not isinstance(now, Found)


# ------------------------------------------------------------------------------- the rules of a policy

EXTRA = Index("https://vendor.test/simple/", name="vendor")
SITE = Policy(local=[ONE, TWO], extra=[EXTRA], public=PUBLIC)
ALLOW = Exemption("six", allow="public", until="2099-12-01", reason="a fix", owner="ann")


def way(policy: Policy, name: str = "six") -> list[str]:
    return [ask.index.name for ask in route(policy, canonicalize_name(name)).asks]


def why_not(policy: Policy, name: str = "six") -> dict[str, str]:
    return {one.index.name: one.reason for one in route(policy, canonicalize_name(name)).not_asked}


def test_extra_indexes_come_after_the_local_ones_and_before_public() -> None:
    assert way(SITE) == ["one", "two", "vendor", "public"]
    assert [ask.public for ask in sources(SITE)] == [False, False, False, True]


def test_offline_asks_the_local_ones_only() -> None:
    offline = SITE.replace(mode="offline", private=["six"])
    assert way(offline) == [ask.index.name for ask in sources(offline)] == ["one", "two"]
    assert why_not(offline) == {"vendor": "offline mode", "public": "offline mode"}
    assert route(offline, SIX).forbidden == ""


@pytest.mark.parametrize(
    ("rules", "reason"),
    [
        ({"private": ["corp-*", "s*x"]}, "private pattern s*x"),
        ({"private": ["Six"]}, "private pattern Six"),
        ({"public_deny": ["*"]}, "public_deny pattern *"),
        ({"public_allow": ["seven"]}, "no pattern of public_allow"),
        ({"public_allow": ["six"], "public_deny": ["si*"]}, "public_deny pattern si*"),
        ({"sources": {"s*": ["one", "two", "vendor"]}}, "sources pattern s*: only one, two, vendor"),
    ],
)
def test_what_keeps_a_name_from_public(rules: dict[str, object], reason: str) -> None:
    policy = SITE.replace(**rules)
    assert way(policy) == ["one", "two", "vendor"]
    assert why_not(policy) == {"public": reason}
    assert route(policy, SIX).forbidden == reason
    answers = [absent(ask) for ask in route(policy, SIX).asks]
    ended = step(policy, *answers)
    assert ended == NowhereFound(SIX, tuple(answers), (NotAsked(PUBLIC, reason),), forbidden=reason)


def test_a_name_that_no_rule_is_about_goes_its_way() -> None:
    policy = SITE.replace(private=["corp-*"], public_deny=["evil"], sources={"corp-*": ["one"]})
    assert way(policy) == ["one", "two", "vendor", "public"]
    assert way(policy.replace(public_allow=["s*"])) == ["one", "two", "vendor", "public"]


def test_the_most_specific_pattern_maps_to_sources() -> None:
    policy = SITE.replace(
        sources={"*": ["one"], "s*": ["two"], "si*": ["public", "one"], "six-*": ["vendor"], "seven": ["two"]}
    )
    assert way(policy) == ["one", "public"]
    assert way(policy, "six-pack") == ["vendor"]
    assert way(policy, "sa") == ["two"]
    assert way(policy, "other") == ["one"]
    assert way(policy.replace(sources={"seven": ["two"], "seven*": ["one"]}), "seven") == ["two"]
    assert why_not(policy) == {
        "two": "sources pattern si*: only one, public",
        "vendor": "sources pattern si*: only one, public",
    }


def test_equally_specific_patterns_must_agree() -> None:
    policy = SITE.replace(sources={"si*": ["one", "public"], "*ix": ["one", "two"]})
    assert way(policy) == ["one"]
    assert route(policy, SIX).forbidden == "sources pattern *ix and si*: only one"
    nobody = SITE.replace(sources={"si*": ["one"], "*ix": ["two"]})
    assert way(nobody) == []
    assert why_not(nobody)["one"] == "sources pattern *ix and si*: only nobody"


def test_an_index_that_is_called_public_is_not_the_public_one() -> None:
    named = Index("/srv/named", name="public")
    policy = Policy(local=[named], public=PUBLIC.replace(name="pypi"), sources={"*": ["public"]})
    assert [ask.index for ask in route(policy, SIX).asks] == [named]
    assert [ask.index.name for ask in route(policy.replace(local=[ONE]), SIX).asks] == ["pypi"]


def test_an_exception_passes_over_the_local_indexes() -> None:
    rules = {"public_deny": ["six"], "public_allow": ["seven"], "sources": {"six": ["one"]}}
    for policy in (SITE, SITE.replace(**rules)):
        now = policy.replace(exceptions=[ALLOW], extra=[])
        assert [(ask.index.name, ask.rule) for ask in route(now, SIX).asks] == [
            ("public", f"exception: {ALLOW}")
        ]
        assert why_not(now) == dict.fromkeys(
            ["one", "two"], "an exception lets public serve six until 2099-12-01"
        )
        assert way(now, "seven") == ["one", "two", "public"]
    assert way(SITE.replace(exceptions=[ALLOW])) == ["vendor", "public"]


def test_an_exception_never_opens_what_is_private_nor_the_way_out() -> None:
    """Where it cannot have an effect, the local indexes are asked as ever."""
    private = SITE.replace(exceptions=[ALLOW], private=["six"])
    assert way(private) == ["one", "two", "vendor"]
    assert way(SITE.replace(exceptions=[ALLOW], public=None, extra=[])) == ["one", "two"]


def test_offline_an_exception_does_not_change_the_owner() -> None:
    offline = SITE.replace(exceptions=[ALLOW], mode="offline")
    assert way(offline) == []
    assert why_not(offline)["public"] == "offline mode"


def test_an_exception_for_builds_is_none_for_public() -> None:
    build = Exemption("si*", allow="build", until="2099-12-01", reason="r", owner="o")
    policy = SITE.replace(exceptions=[build, ALLOW.replace(project="seven")])
    assert way(policy) == ["one", "two", "vendor", "public"]
    assert excepted(policy, SIX, "build") == build
    assert excepted(policy, SIX, "public") is None


def test_the_rule_goes_with_what_is_found() -> None:
    policy = SITE.replace(sources={"six": ["two"]}, public_allow=["s*"])
    served = step(policy, found(Ask(TWO, public=False)))
    assert isinstance(served, Found)
    assert served.rule == "local version wins, sources pattern six"
    assert route(SITE.replace(public_allow=["s*"]), SIX).asks[-1].rule == (
        "absent before it, public_allow pattern s*"
    )


parts = st.sampled_from(["a", "b", "-", "*", "aa"])
patterns = st.lists(parts, min_size=1, max_size=4).map("".join)
lists = st.lists(patterns, max_size=3)
names = st.sampled_from([canonicalize_name(one) for one in ("a", "aa", "a-b", "b-a", "aab")])
ruled = st.builds(
    Policy,
    mode=st.sampled_from(["online", "offline"]),
    local=st.just([ONE, TWO]),
    extra=st.sampled_from([[], [EXTRA]]),
    public=st.sampled_from([PUBLIC, None]),
    private=lists,
    public_deny=lists,
    public_allow=lists,
    sources=st.dictionaries(
        patterns, st.lists(st.sampled_from(["one", "two", "vendor", "public"]), max_size=2)
    ),
    exceptions=st.lists(
        st.builds(
            Exemption,
            patterns,
            allow=st.sampled_from(["public", "build"]),
            until=st.just("2099-12-01"),
            reason=st.just("r"),
            owner=st.just("o"),
        ),
        max_size=2,
    ),
)


@given(ruled, names)
def test_every_index_is_asked_or_has_a_reason_and_nothing_private_goes_out(policy: Policy, name: str) -> None:
    project = canonicalize_name(name)
    told = route(policy, project)
    everybody = [*policy.local, *policy.extra, *([policy.public] if policy.public else [])]
    asked = [ask.index for ask in told.asks]
    assert sorted(one.name for one in (*asked, *(no.index for no in told.not_asked))) == sorted(
        one.name for one in everybody
    )
    assert asked == [index for index in everybody if index in asked]
    assert all(no.reason for no in told.not_asked)
    assert all(ask.rule for ask in told.asks)
    goes_out = any(ask.public for ask in told.asks)
    assert told.forbidden == "" or not goes_out
    if policy.offline:
        assert not goes_out
        assert set(asked) <= set(policy.local)
    if goes_out:
        without_star = [pattern for pattern in policy.private if pattern.replace("*", "") == pattern]
        assert project not in without_star
        assert "*" not in policy.private
