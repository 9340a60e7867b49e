from __future__ import annotations

import hashlib
from collections.abc import Callable

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from driverenv import Index, Policy, Request
from driverenv.errors import BuildFailed, IndexUnavailable, Unresolvable
from driverenv.events import Asked, Resolving, Solved, Warned
from driverenv.model.answers import ProjectFile
from driverenv.model.requirement import Requirements
from driverenv.model.resolution import (
    Available,
    Candidate,
    Conflict,
    Dependencies,
    Failed,
    Resolution,
    Unusable,
)
from driverenv.model.site import Exemption
from driverenv.requirements import parse_lines
from driverenv.stories.remembering import TOLD, Known
from driverenv.stories.resolving import Outcome, ReadFile, _Watch, settle
from driverenv.stories.site import open_site
from driverenv.stories.workshop import open_workshop
from tests.kit import Web
from tests.kit.factories import UniverseFactory
from tests.scenarios.fake_transport import FakeTransport
from tests.unit.stories.bench import Bench

NOTHING = Dependencies(())


class Reader:
    """Stands in for the reading of whole files: says what it is told to, and who it was asked about."""

    def __init__(self, known: Known | Callable[[Candidate], Known] = NOTHING) -> None:
        self.known = known
        self.asked: list[str] = []

    def __call__(self, candidate: Candidate) -> Known:
        self.asked.append(str(candidate))
        return self.known(candidate) if callable(self.known) else self.known


def wanted(*lines: str) -> Requirements:
    return parse_lines(list(lines), file="requirements.txt")


def solve(
    bench: Bench, *lines: str, reader: ReadFile | None = None, request: Request | None = None
) -> Outcome:
    with bench.workshop(request or bench.request()) as workshop:
        return settle(workshop, wanted(*lines), reader or Reader())


def pins(outcome: Outcome) -> dict[str, str]:
    assert isinstance(outcome.result, Resolution)
    return {pin.candidate.project: str(pin.candidate.version) for pin in outcome.result.pins}


def test_it_asks_until_all_is_known(bench: Bench) -> None:
    bench.wheel("a", requires=["b>=2"])
    bench.wheel("b", "1.0")
    bench.wheel("b", "2.0", requires=["c"])
    bench.wheel("c")
    outcome = solve(bench, "a")
    assert pins(outcome) == {"a": "1.0", "b": "2.0", "c": "1.0"}
    assert [event.project for event in bench.told(Asked)] == ["a", "b", "c"]
    assert bench.told(Solved) == [Solved(3, 3)]
    known = [(event.projects, event.candidates) for event in bench.told(Resolving)]
    assert known == sorted(known)
    assert known[0] == (0, 0)
    assert set(outcome.facts.listings) == {"a", "b", "c"}
    assert outcome.requirements == wanted("a")


def test_nothing_to_solve(bench: Bench) -> None:
    assert pins(solve(bench)) == {}
    assert bench.told(Asked) == []
    assert bench.told(Solved) == [Solved(0, 0)]


def test_a_conflict_is_an_outcome_and_not_solved(bench: Bench) -> None:
    bench.wheel("a")
    outcome = solve(bench, "a", "a>=2")
    assert isinstance(outcome.result, Conflict)
    assert bench.told(Solved) == []


def test_an_index_that_cannot_answer_is_no_outcome(bench: Bench) -> None:
    with pytest.raises(IndexUnavailable):
        solve(bench, "a", request=bench.request(local=[Index(bench.root / "gone", name="lab")]))


def test_a_file_is_read_once_a_launch(bench: Bench) -> None:
    bench.sdist("a")
    bench.sdist("b")
    reader = Reader(lambda one: Dependencies((Requirement("b"),)) if one.project == "a" else NOTHING)
    assert set(pins(solve(bench, "a", "b", reader=reader))) == {"a", "b"}
    assert sorted(reader.asked) == ["a 1.0", "b 1.0"]


