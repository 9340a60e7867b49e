"""What is kept of an answer speeds up the next one, and never changes it."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

from driverenv import Index, prepare, resolve
from driverenv.errors import DriverEnvError
from driverenv.events import Event, Resolving
from driverenv.model.resolution import Resolution
from driverenv.resolve import again, solve
from driverenv.stories import resolving
from driverenv.stories.reading import read
from driverenv.stories.settled import UNKNOWN, before
from tests.kit.factories import StaticIndexFactory
from tests.kit.sites import Answer
from tests.kit.sites import Request as Asking
from tests.kit.static_index import StaticIndex
from tests.unit.stories.bench import Bench


def test_what_requirements_led_to_is_asked_for_ahead(bench: Bench, static_index: StaticIndexFactory) -> None:
    """Also what only the first answers show to be needed; and what is not needed any more does no harm."""
    bench.wheel("a", requires=["b"])
    bench.wheel("b")
    server = static_index(bench.index)
    lab = Index(server.simple_url, name="lab")
    request = bench.request("a\n", local=[lab])
    with bench.workshop(request) as workshop:
        assert before(workshop, read(workshop).requirements) is UNKNOWN
    bench.prepare(request)
    with bench.workshop(request) as workshop:
        known = before(workshop, read(workshop).requirements)
    assert (known.names, known.absent) == (("a", "b"), False)
    so_far = len(server.log)
    gate = server.hold("/simple/a/")
    seen = threading.Event()

    def noted(asked: Asking) -> Answer:
        seen.set()
        return server.site.answer(asked)

    server.override("/simple/b/", noted)

    def hear(event: Event) -> None:
        if isinstance(event, Resolving):
            assert seen.wait(30), "b is not asked for before a has answered"
            gate.open()

    environment = prepare(request.replace(refresh=True), on_event=hear)
    assert environment.key
    paths = [one.path for one in list(server.log)[so_far:] if one.path.startswith("/simple/")]
    assert sorted(paths) == ["/simple/a/", "/simple/b/"], (
        "the root page is not asked for where nothing is absent"
    )


def test_what_is_not_needed_any_more_does_no_harm(bench: Bench, static_index: StaticIndexFactory) -> None:
    bench.wheel("a", "1.0", requires=["b"])
    bench.wheel("b")
    server = static_index(bench.index)
    request = bench.request("a\n", local=[Index(server.simple_url, name="lab")])
    bench.prepare(request)
    bench.wheel("a", "2.0")
    server.override("/simple/b/", Answer(403))
    environment = prepare(request.replace(refresh=True))
    assert [path.name for path in Path(environment.site_packages).glob("*.dist-info")] == ["a-2.0.dist-info"]


class Counted:
    """`resolve.solve`, and how often it was called."""

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self, *args: Any, **options: Any) -> Any:  # noqa: ANN401 (whatever `solve` takes and gives)
        self.calls += 1
        return solve(*args, **options)


@pytest.fixture
def solver(monkeypatch: pytest.MonkeyPatch) -> Counted:
    counted = Counted()
    monkeypatch.setattr(resolve, "solve", counted)
    return counted


@pytest.fixture
def server(bench: Bench, static_index: StaticIndexFactory) -> StaticIndex:
    bench.wheel("a", "1.0", requires=["b", "c[x]; python_version > '3'"])
    bench.wheel("b", requires=["c>=1"])
    bench.wheel("c", "1.0", extras={"x": ["d"]})
    bench.wheel("d", "1.0")
    return static_index(bench.index)


def launched(bench: Bench, server: StaticIndex, requirements: str = "a\n", **changes: Any) -> list[str]:  # noqa: ANN401
    """The pins of one more driver with these requirements."""
    local = [Index(server.simple_url, name="lab")]
    name = f"driver {len(bench.environments())}"
    environment = bench.prepare(bench.request(requirements, name=name, local=local, **changes))
    return sorted(path.name for path in Path(environment.site_packages).glob("*.dist-info"))


def test_nothing_changed_and_nothing_is_solved(bench: Bench, server: StaticIndex, solver: Counted) -> None:
    first = launched(bench, server)
    assert solver.calls > 1
    solver.calls = 0
    assert launched(bench, server) == first
    assert solver.calls == 0


@pytest.mark.parametrize(
    "change", ["new release", "gone", "yanked", "other requirements", "constraint", "rule"]
)
def test_whatever_changes_it_is_solved_anew(
    bench: Bench, server: StaticIndex, solver: Counted, change: str
) -> None:
    """The outcome is the one that a home without memory gets."""
    bench.wheel("b", "0.9", requires=["c<9"])
    launched(bench, server)
    requirements, changes = "a\n", dict[str, Any]()
    if change == "new release":
        bench.wheel("c", "1.5", extras={"x": []})
    elif change == "gone":
        (bench.index / "b-1.0-py3-none-any.whl").unlink()
    elif change == "yanked":
        page = server.site.answer(Asking("GET", "/simple/b/", {}, ""))
        body = page.body.replace(b"<a ", b'<a data-yanked="bad" ', 1)
        server.override("/simple/b/", Answer(200, page.headers, body))
    elif change == "other requirements":
        requirements = "a\nd\n"
    elif change == "constraint":
        changes = {"constraints": ("b<1",)}
    else:
        changes = {"overrides": ("b==0.9",)}
    solver.calls = 0
    found = launched(bench, server, requirements, **changes)
    assert solver.calls > 0
    fresh = Bench(bench.root, bench.root / "another home")
    assert found == launched(fresh, server, requirements, **changes)


def test_a_conflict_is_no_answer_to_keep(bench: Bench, server: StaticIndex, solver: Counted) -> None:
    for _ in range(2):
        solver.calls = 0
        with pytest.raises(DriverEnvError, match="LOCAL_NO_MATCH"):
            launched(bench, server, "a\nc>=7\n")
        assert solver.calls > 0


def test_what_was_kept_must_fit(bench: Bench, server: StaticIndex, monkeypatch: pytest.MonkeyPatch) -> None:
    """However it came to be kept: a choice that does not satisfy its demands is none."""
    local = [Index(server.simple_url, name="lab")]
    request = bench.request("a\n", local=local)
    bench.prepare(request)
    with bench.workshop(request) as workshop:
        requirements = read(workshop).requirements
        outcome = resolving.settle(workshop, requirements, lambda one: pytest.fail(str(one)))
        assert isinstance(outcome.result, Resolution)

        chosen = {pin.candidate.project: pin.candidate.key for pin in outcome.result.pins}
        terms = (outcome.demands, outcome.facts, workshop.interpreter.target, outcome.rules)
        assert again(*terms, chosen) == outcome.result
        first = next(iter(chosen))
        assert again(*terms, {name: key for name, key in chosen.items() if name != first}) is None
        assert again(*terms, {**chosen, first: "http://elsewhere.test/x.whl"}) is None
