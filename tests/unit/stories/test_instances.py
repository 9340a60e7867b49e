"""Environments of one launch's own: taken from what was made ahead, or made at once."""

from __future__ import annotations

import json
import os
import pickle
import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from driverenv import Environment, Request, environment, lease, prepare
from driverenv.environment.naming import INSTANCE
from driverenv.errors import EnvironmentBroken
from driverenv.events import Linked, Ready, Warned
from driverenv.records import history
from driverenv.stories import instances, spares
from driverenv.stories.collecting import collect
from driverenv.stories.instances import stock
from driverenv.stories.site import open_site
from tests.unit.resolve.worlds import check_golden
from tests.unit.stories.bench import Bench
from tests.unit.stories.test_collecting import KEEP
from tests.unit.stories.test_spares import model_in

Begun = list[Callable[[], None]]


@pytest.fixture
def begun(monkeypatch: pytest.MonkeyPatch) -> Begun:
    """What would go on in the background, to be done by the test."""
    found: Begun = []

    def on_its_own(command: list[str], *, cwd: Path, data: bytes = b"") -> None:
        assert command[1] == "-c"
        assert cwd.is_dir()
        found.append(lambda: stock(*pickle.loads(data)))  # noqa: S301 (our own)

    monkeypatch.setattr(environment, "on_its_own", on_its_own)
    monkeypatch.setattr(instances, "STOCKING", instances.STOCKING._replace(pause_seconds=0.0))
    return found


@pytest.fixture
def shared(bench: Bench) -> Request:
    bench.wheel("six", "1.16.0", files={"six/__init__.py": "", "six/settings.py": "VALUE = 1\n"})
    return bench.request("six\n")


@pytest.fixture
def fresh(shared: Request) -> Request:
    return shared.replace(instances="fresh")


def of(one: Environment) -> str:
    """The model of an instance, by its mark."""
    return Path(one.prefix).with_name(INSTANCE).read_text("utf-8").partition("\n")[0]


def spare(bench: Bench, fresh: Request, begun: Begun) -> tuple[Environment, str]:
    """The model, and the key of its spare, which is there now."""
    bench.prepare(fresh)
    begun.pop()()
    model = bench.prepare(fresh.replace(instances="shared"))
    (key,) = spares.waiting(str(bench.home), model.key)
    return model, key


def test_each_launch_has_its_own(bench: Bench, shared: Request, fresh: Request, begun: Begun) -> None:
    first = bench.prepare(fresh)
    assert [event.how for event in bench.told(Ready)] == ["made"]
    second, model = bench.prepare(fresh), bench.prepare(shared)
    assert len({one.key for one in (first, second, model)}) == 3
    assert of(first) == of(second) == model.key
    for one in (first, second):
        assert Path(one.prefix).name == "Switch Driver"
        assert lease.is_held(lease.path_of(one.prefix))
        assert json.loads(Path(one.receipt).read_bytes())["key"] == one.key
        assert environment.check(Path(one.prefix)) == ""
        told = subprocess.check_output([one.python, "-c", "import six, sys; print(sys.prefix)"], text=True)
        assert told.strip() == one.prefix
    assert len(begun) == 2  # nobody came to it yet


def test_a_spare_is_taken_by_one_rename(bench: Bench, fresh: Request, begun: Begun) -> None:
    model, key = spare(bench, fresh, begun)
    own = bench.prepare(fresh)
    assert (own.key, of(own)) == (key, model.key)
    assert own == spares.at(model, key)
    assert not bench.told(Linked)
    (ready,) = bench.told(Ready)
    assert (ready.how, ready.reused, ready.prefix) == ("instance", False, own.prefix)
    line = history.read(str(bench.home), "Switch Driver").lines[-1]
    assert (line.how, line.what) == ("instance", model.key)
    assert bench.prepare(fresh).key not in (key, model.key)  # it is no spare any more


def test_many_launches_at_once(bench: Bench, fresh: Request, begun: Begun) -> None:
    spare(bench, fresh, begun)
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: prepare(fresh), range(4)))
    assert len({one.prefix for one in found}) == 4


def test_the_process_in_the_background(bench: Bench, fresh: Request, monkeypatch: pytest.MonkeyPatch) -> None:
    def on_its_own(command: list[str], *, cwd: Path, data: bytes = b"") -> None:
        subprocess.run(command, cwd=cwd, input=data, check=True)

    monkeypatch.setattr(environment, "on_its_own", on_its_own)
    monkeypatch.setattr(instances, "STOCKING", instances.STOCKING._replace(pause_seconds=1e9))
    made = bench.prepare(fresh)
    (key,) = spares.waiting(str(bench.home), of(made))
    assert bench.prepare(fresh).key == key
    assert spares.waiting(str(bench.home), of(made)) == []  # not so soon again


def test_one_spare_is_enough(bench: Bench, fresh: Request, begun: Begun) -> None:
    spare(bench, fresh, begun)
    bench.prepare(fresh)
    assert len(begun) == 1
    again = begun.pop()
    again()
    there = bench.environments()
    again()
    assert bench.environments() == there


@pytest.mark.parametrize("what", ["gone", "edited", "another"])
def test_a_spare_that_is_none(bench: Bench, fresh: Request, begun: Begun, what: str) -> None:
    model, key = spare(bench, fresh, begun)
    folder = bench.home / "environments" / key
    if what == "gone":
        folder.rename(bench.root / "away")
    elif what == "edited":
        Path(spares.at(model, key).prefix, "pyvenv.cfg").write_text("", encoding="utf-8")
    else:
        bench.wheel("idna")
        other = bench.prepare(bench.request("idna\n"))
        ticket = bench.home / "spares" / model.key / key
        ticket.rename(ticket.with_name(other.key))
        bench.request("six\n")
    own = bench.prepare(fresh)
    assert own.key not in (key, model.key)
    assert environment.wheels_of(Path(own.prefix).parent) == environment.wheels_of(Path(model.prefix).parent)
    assert spares.waiting(str(bench.home), model.key) == []