def test_a_file_that_fails_ends_it_only_where_it_is_needed(bench: Bench) -> None:
    error = BuildFailed("it cannot be built")
    bench.wheel("a", "1.0")
    bench.sdist("a", "2.0")
    reader = Reader(Failed(error))
    assert pins(solve(bench, "a<2", reader=reader)) == {"a": "1.0"}
    with pytest.raises(BuildFailed) as raised:
        solve(bench, "a==2.0", reader=reader)
    assert raised.value.summary == error.summary
    assert ("required by", "requirements.txt: a==2.0") in raised.value.facts


def test_unusable_metadata_passes_a_candidate_over(bench: Bench) -> None:
    bench.wheel("a", "1.0")
    bench.sdist("a", "2.0")
    assert pins(solve(bench, "a", reader=Reader(Unusable("it is broken")))) == {"a": "1.0"}


def test_notes_become_warnings(bench: Bench) -> None:
    bench.wheel("a")
    solve(bench, "a[gui]")
    (warned,) = bench.told(Warned)
    assert "gui" in warned.text


def over_http(bench: Bench, universe: UniverseFactory, text: str) -> tuple[Web, Request]:
    web = Web(universe(text))
    local = [Index(web.bases[one.name], name=one.name) for one in web.universe.local]
    policy = Policy(local=local, public=Index(f"{web.PUBLIC}/simple/", name="public"), byte_code="never")
    return web, Request(bench.driver(""), policy=policy, home=bench.home)


def fake_solve(bench: Bench, web: Web, request: Request, *lines: str, reader: Reader) -> Outcome:
    site = open_site(request)
    transport = FakeTransport(web, site.policy)
    with open_workshop(site, bench.events.append, transport=transport) as workshop:
        return settle(workshop, wanted(*lines), reader)


def test_the_time_of_a_whole_resolve_is_bounded(bench: Bench) -> None:
    bench.wheel("a", requires=["b"])
    bench.wheel("b")
    with bench.workshop(bench.request()) as workshop, pytest.raises(Unresolvable) as raised:
        settle(workshop, wanted("a"), Reader(), seconds=0)
    assert raised.value.code == "TOO_DEEP"
    assert raised.value.data["over_time"] is True
    assert bench.told(Solved) == []


def test_the_time_of_a_build_is_not_counted() -> None:
    watch = _Watch(0)
    assert watch.is_over()
    ends: list[float] = []

    def build(candidate: Candidate) -> Known:
        ends.append(watch._end)
        return read(candidate) if len(ends) < 3 else NOTHING

    read = watch.around(build)
    assert read(_candidate("a-1.tar.gz", is_wheel=False)) is NOTHING
    assert ends == ends[:1] * 3
    assert watch._end > ends[0]
    after = watch._end
    assert watch.around(Reader())(_candidate("a-1-py3-none-any.whl", is_wheel=True)) is NOTHING
    assert watch._end == after


def _candidate(name: str, *, is_wheel: bool) -> Candidate:
    file = ProjectFile(name, f"/{name}")
    return Candidate(canonicalize_name("a"), Version("1"), file, Index("/lab"), False, is_wheel, 0)


def test_the_site_has_a_say(bench: Bench) -> None:
    bench.wheel("a", requires=["b<2"])
    bench.wheel("b", "1.0")
    bench.wheel("b", "2.0", requires=["c"])
    bench.wheel("c", "1.0")
    bench.wheel("c", "2.0")
    bench.wheel("agent")
    request = bench.request(baseline=("agent",), overrides=("b>=2",), constraints=("c<2", "gone"))
    outcome = solve(bench, "a", request=request)
    assert pins(outcome) == {"a": "1.0", "agent": "1.0", "b": "2.0", "c": "1.0"}
    assert {event.project for event in bench.told(Asked)} == {"a", "agent", "b", "c"}
    assert [str(one.requirement) for one in outcome.demands] == ["a", "agent"]


def test_what_every_driver_has_is_not_for_builds(bench: Bench) -> None:
    bench.wheel("a")
    bench.wheel("agent")
    with bench.workshop(bench.request(baseline=("agent",))) as workshop:
        outcome = settle(workshop.within("b-1.tar.gz"), wanted("a"), Reader())
    assert pins(outcome) == {"a": "1.0"}
    assert [str(one.requirement) for one in outcome.demands] == ["a"]


