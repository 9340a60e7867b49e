"""What is asked for before the solver runs."""

from __future__ import annotations

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from driverenv.model.requirement import Requirements
from driverenv.model.resolution import Demand, Facts, Questions, Rules
from driverenv.resolve.frontier import frontier, is_hopeless, questions
from driverenv.resolve.memory import Memory, Missing
from driverenv.resolve.want import Want
from tests.unit.resolve.worlds import F, World, target

WORLD = World(
    public={
        "a": [F("2", ("b", "c>=2"))],
        "b": [F("2", ("c<2", "x")), F("1", ("c",))],
        "c": ["2", "1"],
        "s": [F("1", sdist=True)],
    }
)
FACTS = WORLD.all_facts(Requirements())


def ask(facts: Facts, *texts: str) -> Questions | None:
    memory = Memory()
    memory.learn(facts, target(), Rules())
    return frontier(memory, roots(memory, *texts))


def roots(memory: Memory, *texts: str) -> tuple[Want, ...]:
    return memory.roots([Demand(Requirement(text), None, None) for text in texts])


def without(*keys: str) -> Facts:
    left = {key: known for key, known in FACTS.dependencies.items() if not key.endswith(keys)}
    return Facts(FACTS.listings, left)


def names(found: Questions | None) -> list[str]:
    return [str(one) for one in found.candidates] if found else []


def test_all_roots_at_once() -> None:
    found = ask(Facts({}, {}), "c", "a", "b")
    assert found == Questions(tuple(canonicalize_name(name) for name in "abc"))


def test_all_branches_at_once() -> None:
    assert names(ask(Facts(FACTS.listings, {}), "a", "b", "c")) == ["a 2", "b 2", "c 2"]


def test_nothing_is_asked_where_all_is_known() -> None:
    assert ask(WORLD.all_facts(Requirements()), "c", "s") is None


def test_later_demands_correct_earlier_choices() -> None:
    """c is first seen free and would be 2; the metadata of that one is of no interest."""
    assert names(ask(without("c-2-py3-none-any.whl", "c-1-py3-none-any.whl"), "c", "b==1", "c<2")) == ["c 1"]


def test_where_a_root_is_hopeless_nothing_is_built() -> None:
    memory = Memory()
    memory.learn(without("s-1.tar.gz", "c-2-py3-none-any.whl"), target(), Rules())
    lines = roots(memory, "b>=9", "s", "c")
    assert is_hopeless(memory, lines)
    assert names(frontier(memory, lines)) == ["c 2"]


def test_speculation_is_as_much_again_and_wheels_only() -> None:
    content = [F(str(number)) for number in range(9, 3, -1)]
    world = World(public={"a": [*content, F("3", sdist=True), "2", "1"]})
    facts = world.all_facts(Requirements())
    memory = Memory()
    some = dict(list(facts.dependencies.items())[:2])
    memory.learn(Facts(facts.listings, some), target(), Rules())
    shelf = memory.shelf(canonicalize_name("a"))
    assert shelf is not None
    found = questions(memory, Missing(choices=(shelf.choice(2),)), {"a": shelf.everything & ~(1 << 3)})
    assert [str(one.version) for one in found.candidates] == ["7", "5", "4"]
