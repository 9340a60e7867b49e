"""Random worlds of two indexes under every rule: the verdict, the pins, and who was never asked."""

from __future__ import annotations

import random
from itertools import combinations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from packaging.utils import canonicalize_name

from driverenv import resolve
from driverenv.model.resolution import Conflict, Demand, Facts, Questions, Resolution
from driverenv.resolve.memory import Memory, Missing
from driverenv.resolve.minimal import minimal
from driverenv.resolve.search import Nogood, Search
from tests.property.worlds import Case, Oracle, cases, facts_of, shuffled, solve_whole

SLOW = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


@settings(SLOW, max_examples=100)
@given(cases())
def test_verdict_and_pins_agree_with_trying_everything(case: Case) -> None:
    found, _ = solve_whole(case)
    oracle = Oracle(case)
    if isinstance(found, Resolution):
        pins = {str(pin.candidate.project): pin.candidate for pin in found.pins}
        assert oracle.is_solution(pins)
        for pin in found.pins:  # the rule
            assert pin.candidate.public is (str(pin.candidate.project) not in case.world.local)
    else:
        assert next(oracle.solutions(), None) is None
        error = resolve.explain(found, facts_of(case), case.world.target, case.world.rules(case.wanted))
        assert error.remedies
        assert error.data["problems"]


@settings(SLOW, max_examples=100)
@given(cases())
def test_public_is_never_asked_for_a_name_that_is_local_and_nobody_for_a_constraint(case: Case) -> None:
    """Questions are asked as a launch does: the listing walks the policy, and only absence leads to public."""
    outcome = case.world.play(case.wanted)
    asked = {name for one in case.world.asked for name in one.projects}
    candidates = {one for asked in case.world.asked for one in asked.candidates}
    assert not {one.project for one in candidates if one.public} & set(case.world.local)
    named = {canonicalize_name(one) for one in _reachable(case)}
    assert asked <= named
    whole, _ = solve_whole(case)
    assert type(outcome.found) is type(whole)


def _reachable(case: Case) -> set[str]:
    """The names that lines, the baseline and the metadata of those name, with every extra."""
    from packaging.requirements import Requirement

    todo = [Requirement(line).name for line in (*case.lines, *case.world.baseline)]
    found: set[str] = set()
    while todo:
        name = todo.pop()
        if name not in found:
            found.add(name)
            files = case.world.local.get(name, case.world.public.get(name, ()))
            todo += [
                Requirement(text).name for one in files if not isinstance(one, str) for text in one.requires
            ]
    return found


@settings(SLOW, max_examples=100)
@given(cases(), st.randoms(use_true_random=False))
def test_the_order_of_files_and_answers_does_not_matter(case: Case, rng: random.Random) -> None:
    first = case.world.play(case.wanted)
    again = shuffled(case, rng).play(case.wanted)
    assert first.found == again.found
    if isinstance(first.found, Conflict):
        assert str(first.error) == str(again.error)


@settings(SLOW, max_examples=100)
@given(cases())
def test_the_fewest_lines_are_the_fewest(case: Case) -> None:
    """Each proper subset of them can be met, or is not proved to be contradictory."""
    found, _ = solve_whole(case)
    if isinstance(found, Resolution):
        return
    facts, rules = facts_of(case), case.world.rules(case.wanted)
    core = minimal(found, facts, case.world.target, rules)
    assert core.is_least
    parts = (*core.lines, *core.constraints)
    for size in range(1, len(parts)):
        for chosen in combinations(parts, size):
            lines = tuple(one for one in core.lines if any(one is other for other in chosen))
            kept = [one for one in core.constraints if any(one is other for other in chosen)]
            if lines:
                assert not _contradict(facts, case, lines, kept)
    assert _contradict(facts, case, core.lines, list(core.constraints))


def _contradict(facts: Facts, case: Case, lines: tuple[Demand, ...], constraints: list[Demand]) -> bool:
    rules = case.world.rules(case.wanted)
    kept = {
        project: tuple(one for one in those if one in constraints)
        for project, those in rules.constraints.items()
    }
    memory = Memory()
    memory.learn(facts, case.world.target, rules.with_constraints(kept))
    try:
        return isinstance(Search(memory, memory.roots(lines)).run(), Nogood)
    except Missing:
        return False


@settings(SLOW, max_examples=100)
@given(cases(), st.data())
def test_what_is_known_in_any_order_of_rounds_ends_in_the_same_pins(case: Case, data: st.DataObject) -> None:
    """An injected scheduler answers each round's questions in part only: the rest comes later, or is asked again."""
    facts, known, memory = facts_of(case), Facts({}, {}), resolve.Memory()
    rules, demands = case.world.rules(case.wanted), resolve.demands(case.wanted, case.world.baseline)
    found: Resolution | Conflict | Questions = Questions()
    for _ in range(200):
        found = resolve.solve(demands, known, case.world.target, rules, memory=memory)
        if not isinstance(found, Questions):
            break
        answers = [(name, None) for name in found.projects] + [(None, one) for one in found.candidates]
        some = data.draw(st.lists(st.sampled_from(answers), min_size=1, max_size=len(answers)))
        known = Facts(
            {**known.listings, **{name: facts.listings[name] for name, _ in some if name}},
            {**known.dependencies, **{one.key: facts.dependencies[one.key] for _, one in some if one}},
        )
    whole, _ = solve_whole(case)
    assert type(found) is type(whole)
    if isinstance(found, Resolution):
        assert Oracle(case).is_solution({str(pin.candidate.project): pin.candidate for pin in found.pins})
