"""`kill -9` at random moments of an installation: what is left, and what the same command says when it is run again.

    python -m benchmarks.kills --kills 300 --tools driverenv,uv

Each tool installs the same generated set (M, as in the other benchmarks) from the same folder into a new environment,
its store or cache warm. A moment is drawn evenly from the time that an undisturbed installation takes; then every
process of it is killed. What is at the environment's place is compared, file by file, with an undisturbed one.
Then the same command runs again, undisturbed, and what it leaves is compared as well.
"""

from __future__ import annotations

import argparse
import collections
import hashlib
import json
import os
import random
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple, Protocol

from benchmarks import machine
from benchmarks.sets import Prepared, hermetic
from benchmarks.tools import BASE_PYTHON

DRIVER = "killed"
OUTCOMES = ("absent", "whole", "half", "ran on", "whole again", "failed again", "false ok")
_TRIES = 3


class Tool(Protocol):
    """What installs."""

    name: str

    def commands(self) -> list[list[str]]:
        """One after the other, until one fails."""

    def prefix(self) -> Path | None:
        """Where a server would find the environment; None where there is none to be seen."""

    def forget(self) -> None:
        """Remove the environment; the store or cache stays."""


class DriverEnv:
    """`driverenv prepare`, as a launch hook calls it."""

    name = "driverenv"

    def __init__(self, root: Path, made: Prepared) -> None:
        self._home, self._folder = root / "home", root / "drivers" / DRIVER
        self._folder.mkdir(parents=True)
        (self._folder / "requirements.txt").write_text(made.requirements, encoding="utf-8")
        self._index = str(made.folder)

    def commands(self) -> list[list[str]]:
        """One."""
        options = ["--offline", "--quiet", "--local", self._index, "--home", str(self._home)]
        return [[sys.executable, "-m", "driverenv", "prepare", str(self._folder), *options]]

    def prefix(self) -> Path | None:
        """The one environment that can be seen."""
        found = list(self._home.glob(f"environments/[!.]*/{DRIVER}"))
        return found[0] if found else None

    def forget(self) -> None:
        """Environments, and the answers that lead to them."""
        for name in ("environments", "asks", "drivers"):
            shutil.rmtree(self._home / name, ignore_errors=True)


class Uv:
    """`uv venv`, then `uv pip install`, as a script would that makes the environment where it is missing."""

    name = "uv"

    def __init__(self, root: Path, made: Prepared) -> None:
        self._prefix, self._cache = root / "environment", root / "cache"
        self._listed = root / "requirements.txt"
        self._listed.write_text(made.requirements, encoding="utf-8")
        self._index = str(made.folder)

    def commands(self) -> list[list[str]]:
        """Two."""
        uv, cache = machine.uv(), ["--quiet", "--cache-dir", str(self._cache)]
        make = [uv, "venv", "--allow-existing", "--no-python-downloads", "--python", BASE_PYTHON, *cache]
        options = ["--no-index", "--find-links", self._index, "--link-mode", "hardlink", *cache]
        python = str(self._prefix / "bin" / "python")
        install = [uv, "pip", "install", "--python", python, "-r", str(self._listed), *options]
        return [[*make, str(self._prefix)], install]

    def prefix(self) -> Path | None:
        """Where it was made."""
        return self._prefix if (self._prefix / "pyvenv.cfg").exists() else None

    def forget(self) -> None:
        """All of it."""
        shutil.rmtree(self._prefix, ignore_errors=True)


TOOLS = {tool.name: tool for tool in (DriverEnv, Uv)}


def content(prefix: Path) -> dict[str, str]:
    """Every file below site-packages but byte code and what says who installed when, with its digest."""
    found = {}
    for path in prefix.glob("lib/python*/site-packages/**/*"):
        name = path.relative_to(prefix).as_posix()
        if path.is_file() and "__pycache__" not in name and path.name not in _OWN:
            found[name] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found


_OWN = {
    "RECORD",
    "INSTALLER",
    "REQUESTED",
    "direct_url.json",
    "provenance_url.json",
    "uv_cache.json",
    ".lock",
}


