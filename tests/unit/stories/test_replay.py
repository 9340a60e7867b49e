from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from driverenv import Correction, Index, Policy, Request, prepare
from driverenv.cli import formats
from driverenv.errors import BuildFailed, DriverEnvError, FactsInvalid, HashMismatch, Unresolvable
from driverenv.events import Event, Warned
from driverenv.model.lock import Lock
from driverenv.records import pylock
from driverenv.stories.explain import explain
from driverenv.stories.failure import read_facts, save
from driverenv.stories.lock import lock
from driverenv.stories.replay import replay, solved_again
from tests.kit import Web
from tests.kit.factories import UniverseFactory
from tests.scenarios.fake_transport import FakeTransport
from tests.unit.stories.bench import Bench


def texts(found: Lock, folder: Path) -> tuple[str, ...]:
    return (
        formats.pins(found),
        formats.lock_json(found, warnings=[]),
        pylock.render(found, folder=folder),
    )


def failure_of(call: Callable[[], object]) -> DriverEnvError:
    with pytest.raises(DriverEnvError) as raised:
        call()
    return raised.value


def assert_fails_alike(first: DriverEnvError, second: DriverEnvError) -> None:
    assert (type(second), str(second), second.exit_code) == (type(first), str(first), first.exit_code)
    assert second.as_dict() == json.loads(json.dumps(first.as_dict()))


@pytest.fixture
def at(tmp_path: Path) -> Path:
    """Where the facts are."""
    return tmp_path / "facts.json"


def gone(bench: Bench) -> None:
    """Nothing of the site is there any more: what is played again comes from the file alone."""
    for folder in (bench.index, bench.home, bench.root / "drivers"):
        shutil.rmtree(folder, ignore_errors=True)


def test_the_same_lock(bench: Bench, at: Path) -> None:
    bench.wheel("a", "1.5", requires=["b[x]>=2", 'c; python_version < "3"'])
    bench.wheel("a", "2.0", requires=["b>=9"])
    bench.sdist("b", "2.0", extras={"x": ["d"]})
    bench.wheel("d", "1.0rc1")
    first = lock(bench.request("a\n"), save_facts=at)
    locked = texts(first, bench.root)
    gone(bench)
    assert replay(at) == first
    assert texts(replay(at), bench.root) == locked


def test_what_was_warned_of_is_told_again(bench: Bench, at: Path) -> None:
    bench.wheel("a", "1.0rc1")
    events: list[Event] = []
    lock(
        bench.request("a[gui]\n--extra-index-url https://pypi.org/simple/\n"),
        on_event=events.append,
        save_facts=at,
    )
    again: list[Event] = []
    replay(at, on_event=again.append)
    warned = {event for event in events if isinstance(event, Warned)}
    assert set(again) == warned
    assert {event.code for event in warned} == {"PRERELEASE", "UNKNOWN_EXTRA", "REQUIREMENTS_NOTE"}


@pytest.mark.parametrize(
    "requirements",
    [
        "a>=9\n",
        "nope\na\n",
        "a\nb>=2\n",
        "b==1.0\na==1.0 --hash=sha256:" + "0" * 64 + "\n",
        "a >= = 2\n",
        "git+https://x/y\n",
    ],
)
def test_the_same_error(bench: Bench, at: Path, requirements: str) -> None:
    bench.wheel("a", "1.0", requires=["b<2"])
    bench.wheel("b", "1.0")
    bench.wheel("b", "2.0")
    first = failure_of(lambda: lock(bench.request(requirements), save_facts=at))
    gone(bench)
    assert_fails_alike(first, failure_of(lambda: replay(at)))


def test_the_same_error_of_an_index(bench: Bench, at: Path) -> None:
    bench.wheel("a", requires=["gone"])
    away = Index(bench.root / "no", name="away")
    first = failure_of(
        lambda: lock(bench.request("a\n", local=[Index(bench.index, name="lab"), away]), save_facts=at)
    )
    assert first.code == "LOCAL_DOWN"
    assert_fails_alike(first, failure_of(lambda: replay(at)))


def test_the_same_error_of_a_build(bench: Bench, at: Path) -> None:
    bench.sdist("a", fail="no compiler", metadata_version="2.1")
    first = failure_of(lambda: lock(bench.request("a\n"), save_facts=at))
    assert isinstance(first, BuildFailed)
    assert_fails_alike(first, failure_of(lambda: replay(at)))


