"""The same facts, the same lock, byte for byte: whatever the order, the delays and the number of workers.

Nothing is left to the clock. In one half of the tests a pool without threads does the work in an order that is
drawn; in the other half real threads meet at a gate, and whoever waits there is let through by lot.
"""

from __future__ import annotations

import concurrent.futures
import contextlib
import random
import shutil
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from driverenv import Index, Policy, Request
from driverenv._http import Response, Stream
from driverenv.cli import formats
from driverenv.errors import DriverEnvError
from driverenv.events import Event, Warned
from driverenv.interpreter import inspect
from driverenv.model.lock import Lock
from driverenv.records import pylock
from driverenv.store import Store
from driverenv.stories.lock import lock
from driverenv.stories.replay import replay
from driverenv.stories.site import base_executable
from tests.kit import Web
from tests.kit.universe import Universe
from tests.scenarios.fake_transport import FakeTransport

RUNS = 200
UNIVERSE = """
[[local]]
name = "lab"
projects.core = [{ version = "1.0", requires = ["shared>=1", "leaf-a"] }, { version = "1.1", requires = ["shared>=2", "gone-a"] }]
projects.shared = ["1.0", "1.5", { version = "2.0", yanked = "broken" }]
projects.leaf-a = { files = ["1.0", { filename = "leaf-a-latest.tar.gz", junk = "x" }, { filename = "other-1.0.tar.gz", junk = "x" }] }

[[local]]
name = "spare"
projects.leaf-b = ["1.0rc1"]
projects.leaf-c = [{ version = "2.0", requires = ["leaf-d", "leaf-b"] }]

[public]
style = "full"
[public.projects]
app = [{ version = "3.0", requires = ["core>=2"] }, { version = "2.0", requires = ["core", "tool", "leaf-c[gui]"] }]
tool = [{ version = "1.0", requires = ["shared<2", "leaf-d"] }, { version = "2.0", requires = ["shared<1"] }]
leaf-d = ["1.0", "1.1", { version = "1.2", requires_python = "<3" }]
other = [{ version = "1.0", requires = ["leaf-a", "leaf-b", "leaf-c", "leaf-d"] }]
"""
GOOD = "app\nother\ntool\nleaf-c\n"
BAD = "app\nother>=2\nmissing-one\nmissing-two\nshared>=3\nleaf-b>=9\n"
BROKEN = "app\nother\ncore\nleaf-d\nmissing-one\n"


class Drawn(ThreadPoolExecutor):
    """A pool without threads: when the first result is wanted, all that was submitted is done, in a drawn order."""

    dice = random.Random()

    def __init__(self, *_arguments: object, **_options: object) -> None:
        super().__init__(1)
        self._tasks: list[Callable[[], None]] = []

    def submit(self, function: Callable[..., Any], /, *arguments: Any, **options: Any) -> Future[Any]:  # noqa: ANN401
        future = _Lazy(self._do_all)

        def task() -> None:
            try:
                future.set_result(function(*arguments, **options))
            except BaseException as error:  # noqa: BLE001 (as in a real pool)
                future.set_exception(error)

        self._tasks.append(task)
        return future

    def _do_all(self) -> None:
        tasks, self._tasks = self._tasks, []
        self.dice.shuffle(tasks)
        for task in tasks:
            task()


class _Lazy(Future[Any]):
    def __init__(self, before: Callable[[], None]) -> None:
        super().__init__()
        self._before = before

    def result(self, timeout: float | None = None) -> Any:  # noqa: ANN401
        self._before()
        return super().result(timeout)


class Gate:
    """A transport behind a gate: one at a time is let through, by lot among those who wait there."""

    def __init__(self, inner: FakeTransport, dice: random.Random) -> None:
        self._inner, self._dice = inner, dice
        self._changed = threading.Condition()
        self._waiting: list[object] = []
        self._next: object = None

    def get(self, *arguments: Any, **options: Any) -> Response:  # noqa: ANN401
        with self._turn():
            return self._inner.get(*arguments, **options)

    @contextlib.contextmanager
    def stream(self, *arguments: Any, **options: Any) -> Iterator[Stream]:  # noqa: ANN401
        with self._turn(), self._inner.stream(*arguments, **options) as opened:
            yield opened

    @contextlib.contextmanager
    def _turn(self) -> Iterator[None]:
        me = object()
        with self._changed:
            self._waiting.append(me)
            self._draw()
            self._changed.wait_for(lambda: self._next is me)
        try:
            yield
        finally:
            with self._changed:
                self._waiting.remove(me)
                self._next = None
                self._draw()

    def _draw(self) -> None:
        if self._next is None and self._waiting:
            self._next = self._dice.choice(self._waiting)
            self._changed.notify_all()


