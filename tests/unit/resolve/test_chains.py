"""From a demand back to a line of the file."""

from __future__ import annotations

from packaging.requirements import Requirement

from driverenv.model.requirement import Requirements, Source
from driverenv.model.resolution import Candidate, Demand
from driverenv.resolve.chains import Chains, capped, stated, tell
from tests.unit.resolve.worlds import World

FACTS = World(public={"a": ["2", "1"], "b": ["1"]}).all_facts(Requirements())
A2, A1, B1 = (c for listing in FACTS.listings.values() for c in listing.candidates)  # type: ignore[union-attr]


def demand(text: str, parent: Candidate | None = None) -> Demand:
    source = None if parent else Source("requirements.txt", 1, text)
    return Demand(Requirement(text), parent, source)


def test_the_shortest_way_through_versions_that_fit() -> None:
    root, needs_b, needs_c = demand("a<2"), demand("b", A1), demand("c", B1)
    chains = Chains([root, demand("b", A2), needs_b, needs_c])
    assert chains.to(needs_c) == (root, needs_b, needs_c)
    assert tell(chains.to(needs_c)) == "requirements.txt line 1: a<2\na 1 requires b\nb 1 requires c"


def test_cycles_and_loose_ends() -> None:
    root, there, back = demand("a"), demand("b", A2), demand("a", B1)
    assert Chains([root, there, back]).to(back) == (root, there, back)
    assert Chains([there]).to(back) == (back,)
    assert Chains([root], (A1,)).toward(A1) == (root,)
    assert Chains([], (A1,)).toward(A1) == ()


def test_texts_are_capped_and_redacted() -> None:
    assert capped([str(number) for number in range(12)]).endswith("9\nand 2 more")
    assert stated(Requirement("a @ https://me:secret@host.test/a.zip")) == "a @ https://***@host.test/a.zip"