def test_a_dated_exception_lets_an_sdist_be_built(bench: Bench) -> None:
    bench.sdist("a")
    exception = Exemption("a*", allow="build", until="2999-12-31", reason="no wheel", owner="ops")
    assert isinstance(solve(bench, "a", request=bench.request(builds="never")).result, Conflict)
    allowed = bench.request(builds="never", exceptions=(exception,))
    assert pins(solve(bench, "a", request=allowed)) == {"a": "1.0"}


SDIST = """
[[local]]
projects.a = [{ version = "1.0", sdist = true }]
[public.projects]
b = ["1.0"]
"""


def test_what_was_learned_by_digest_is_kept_across_launches(bench: Bench, universe: UniverseFactory) -> None:
    web, request = over_http(bench, universe, SDIST)
    needs = Dependencies((Requirement('b>=1; python_version >= "3"'),), ">=3.8", frozenset())
    reader = Reader(lambda one: needs if one.project == "a" else NOTHING)
    first = fake_solve(bench, web, request, "a", reader=reader)
    again = fake_solve(bench, web, request, "a", reader=reader)
    assert pins(first) == pins(again) == {"a": "1.0", "b": "1.0"}
    assert first.facts.dependencies == again.facts.dependencies
    assert reader.asked.count("a 1.0") == 1
    assert bench.told(Solved)[-1] == Solved(2, 1)


def test_metadata_of_an_sdist_is_kept_for_each_interpreter(bench: Bench, universe: UniverseFactory) -> None:
    web, request = over_http(bench, universe, SDIST)
    fake_solve(bench, web, request, "a", reader=Reader())
    kept = {path: path.read_bytes() for path in bench.home.glob(f"documents/{TOLD}/*/*")}
    assert len(kept) == 1
    assert b'"requires":[]' in next(iter(kept.values()))
    for path, data in kept.items():  # half a document is none
        path.write_bytes(data[:-1])
    reader = Reader()
    fake_solve(bench, web, request, "a", reader=reader)
    assert reader.asked == ["a 1.0"]


@pytest.mark.parametrize("known", [Unusable("broken"), Failed(BuildFailed("no compiler"))])
def test_trouble_is_not_remembered(bench: Bench, universe: UniverseFactory, known: Known) -> None:
    """A compiler may be installed, a tool repaired: the next launch looks again."""
    web, request = over_http(bench, universe, SDIST)
    reader = Reader(known)
    for _ in range(2):
        try:
            fake_solve(bench, web, request, "a", reader=reader)
        except BuildFailed:
            assert isinstance(known, Failed)
    assert reader.asked == ["a 1.0", "a 1.0"]
    assert list(bench.home.glob(f"documents/{TOLD}/*/*")) == []


def test_files_of_a_folder_are_told_apart_by_what_a_lock_promises(bench: Bench) -> None:
    """They are read only where there is a choice, and only those of the version that is pinned."""
    sdist, wheel = bench.sdist("a"), bench.wheel("a")
    for version in ("2.0", "1.0.1"):
        bench.wheel("a", version)
    digest = hashlib.sha256(sdist.read_bytes()).hexdigest()
    (root,) = wanted(f"a==1.0 --hash=sha256:{digest}").roots
    lock = Requirements(roots=(root,), exact=True)
    with bench.workshop(bench.request()) as workshop:
        outcome = settle(workshop, lock, Reader())
    assert isinstance(outcome.result, Resolution)
    (pin,) = outcome.result.pins
    assert pin.candidate.file.filename == sdist.name
    listing = outcome.facts.listings[pin.candidate.project]
    assert isinstance(listing, Available)
    assert {one.filename for one in listing.listing.files if one.hashes} == {sdist.name, wheel.name}
    wheel.unlink()
    with bench.workshop(bench.request()) as workshop:
        outcome = settle(workshop, lock, Reader())
    assert isinstance(outcome.result, Resolution)
    assert outcome.result.pins[0].candidate.file.hashes == ()