class Site:
    """The universe above, asked through a fake transport; each run has a home of its own, with nothing remembered."""

    def __init__(self, root: Path, *, down: bool) -> None:
        self.root = root
        self._home = root / "primed"
        inspect(Path(base_executable()), store=Store(self._home))
        self._runs = 0
        text = UNIVERSE + ("[public.fault]\nstatus = 503\n" if down else "")
        self.universe = Universe.loads(text)

    def run(self, requirements: str, wrapped: Callable[[FakeTransport], Any] = lambda inner: inner) -> str:
        """Everything that comes out: lock documents and saved facts, or the error."""
        self._runs += 1
        home = self.root / f"home-{self._runs}"
        shutil.copytree(self._home, home, symlinks=True)
        web = Web(self.universe)
        local = [Index(web.bases[one.name], name=one.name) for one in self.universe.local]
        policy = Policy(local=local, public=Index(f"{web.PUBLIC}/simple/", name="public"), byte_code="never")
        driver = self.root / "driver"
        driver.mkdir(exist_ok=True)
        (driver / "requirements.txt").write_text(requirements, encoding="utf-8")
        request = Request(driver, policy=policy, home=home)
        facts, events = self.root / "facts.json", list[Event]()
        try:
            found = lock(
                request,
                on_event=events.append,
                transport=wrapped(FakeTransport(web, policy)),
                save_facts=facts,
            )
        except DriverEnvError as error:
            text = f"{error.exit_code}\n{error}\n{error.as_dict()}"
        else:
            warnings = [event for event in events if isinstance(event, Warned)]
            text = documents(found, warnings, self.root)
        shutil.rmtree(home)
        return f"{text}\n{facts.read_text(encoding='utf-8')}"


def documents(found: Lock, warnings: list[Warned], folder: Path) -> str:
    return "\n".join(
        [
            formats.pins(found),
            formats.lock_json(found, warnings=formats.warned(warnings)),
            pylock.render(found, folder=folder),
        ]
    )


@pytest.fixture
def site(tmp_path: Path, request: pytest.FixtureRequest) -> Site:
    return Site(tmp_path, down=getattr(request, "param", False))


CASES = pytest.mark.parametrize(
    ("requirements", "site", "starts"),
    [(GOOD, False, "app==2.0\n"), (BAD, False, "107\n"), (BROKEN, True, "106\n")],
    indirect=["site"],
    ids=["a lock", "a conflict", "an index that is down"],
)


@pytest.mark.slow
@pytest.mark.timeout(600)
@CASES
def test_in_every_order(monkeypatch: pytest.MonkeyPatch, site: Site, requirements: str, starts: str) -> None:
    first = site.run(requirements)
    assert first.startswith(starts)
    monkeypatch.setattr(concurrent.futures, "ThreadPoolExecutor", Drawn)
    for seed in range(RUNS):
        monkeypatch.setattr(Drawn, "dice", random.Random(seed))
        assert site.run(requirements) == first, seed


@pytest.mark.slow
@CASES
def test_with_any_number_of_workers(
    monkeypatch: pytest.MonkeyPatch, site: Site, requirements: str, starts: str
) -> None:
    first = site.run(requirements)
    for workers in range(1, 17):
        monkeypatch.setattr(
            concurrent.futures,
            "ThreadPoolExecutor",
            lambda _, workers=workers, **options: ThreadPoolExecutor(workers, **options),
        )
        dice = random.Random(workers)
        assert site.run(requirements, lambda inner, dice=dice: Gate(inner, dice)) == first, workers  # type: ignore[misc]


def test_played_again_it_is_the_same(site: Site) -> None:
    first = site.run(GOOD)
    again = list[Event]()
    found = replay(site.root / "facts.json", on_event=again.append)
    assert first.startswith(documents(found, [one for one in again if isinstance(one, Warned)], site.root))
