"""The order of work, and the door to resolvelib."""

from __future__ import annotations

from packaging.requirements import Requirement
from resolvelib.structs import RequirementInformation

from driverenv.model.requirement import Requirements
from driverenv.model.resolution import Demand, Questions, Rules
from driverenv.resolve.memory import Memory
from driverenv.resolve.provider import PROMOTED, Edges, Provider, run
from driverenv.resolve.want import Want
from tests.unit.resolve.worlds import F, World, target

WORLD = World(public={"a": [F("1", ("b",))], "b": ["1"], "c": [F("1", ("b>=2",))]})


def prepared(*texts: str) -> tuple[Memory, tuple[Want, ...]]:
    memory = Memory()
    memory.learn(WORLD.all_facts(Requirements()), target(), Rules())
    return memory, memory.roots([Demand(Requirement(text), None, None) for text in texts])


def order(*texts: str, conflicts: tuple[str, ...] = ()) -> list[str]:
    memory, roots = prepared(*texts)
    edges = Edges()
    edges.conflicts.update(conflicts)
    provider = Provider(memory, roots, edges)
    information = {want.ident: [RequirementInformation(want, None)] for want in roots}
    return sorted(
        information,
        key=lambda ident: provider.get_preference(ident, {}, {}, information, []),  # type: ignore[arg-type]
    )


def test_pinned_then_bounded_then_the_order_of_the_lines() -> None:
    assert order("f", "e", "d<2", "c==1", "b~=1.0") == ["c", "d", "b", "f", "e"]


def test_projects_in_many_conflicts_come_first() -> None:
    assert order("a==1", "b", "c", conflicts=("c",) * PROMOTED) == ["c", "a", "b"]
    assert order("a==1", "b", "c", conflicts=("c",) * (PROMOTED - 1)) == ["a", "b", "c"]


def test_causes_of_the_last_conflict_come_first() -> None:
    memory, roots = prepared("a", "b", "c")
    provider = Provider(memory, roots, Edges())
    causes = [RequirementInformation(roots[1], None)]
    assert list(provider.narrow_requirement_selection(["a", "b", "c"], {}, {}, {}, causes)) == ["b"]
    assert list(provider.narrow_requirement_selection(["a", "c"], {}, {}, {}, causes)) == ["a", "c"]
    assert list(provider.narrow_requirement_selection(["a", "c"], {}, {}, {}, [])) == ["a", "c"]


def test_choices_or_none() -> None:
    memory, roots = prepared("a")
    edges = Edges()
    found = run(memory, roots, edges)
    assert found is not None
    assert not isinstance(found, Questions)
    assert {ident: str(choice.candidate.version) for ident, choice in found.items()} == {"a": "1", "b": "1"}
    assert [str(demand.requirement) for demand in edges.demands()] == ["a", "b"]
    memory, roots = prepared("a", "c")
    assert run(memory, roots, Edges()) is None