@pytest.mark.parametrize("where", ["model", "spare"])
def test_an_edited_file_is_noticed(bench: Bench, fresh: Request, begun: Begun, where: str) -> None:
    model, key = spare(bench, fresh, begun)
    edited = Path((model if where == "model" else spares.at(model, key)).site_packages, "six/settings.py")
    edited.chmod(0o644)
    edited.write_text("VALUE = 2\n", encoding="utf-8")
    own = bench.prepare(fresh)
    assert own.key != key
    assert Path(own.site_packages, "six/settings.py").read_text("utf-8") == "VALUE = 1\n"
    assert spares.waiting(str(bench.home), model.key) == []


def test_what_nobody_gets_is_not_looked_at(bench: Bench, fresh: Request, begun: Begun) -> None:
    model, key = spare(bench, fresh, begun)
    installer = Path(model.site_packages, "six-1.16.0.dist-info/INSTALLER")  # shared with nobody
    installer.unlink()
    assert bench.prepare(fresh).key == key
    assert not installer.exists()
    bench.prepare(fresh.replace(instances="shared"))
    assert installer.exists()


def test_a_spare_after_the_validity(bench: Bench, fresh: Request, begun: Begun) -> None:
    model, key = spare(bench, fresh, begun)
    own = bench.prepare(fresh.replace(refresh=True))
    assert (own.key, of(own)) == (key, model.key)


def test_a_home_that_anybody_may_change(bench: Bench, fresh: Request, begun: Begun) -> None:
    spare(bench, fresh, begun)
    bench.home.chmod(0o755)
    (bench.home / "spares").chmod(0o777)
    assert instances.at_hand(open_site(fresh), fresh, open_site(fresh).ask_key) is None


def test_edits_go_along(bench: Bench, shared: Request, begun: Begun) -> None:
    policy = bench.policy(overlays=["six/settings.py"])
    fresh = shared.replace(policy=policy, instances="fresh")
    model, key = spare(bench, fresh, begun)
    Path(model.site_packages, "six/settings.py").write_text("VALUE = 2\n", encoding="utf-8")
    own = bench.prepare(fresh)
    assert own.key != key  # it was made before the edit
    assert Path(own.site_packages, "six/settings.py").read_text("utf-8") == "VALUE = 2\n"


def test_what_cannot_be_made_again(bench: Bench, fresh: Request, begun: Begun, shared: Request) -> None:
    model = bench.prepare(shared)
    (wheel,) = environment.wheels_of(Path(model.prefix).parent)
    folder = bench.home / "wheels" / wheel[:2] / wheel
    archive = bench.home / "archives" / wheel[:2] / wheel
    with bench.workshop(shared):
        folder.rename(bench.root / "wheel")
        archive.rename(bench.root / "archive")
    with pytest.raises(EnvironmentBroken) as caught:
        bench.prepare(fresh)
    assert wheel in str(caught.value)
    assert begun == []


def test_the_text() -> None:
    model = model_in(Path("home")).replace(prefix="/srv/home/environments/KEY/Switch Driver")
    check_golden(instances._impossible(model, "the store lacks its wheel abc"), "no-instance")


@pytest.mark.parametrize("receipt", [None, "[", "[1]"])
def test_what_says_nothing_of_itself(bench: Bench, fresh: Request, begun: Begun, receipt: str | None) -> None:
    model = bench.prepare(fresh.replace(instances="shared"))
    Path(model.receipt).unlink()
    if receipt is not None:
        Path(model.receipt).write_text(receipt, encoding="utf-8")
    with pytest.raises(EnvironmentBroken, match="cannot be read"):
        bench.prepare(fresh)
    assert begun == []


def test_the_collection(bench: Bench, fresh: Request, begun: Begun) -> None:
    model, key = spare(bench, fresh, begun)
    own = bench.prepare(fresh)
    begun.pop()()
    (key,) = spares.waiting(str(bench.home), model.key)
    there = {path.parent.parent.name for path in bench.environments()}
    assert {model.key, key, own.key} <= there
    held = str(own.prefix)
    found = collect(str(bench.home), keep=KEEP)
    stays = {one.path for one in found.items if one.stays}
    assert {model.prefix, held, spares.at(model, key).prefix} == stays  # instances that nobody holds went
    del own
    found = collect(str(bench.home), keep=KEEP)
    assert [one.path for one in found.gone if one.kind == "environment"] == [held]
    prefix = model.prefix
    del model
    collect(str(bench.home), keep=KEEP, everything=True)
    assert bench.environments() == []
    assert not os.path.exists(prefix)
    assert os.listdir(bench.home / "spares") == []


def test_nobody_is_told_of_what_goes_wrong_in_the_background(
    bench: Bench, fresh: Request, begun: Begun
) -> None:
    own = bench.prepare(fresh)
    model = bench.prepare(fresh.replace(instances="shared"))
    Path(model.prefix).with_name("complete").unlink()
    begun.pop()()
    assert spares.waiting(str(bench.home), of(own)) == []
    assert not bench.told(Warned)


def test_an_embedded_python_makes_none_ahead(
    bench: Bench, fresh: Request, begun: Begun, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.prepare(fresh)
    begun.clear()
    monkeypatch.setattr("sys.executable", "")
    assert lease.is_held(lease.path_of(bench.prepare(fresh).prefix))
    assert begun == []


def test_what_instances_there_are() -> None:
    with pytest.raises(ValueError, match="instances must be"):
        Request("driver", instances="own")  # type: ignore[arg-type]