class Player(NamedTuple):
    """One tool, and what an undisturbed installation comes to."""

    tool: Tool
    whole: dict[str, str]
    seconds: float
    environ: dict[str, str]


def play(player: Player, dice: random.Random) -> list[str]:
    """Kill once, look, run again, look; gives two outcomes."""
    player.tool.forget()
    ran_on = not _killed(player, dice.uniform(0.0, player.seconds))
    prefix = player.tool.prefix()
    first = "ran on" if ran_on else "absent" if prefix is None else _compared(prefix, player.whole)
    code = _run(player.tool.commands(), player.environ)
    prefix = player.tool.prefix()
    if code:
        return [first, "failed again"]
    same = prefix is not None and _compared(prefix, player.whole) == "whole"
    return [first, "whole again" if same else "false ok"]


def _compared(prefix: Path, whole: dict[str, str]) -> str:
    return "whole" if content(prefix) == whole else "half"


def _killed(player: Player, moment: float) -> bool:
    """Run the commands; kill what runs after `moment` seconds, unless all is over by then."""
    end = time.monotonic() + moment
    for command in player.tool.commands():
        process = _started(command, player.environ)
        try:
            process.wait(max(0.0, end - time.monotonic()))
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            return True
    return False


def _started(command: Sequence[str], environ: dict[str, str]) -> subprocess.Popen[bytes]:
    null = subprocess.DEVNULL
    return subprocess.Popen(
        command, env=environ, stdin=null, stdout=null, stderr=null, start_new_session=True
    )


def _run(commands: Sequence[Sequence[str]], environ: dict[str, str]) -> int:
    for command in commands:
        code = _started(command, environ).wait()
        if code:
            return code
    return 0


def player_of(tool: Tool, environ: dict[str, str]) -> Player:
    """Install undisturbed: first with nothing there, then often enough to know how long it takes."""
    seconds = []
    for _ in range(1 + _TRIES):
        tool.forget()
        begun = time.monotonic()
        if _run(tool.commands(), environ):
            raise RuntimeError(f"{tool.name} does not install at all")
        seconds.append(time.monotonic() - begun)
    prefix = tool.prefix()
    assert prefix is not None
    return Player(tool, content(prefix), statistics.median(seconds[1:]), environ)


def main() -> int:
    """Play, and print how often each outcome came."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--kills", type=int, default=300, help="for each tool")
    parser.add_argument("--tools", default=",".join(TOOLS))
    parser.add_argument("--set", default="M", help="S, M or L")
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--json", type=Path)
    told = parser.parse_args()
    seed = told.seed if told.seed is not None else random.SystemRandom().randrange(1 << 32)
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        made = hermetic(told.set, root)
        environ = machine.clean_environ(root / "nobody")
        names = told.tools.split(",")
        for name in names:
            (root / name).mkdir()
        players = [player_of(TOOLS[name](root / name, made), environ) for name in names]
        dice = random.Random(seed)  # noqa: S311 (moments, not secrets)
        counts = {player.tool.name: collections.Counter[str]() for player in players}
        for _ in range(told.kills):
            for player in players:
                counts[player.tool.name].update(play(player, dice))
    result = {
        "seed": seed,
        "kills": told.kills,
        "set": told.set,
        "milliseconds": {player.tool.name: round(player.seconds * 1000) for player in players},
        "outcomes": {name: {one: count[one] for one in OUTCOMES} for name, count in counts.items()},
    }
    if told.json:
        told.json.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    print(table(result["outcomes"]))
    print(f"{told.kills} kills each, seed {seed}, medians undisturbed in ms: {result['milliseconds']}")
    return 0


def table(outcomes: dict[str, dict[str, int]]) -> str:
    """The counts, a tool a line."""
    lines = [f"{'':<12}" + "".join(f"{one:>14}" for one in OUTCOMES)]
    lines += [
        f"{name:<12}" + "".join(f"{found[one]:>14}" for one in OUTCOMES) for name, found in outcomes.items()
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