def test_what_failed_after_the_resolution(bench: Bench, at: Path) -> None:
    wheel = bench.wheel("a")
    folder = bench.root / "index"
    request = bench.request(f"a --hash=sha256:{'0' * 64}\n")
    first = failure_of(lambda: prepare(request, save_facts=at))
    assert isinstance(first, HashMismatch)
    assert wheel.parent == folder
    assert_fails_alike(first, failure_of(lambda: replay(at)))
    assert_fails_alike(first, failure_of(lambda: replay(first.failure)))


def test_facts_of_prepare_and_of_explain(bench: Bench, at: Path) -> None:
    bench.wheel("a")
    request = bench.request("a\n")
    first = lock(request)
    prepare(request, save_facts=at)
    assert replay(at) == first
    explain(request, save_facts=at)
    with pytest.raises(FactsInvalid, match="no SHA-256 of a-1"):
        replay(at)


UNIVERSE = """
[[local]]
projects.a = [{ version = "1.0", requires = ["b", "c<2"] }]
[public]
style = "full"
[public.projects]
b = [{ version = "2.0", requires = ["c"] }, { version = "3.0", requires = ["c>=2"] }]
c = ["1.0", "2.0", { version = "1.5", yanked = "broken" }]
"""


def test_over_http(bench: Bench, universe: UniverseFactory, at: Path) -> None:
    web = Web(universe(UNIVERSE))
    policy = Policy(
        local=[Index("http://reader:s3cret@local.test:8036", name="lab")],
        public=Index(f"{web.PUBLIC}/simple/", name="public"),
    )
    request = Request(bench.driver("a\n"), policy=policy, home=bench.home)
    first = lock(request, transport=FakeTransport(web, policy), save_facts=at)
    assert {pin.name: pin.version for pin in first.pins} == {"a": "1.0", "b": "2.0", "c": "1.0"}
    assert replay(at) == first
    assert b"s3cret" not in at.read_bytes()
    request = Request(bench.driver("a\nc>=2\n"), policy=policy, home=bench.home)
    failed = failure_of(lambda: lock(request, transport=FakeTransport(web, policy), save_facts=at))
    assert isinstance(failed, Unresolvable)
    assert_fails_alike(failed, failure_of(lambda: replay(at)))


def changed(at: Path, **changes: Any) -> None:  # noqa: ANN401 (JSON)
    document = json.loads(at.read_text(encoding="utf-8"))
    at.write_text(json.dumps({**document, **changes}), encoding="utf-8")


def test_facts_that_are_not_complete(bench: Bench, at: Path) -> None:
    bench.wheel("a")
    lock(bench.request("a\n"), save_facts=at)
    changed(at, found=[])
    assert solved_again(read_facts(at)) is None
    with pytest.raises(FactsInvalid, match="ended before all was known"):
        replay(at)
    changed(at, target=None)
    with pytest.raises(FactsInvalid):
        replay(at)


def test_another_answer_gives_another_lock(bench: Bench, at: Path) -> None:
    """The file is played, not quoted."""
    bench.wheel("a", "1.0")
    bench.wheel("a", "2.0")
    lock(bench.request("a\n"), save_facts=at)
    document = json.loads(at.read_text(encoding="utf-8"))
    (found,) = document["found"]
    found["files"] = [
        one for one in found["files"] if "2.0" not in (one if isinstance(one, str) else one["filename"])
    ]
    changed(at, found=[found])
    document["digests"] |= {f"{bench.index}/a-1.0-py3-none-any.whl": "0" * 64}
    changed(
        at,
        digests=document["digests"],
        dependencies={f"{bench.index}/a-1.0-py3-none-any.whl": {"requires": []}},
    )
    assert [pin.version for pin in replay(at).pins] == ["1.0"]


def test_byte_for_byte_the_same_facts(bench: Bench, tmp_path: Path) -> None:
    bench.wheel("a", requires=["b"])
    bench.wheel("b")
    request = bench.request("a\n")
    files = [tmp_path / f"{n}.json" for n in range(3)]
    for path in files[:2]:
        lock(request, save_facts=path)
    save(read_facts(files[0]), files[2])
    assert len({path.read_bytes() for path in files}) == 1


def test_corrections_of_the_site_hold_there_as_well(bench: Bench, at: Path) -> None:
    bench.wheel("a", requires=["gone"], requires_python="<3")
    bench.wheel("b")
    right = [Correction("a", versions="<2", requires=["b"]), Correction("a", requires_python=">=3")]
    found = lock(bench.request("a\n", corrections=right), save_facts=at)
    assert [(pin.name, pin.requires_python) for pin in found.pins] == [("a", ">=3"), ("b", None)]
    gone(bench)
    assert replay(at) == found
