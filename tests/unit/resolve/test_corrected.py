"""The site's corrections, as the solver and its messages take them."""

from __future__ import annotations

from dataclasses import replace

from packaging.utils import canonicalize_name

from driverenv import resolve
from driverenv.errors import BuildFailed
from driverenv.model.requirement import Requirements
from driverenv.model.resolution import Available, Dependencies, Facts, Resolution
from driverenv.model.site import Correction
from driverenv.resolve.corrected import Overlay, believed, corrected
from tests.unit.resolve.worlds import F, World, read

BROKEN = BuildFailed("its setup.py cannot run any more")
WORLD = World(
    local={
        "yaml": [F("2", sdist=True, failed=BROKEN), "1"],
        "old": [F("1", ("lib<2",))],
        "torn": [F("1", unusable="its metadata is torn", python="<3")],
        "lib": ["2", "1"],
    }
)


def world(*corrections: Correction) -> World:
    return replace(WORLD, corrections=corrections, asked=[])


def test_nothing_is_asked_where_the_site_says_what_is_needed() -> None:
    played = world(Correction("yaml", versions="==2", requires=["lib"]))
    outcome = played.play("yaml")
    assert outcome.pins == {"lib": "2", "yaml": "2"}
    assert [one.project for round_ in played.asked for one in round_.candidates] == ["lib"]
    assert all("yaml" not in key for key in outcome.facts.dependencies)


def test_what_the_metadata_says_is_replaced() -> None:
    assert world().play("old").pins == {"lib": "1", "old": "1"}
    assert world(Correction("old", requires=["lib"])).play("old").pins == {"lib": "2", "old": "1"}
    assert world(Correction("old", requires=[])).play("old").pins == {"old": "1"}
    assert world(Correction("old", versions=">1", requires=[])).play("old").pins == {"lib": "1", "old": "1"}


def test_unusable_metadata_and_the_wrong_python() -> None:
    assert "its metadata is torn" in str(world().play("torn").error)
    assert world(Correction("torn", requires=["lib<2"])).play("torn").pins == {"lib": "1", "torn": "1"}
    told = str(world(Correction("torn", requires=[], requires_python="<3")).play("torn").error)
    assert "it requires Python <3" in told


def test_extras_of_a_correction_are_known_before_anybody_was_asked() -> None:
    played = world(Correction("yaml", versions="==2", requires=['lib<2; extra == "c"']))
    assert played.play("yaml").pins == {"yaml": "2"}
    outcome = played.play("yaml[c]")
    assert outcome.pins == {"lib": "1", "yaml": "2"}
    assert isinstance(outcome.found, Resolution)
    assert resolve.notes(outcome.found, outcome.facts, outcome.rules) == ()


def test_an_account_and_a_chain_say_who_says_so() -> None:
    played = world(Correction("yaml", versions="==2", requires=["lib>=3"]))
    assert "yaml 2 requires lib>=3 (by a correction of the site)" in str(played.play("yaml==2").error)
    way = resolve.way_to(
        "lib", resolve.demands(read("yaml")), played.play("yaml").facts, played.rules(read(""))
    )
    assert resolve.tell(way).endswith("yaml 2 requires lib>=3 (by a correction of the site)")
    outcome = world(Correction("old", requires=["lib"])).play("old")
    assert isinstance(outcome.found, Resolution)
    for project, says in (("old", "by the site's policy: it requires lib"), ("lib", None)):
        account = resolve.account(
            canonicalize_name(project), outcome.facts, outcome.found, WORLD.target, outcome.rules
        )
        assert dict(account.lines).get("corrected") == says
        assert ("corrected" in account.data) == (says is not None)


def test_what_was_said_stays_as_it_was_said() -> None:
    facts = WORLD.all_facts(Requirements())
    rules = world(Correction("old", requires=[])).rules(Requirements())
    overlay: Overlay = {}
    taken = corrected(facts, rules, overlay)
    listing = facts.listings[canonicalize_name("old")]
    assert isinstance(listing, Available)
    (one,) = listing.candidates
    assert (
        taken.dependencies[one.key] == Dependencies(()) == believed(one, facts.dependencies[one.key], rules)
    )
    assert facts.dependencies[one.key] != taken.dependencies[one.key]
    again = corrected(facts, rules, overlay)
    assert again.dependencies[one.key] is taken.dependencies[one.key]
    news = Facts(facts.listings, {**facts.dependencies, one.key: Dependencies((), "<3")})
    assert corrected(news, rules, overlay).dependencies[one.key] == Dependencies((), "<3")
    assert corrected(facts, WORLD.rules(Requirements())) is facts
