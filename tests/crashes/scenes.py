"""What a process is doing when something befalls it: launches of all kinds, and the care of what they leave."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from driverenv import Request, collect, prepare
from driverenv.events import Event, Listener
from driverenv.store import peer
from driverenv.stories import returning
from tests.crashes import invariants
from tests.unit.stories.bench import Bench

HELD = "Held"
"""The driver that somebody runs all the while."""
DRIVER = "Switch Driver"
_PATIENCE_SECONDS = 60.0
"""So long a busy machine may take to start a process."""
DAMAGED = b"damaged by the test\n"


def nothing(_event: Event) -> None:
    """Listen to nothing."""


class Scene(NamedTuple):
    """A situation, and what is done in it."""

    name: str
    furnish: Callable[[Bench], Request]
    """Fill the index, once; the request of the launch."""
    before: Callable[[Bench, Request], None] = lambda _bench, _request: None
    """Bring home into the situation, at each point, in peace."""
    act: Callable[[Bench, Request, Listener], None] = lambda _bench, request, on_event: _launched(
        request, on_event
    )
    is_first: bool = False
    """Whether home is not there yet."""
    damaged: tuple[str, ...] = ()
    """What `before` damages."""
    has_build: bool = False
    is_either: bool = False
    """Whether the launch afterwards may get one environment or the other."""


def _launched(request: Request, on_event: Listener) -> None:
    prepare(request, on_event=on_event)


def _two_wheels(bench: Bench) -> Request:
    bench.wheel("held")
    bench.wheel(
        "alpha",
        requires=["beta"],
        files={"alpha/settings.ini": "[alpha]\n"},
        entry_points={"console_scripts": {"alpha": "alpha:main"}},
    )
    bench.wheel("beta", data_files={"scripts/tool": "#!python\n"})
    return bench.request("alpha\n", name=DRIVER, valid_for_minutes=0)


def _with_build(bench: Bench) -> Request:
    _two_wheels(bench)
    bench.sdist("gamma", requires=["alpha"])
    return bench.request("gamma\n", name=DRIVER)


def hold(bench: Bench) -> str:
    """Prepare the driver that is run all the while; its prefix."""
    return prepare(bench.request("held\n", name=HELD)).prefix


def _held(bench: Bench, _request: Request) -> None:
    hold(bench)


def _launched_before(bench: Bench, request: Request) -> None:
    hold(bench)
    prepare(request)


def _other_driver_before(bench: Bench, _request: Request) -> None:
    hold(bench)
    prepare(bench.request("alpha\n", name="Another"))


def _older_before(bench: Bench, request: Request) -> None:
    """The index had less when the driver was launched first."""
    hold(bench)
    aside = bench.root / f"aside.{os.getpid()}"
    less = request.replace(policy=bench.policy(local=[_older(bench)], valid_for_minutes=0))
    prepare(less)
    shutil.rmtree(aside, ignore_errors=True)


def _older(bench: Bench) -> object:
    """An index by the same name without what came later."""
    from driverenv import Index

    folder = bench.root / "older"
    if not folder.exists():
        shutil.copytree(bench.index, folder)
        for path in folder.glob("alpha-2*"):
            path.unlink()
    return Index(folder, name="lab")


def _newer(bench: Bench) -> Request:
    request = _two_wheels(bench)
    _older(bench)
    bench.wheel("alpha", "2.0", requires=["beta"])
    return request


def _environment_damaged(bench: Bench, request: Request) -> None:
    _launched_before(bench, request)
    path = next(bench.home.glob(f"environments/*/{DRIVER}/**/alpha/__init__.py"))
    path.unlink()
    path.write_bytes(DAMAGED)


def _store_damaged(bench: Bench, request: Request) -> None:
    _other_driver_before(bench, request)
    path = next(path for path in bench.home.glob("wheels/*/*/files/*/alpha/__init__.py"))
    path.chmod(0o644)
    path.unlink()
    path.write_bytes(DAMAGED)


def _launched_and_left(bench: Bench, request: Request) -> None:
    """There is something to collect: an environment that nobody uses, of two generations."""
    _older_before(bench, request)
    prepare(request)


def _collected(bench: Bench, _request: Request, _on_event: Listener) -> None:
    collect(str(bench.home), everything=True)


def _rolled_back(bench: Bench, _request: Request, _on_event: Listener) -> None:
    returning.rollback(str(bench.home), DRIVER, cwd=str(bench.root))


def all_beside() -> None:
    """Have the process beside the launch unpack all wheels, wherever this is."""
    peer.MANY, peer.WAITS_SECONDS = 0, _PATIENCE_SECONDS
    peer.is_of_use = lambda: True


def _launched_beside(_bench: Bench, request: Request, on_event: Listener) -> None:
    all_beside()
    prepare(request, on_event=on_event)


def _rebuilt(bench: Bench, request: Request, on_event: Listener) -> None:
    returning.anew(str(bench.home), DRIVER, cwd=str(bench.root))
    prepare(request, on_event=on_event)


SCENES = {
    scene.name: scene
    for scene in (
        Scene("first launch", _two_wheels, is_first=True),
        Scene("new driver", _two_wheels, _held),
        Scene("unpacked beside", _two_wheels, _held, _launched_beside),
        Scene("known wheels", _two_wheels, _other_driver_before),
        Scene("asked again", _two_wheels, _launched_before),
        Scene("index changed", _newer, _older_before),
        Scene("file edited", _two_wheels, _environment_damaged, damaged=("alpha/__init__.py",)),
        Scene("store damaged", _two_wheels, _store_damaged, damaged=("alpha/__init__.py",)),
        Scene("gc", _newer, _launched_and_left, _collected),
        Scene("rollback", _newer, _launched_and_left, _rolled_back, is_either=True),
        Scene("rebuild", _two_wheels, _launched_before, _rebuilt),
        Scene("build", _with_build, _held, has_build=True),
    )
}


def is_held_whole(bench: Bench, prefix: str) -> list[str]:
    """What is wrong with the environment that somebody runs."""
    if not os.path.isdir(prefix):
        return [f"the environment that is in use is gone: {prefix}"]
    return list(invariants.damage(Path(prefix)))
