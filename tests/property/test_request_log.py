"""Random graphs and random local subsets, the whole path: the public fake's request log never meets an owned name."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from driverenv._http import Response, Stream, TransportFailure
from driverenv.model.site import Index, Policy
from tests.kit import Asked, Scenario, Web
from tests.property.universes import NO_ANSWER, Oracle, locations, never_asked, scenarios
from tests.scenarios import outcome, playing
from tests.scenarios.fake_transport import FakeTransport
from tests.scenarios.outcome import Outcome
from tests.scenarios.playing import Homes

WHOLE = settings(
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)
SEARCH = settings(
    WHOLE,
    max_examples=300,
    derandomize=True,
    database=None,
    phases=(Phase.generate,),
    report_multiple_bugs=False,
)
"""For transports that are wrong: until the first example that shows it."""
Wire = Callable[[Web, Policy], FakeTransport]


@pytest.fixture(scope="module")
def homes(tmp_path_factory: pytest.TempPathFactory) -> Homes:
    return Homes(tmp_path_factory.mktemp("template"))


def play(scenario: Scenario, homes: Homes, wire: Wire = FakeTransport) -> Outcome:
    """Lock, in a home that remembers nothing."""
    web = Web(scenario.universe)
    with tempfile.TemporaryDirectory() as folder:
        site = playing.prepare_site(scenario, Path(folder), locations(web.bases), web.PUBLIC)
        played = playing.lock_site(site, Path(folder), homes, transport=wire(web, site.policy))
    origins = {row.origin for row in web.log}
    return played.seen(set[Asked]().union(*(outcome.asked_of(web.log, one) for one in origins)))


def check(scenario: Scenario, played: Outcome) -> None:
    """The log, where each pin comes from, and the verdict."""
    assert never_asked(scenario, set(played.asked)) == ""
    oracle = Oracle(scenario)
    if played.error is None:
        check_pins(oracle, played)
        return
    code = played.error.code
    if oracle.failing:
        assert code in oracle.may_fail(), f"a line cannot be answered ({oracle.failing})\n{played.error}"
    elif code not in oracle.may_fail():
        assert code in NO_ANSWER, f"\n{played.error}"
        if not oracle.may_fail():
            found = next(oracle.solutions(), None)
            assert found is None, f"there is a solution: {found}\n{played.error}"


def check_pins(oracle: Oracle, played: Outcome) -> None:
    """Each from the index that owns it, and all together a solution."""
    assert not oracle.failing
    pins = {name: oracle.file(name, pin) for name, pin in (played.pins or {}).items()}
    assert None not in pins.values(), f"from the wrong index, or unfit: {played.pins}"
    assert oracle.is_solution({name: file for name, file in pins.items() if file}), played.pins


@settings(WHOLE, max_examples=60)
@given(scenario=scenarios())
def test_public_is_never_asked_for_an_owned_name(homes: Homes, scenario: Scenario) -> None:
    check(scenario, play(scenario, homes))


@pytest.mark.slow
@pytest.mark.timeout(900)
@settings(WHOLE, max_examples=1000)
@given(scenario=scenarios())
def test_public_is_never_asked_for_an_owned_name_in_many_more(homes: Homes, scenario: Scenario) -> None:
    check(scenario, play(scenario, homes))


class OutageIsAbsence(FakeTransport):
    """A page that does not come, or not well, is taken for one that is not there."""

    def get(self, index: Index, url: str, **options: Any) -> Response:  # noqa: ANN401
        with contextlib.suppress(TransportFailure):
            response = super().get(index, url, **options)
            if response.status < 400:
                return response
        return Response(404, {"content-type": "text/html"}, b"Not Found", url)


class AsksBoth(FakeTransport):
    """While a local page is asked for, public is asked for the same: it could be needed soon."""

    def __init__(self, web: Web, policy: Policy) -> None:
        super().__init__(web, policy)
        self._web = web

    def get(self, index: Index, url: str, *, public: bool, **options: Any) -> Response:  # noqa: ANN401
        if not public:
            with contextlib.suppress(Exception):
                self._web.ask("GET", f"{self._web.PUBLIC}/simple/{url.rstrip('/').rpartition('/')[2]}/")
        return super().get(index, url, public=public, **options)


class PublicFiles(FakeTransport):
    """A file of a local index is looked for on public first: it may be nearer."""

    def __init__(self, web: Web, policy: Policy) -> None:
        super().__init__(web, policy)
        self._web = web

    @contextlib.contextmanager
    def stream(self, index: Index, url: str, *, public: bool, offset: int = 0) -> Iterator[Stream]:
        self._web.ask("GET", f"{self._web.PUBLIC_FILES}/packages/{url.rpartition('/')[2]}")
        with super().stream(index, url, public=public, offset=offset) as opened:
            yield opened


@pytest.mark.slow
@pytest.mark.parametrize("wire", [OutageIsAbsence, AsksBoth, PublicFiles])
def test_a_wrong_wire_is_seen(homes: Homes, wire: Wire) -> None:
    """The check is worth something: each of these breaks the rule, and is found out."""

    @SEARCH
    @given(scenario=scenarios())
    def search(scenario: Scenario) -> None:
        played = play(scenario, homes, wire)
        assert never_asked(scenario, set(played.asked)) == ""

    with pytest.raises(AssertionError, match="asked of public"):
        search()


def _newest_anywhere(scenario: Scenario) -> Scenario:
    """The world as a resolver sees it that takes the best file of all indexes, as pip does with an extra index."""
    universe, public = scenario.universe, scenario.universe.public.projects
    local = tuple(replace(one, projects={**one.projects, **public}) for one in universe.local)
    return replace(scenario, universe=replace(universe, local=local))


def test_a_wrong_verdict_is_seen(homes: Homes) -> None:
    """Pins and errors of a world in which public's files are everybody's do not pass for those of the true one."""

    @SEARCH
    @given(scenario=scenarios())
    def search(scenario: Scenario) -> None:
        played = play(_newest_anywhere(scenario), homes)
        check(scenario, replace(played, asked=()))

    with pytest.raises(AssertionError, match=r"wrong index, or unfit|there is a solution|cannot be answered"):
        search()
