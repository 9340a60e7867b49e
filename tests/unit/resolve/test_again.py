from __future__ import annotations

from packaging.utils import canonicalize_name

from driverenv import resolve
from driverenv.model.resolution import Available, Facts, Resolution
from tests.unit.resolve.worlds import F, World, read

WORLD = World(
    public={
        "a": ["1.0", F("2.0", ("b<3", "c[x]"))],
        "b": ["3.0", "2.5", "2.0"],
        "c": [F("1", ("b!=2.5", 'd; extra == "x"'), extras=("x",))],
        "d": ["1.0"],
    }
)


def test_the_same_choices_are_the_same_resolution() -> None:
    outcome = WORLD.play("a\n")
    assert isinstance(outcome.found, Resolution)
    chosen = {pin.candidate.project: pin.candidate.key for pin in outcome.found.pins}
    demands, known = resolve.demands(read("a\n"), ()), outcome.facts
    terms = (demands, known, WORLD.target, outcome.rules)
    assert resolve.again(*terms, chosen) == outcome.found
    name = canonicalize_name("b")
    available = known.listings[name]
    assert isinstance(available, Available)
    other = next(one.key for one in available.candidates if str(one.version) == "2.5")
    assert resolve.again(*terms, {**chosen, name: other}) is None, "c does not take it"
    assert resolve.again(*terms, {**chosen, name: "nowhere"}) is None
    assert resolve.again(*terms, {}) is None
    for facts in (Facts(known.listings, {}), Facts()):
        assert resolve.again(demands, facts, WORLD.target, outcome.rules, chosen) is None
