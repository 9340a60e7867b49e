"""One process after another, each befallen at the next point, each forked from one that has everything loaded.

After each: what can be seen is looked at; the same is done again without fault, and must succeed with no help; what
was left behind is collected, and must be gone.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from driverenv import DriverEnvError, Request, collect, lease, prepare
from driverenv.store import Store
from tests.crashes import invariants, scenes
from tests.crashes.points import EFFECTS, Effect, Points, Struck
from tests.crashes.scenes import HELD, SCENES, Scene
from tests.unit.stories.bench import Bench, copy_home, prime

DONE, TOLD, NOT_REACHED, WRONG = 0, 4, 5, 1
_MOST = 100_000


@dataclass
class Point:
    """What came of one point."""

    scene: str
    effect: str
    number: int
    operation: str = ""
    what: str = ""
    ending: str = ""
    """"killed", "succeeded" all the same, or the error's code."""
    problems: list[str] = field(default_factory=list)


def forked(work: Callable[[], dict[str, Any]]) -> tuple[int, dict[str, Any]]:
    """Do `work` in a fork; how it ended, as `subprocess` tells it, and what it answered last."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        _child(work, writing)
    os.close(writing)
    with os.fdopen(reading, "rb") as stream:
        said = stream.read().splitlines()
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return code, json.loads(said[-1]) if said else {}


def _child(work: Callable[[], dict[str, Any]], writing: int) -> None:
    code, write = WRONG, os.write
    try:
        _SAY.append(lambda told: write(writing, json.dumps(told).encode() + b"\n"))
        answer = work()
        code = int(answer.pop("code", DONE))
        _SAY[-1](answer)
    except BaseException as error:  # noqa: BLE001 (nothing of the parent may run on here)
        _SAY[-1]({**_TOLD, "raised": _traced(error)})
    finally:
        os._exit(code)


def _traced(error: BaseException) -> str:
    """The error, and where in driverenv it came from."""
    frames = [one for one in traceback.extract_tb(error.__traceback__) if "driverenv" in one.filename]
    places = [f"{Path(one.filename).name}:{one.lineno}" for one in frames[-4:]]
    return f"{type(error).__name__}: {error} ({', '.join(places)})"


_SAY: list[Callable[[dict[str, Any]], object]] = []
_TOLD: dict[str, Any] = {}
"""What a fork has said already."""


@dataclass
class Sweep:
    """All points of one effect in one scene.

    Args:
        root: an empty folder.
        primed: a home that has launched before with this Python; never changed.
        step: 1 plays each point, 7 one of seven.
        start: the first.
    """

    root: Path
    primed: Path
    scene: Scene
    effect: Effect
    step: int = 1
    start: int = 1

    def __post_init__(self) -> None:
        self.root.mkdir(parents=True, exist_ok=True)
        self.root = self.root.resolve()
        self.temporary = self.root / "tmp"
        self.temporary.mkdir(exist_ok=True)
        self.bench = Bench(self.root, self.root / "home")
        self.request = self.scene.furnish(self.bench)
        self.bench.request("held\n", name=HELD)
        for name in ("Another", scenes.DRIVER):
            self.bench.driver("alpha\n" if name == "Another" else _text(self.request), name)
        self.outside = (self.bench.index, self.root / "drivers")

    def play(self) -> Iterator[Point]:
        """Every point, until one is not reached."""
        tempfile.tempdir = str(self.temporary)
        self._afresh()
        code, answer = forked(partial(self._again, ""))
        if code != DONE:
            raise AssertionError(f"{self.scene.name} does not work at all: {answer}")
        expected = "" if self.scene.is_either else answer["key"]
        before = invariants.fingerprint(*self.outside)
        for number in range(self.start, _MOST, self.step):
            point = Point(self.scene.name, self.effect.name, number)
            if not self._one(point, expected):
                return
            if invariants.fingerprint(*self.outside) != before:
                point.problems.append("something outside home was changed")
            yield point

    # ------------------------------------------------------------------------------------------ one

    def _afresh(self) -> str:
        """Home in the scene's situation; the prefix that is held, if any."""
        shutil.rmtree(self.bench.home, ignore_errors=True)
        for path in self.temporary.iterdir():
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        if self.scene.is_first:
            return ""
        copy_home(self.primed, self.bench.home)
        code, answer = forked(self._before)
        if code != DONE:
            raise AssertionError(f"{self.scene.name}: {answer}")
        return str(answer.get("held", ""))

    def _before(self) -> dict[str, Any]:
        self.scene.before(self.bench, self.request)
        return {"held": scenes.hold(self.bench)}

    def _one(self, point: Point, expected: str) -> bool:
        """Play one point; False where it is not reached."""
        held = self._afresh()
        holding = lease.Lease(lease.path_of(held)) if held else contextlib.nullcontext()
        with holding:
            code, answer = forked(partial(self._befallen, point.number))
            if code == NOT_REACHED:
                return False
            point.operation, point.what = answer.get("operation", ""), answer.get("what", "")
            self._judge(point, code, answer)
            point.problems += self._seen(held)
            code, answer = forked(partial(self._again, expected))
            if code != DONE:
                point.problems.append(f"the next launch failed: {answer.get('raised', code)}")
            point.problems += self._seen(held, afterwards=True)
            code, answer = forked(self._swept)
            point.problems += answer.get("problems", [f"gc failed: {answer.get('raised', code)}"])
            point.problems += [] if not held else scenes.is_held_whole(self.bench, held)
        return True

    def _seen(self, held: str, *, afterwards: bool = False) -> list[str]:
        found = invariants.broken(self.bench.home, damaged=() if afterwards else self.scene.damaged)
        return [*found, *(scenes.is_held_whole(self.bench, held) if held else [])]

    def _judge(self, point: Point, code: int, answer: dict[str, Any]) -> None:
        point.ending = {DONE: "succeeded", TOLD: str(answer.get("error", ""))}.get(code, f"ended with {code}")
        if code == -signal.SIGKILL:
            point.ending = "killed"
        if (code == -signal.SIGKILL) != (self.effect.name == "kill") or code == WRONG:
            point.problems.append(f"it ended with {code}: {answer.get('raised', '')}")
        if code == TOLD and os.strerror(self.effect.number) not in answer["text"]:
            point.problems.append(f"the error does not say what happened: {answer['text']}")
        if answer.get("reached"):
            point.problems.append(f"it called {answer['reached']}")

    # ----------------------------------------------------------------------------------- in forks

    def _befallen(self, number: int) -> dict[str, Any]:
        below = (str(self.bench.home), str(self.bench.index), str(self.root / "drivers"), str(self.temporary))
        points = Points(self.effect, number, below)
        said = _TOLD

        def struck(one: Struck) -> None:
            said.update(operation=one.operation, what=one.what)
            _SAY[-1](said)

        points.on_strike = struck
        points.arm()
        try:
            self.scene.act(self.bench, self.request, scenes.nothing)
            said["code"] = DONE
        except DriverEnvError as error:
            said.update(code=TOLD, error=error.code, text=str(error))
        if points.struck is None:
            said["code"] = NOT_REACHED
        return {**said, "reached": points.reached}

    def _again(self, expected: str) -> dict[str, Any]:
        made = prepare(self.request)
        assert not expected or made.key == expected, f"another environment: {made.key}"
        assert prepare(self.request) == made
        return {"key": made.key}

    def _swept(self) -> dict[str, Any]:
        """A collection takes away all that the fault left behind."""
        home = self.bench.home
        collect(str(home), everything=True)
        problems = [f"not collected: {path.name}" for path in home.glob("environments/.*")]
        problems += [f"not collected: {path}" for path in home.glob("trash/*")]
        with Store(home).staging():
            left = sorted(path.name for path in home.glob("staging/*"))
        if len(left) != 2:
            problems.append(f"not swept: {left}")
        return {"problems": problems}


def _text(request: Request) -> str:
    return Path(str(request.driver), "requirements.txt").read_text(encoding="utf-8")


def main() -> None:
    """Sweep as the line on stdin says; a point a line goes out."""
    told = json.loads(sys.stdin.readline())
    root = Path(told["root"])
    primed = Path(told["primed"]) if told["primed"] else prime(root / "primed")
    for number, (scene, effect, step) in enumerate(told["sweeps"]):
        sweep = Sweep(root / str(number), primed, SCENES[scene], EFFECTS[effect], step=step)
        for point in sweep.play():
            sys.stdout.write(json.dumps(asdict(point)) + "\n")
            sys.stdout.flush()
        shutil.rmtree(sweep.root, ignore_errors=True)


if __name__ == "__main__":
    main()
