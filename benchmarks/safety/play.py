"""Play a situation with a tool: start its servers, write the driver, run the tool, judge."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from benchmarks import machine
from benchmarks.safety import attacker
from benchmarks.safety.installers import Installer, Order
from benchmarks.safety.judge import CRASHED, NOT_ASKED, Verdict, judge, told
from benchmarks.safety.scene import Scene, opened
from benchmarks.safety.situation import Situation


def play(situation: Situation, tool: Installer, root: Path) -> Verdict:
    """One cell; everything is in `root`, which is empty before and gone afterwards."""
    if situation.site and not tool.has_site:
        return Verdict(situation.name, tool.name, NOT_ASKED, False, (), 0, 0.0, False, "")
    root.mkdir(parents=True)
    try:
        with opened(situation, root / "site") as scene:
            if situation.change is not None:
                first = tool.install(_order(situation, scene, root, "Driver one"))
                if first.code != 0:
                    return Verdict(situation.name, tool.name, CRASHED, False, (), 0, 0.0, False, told(first))
                situation.change(scene)
                scene.public.log.clear()
                scene.stranger.log.clear()
            order = _order(situation, scene, root, "Driver two")
            begun = time.monotonic()
            done = tool.install(order)
            found = judge(situation, scene, done, tool.name, round(time.monotonic() - begun, 1))
            return found._replace(said=_without_places(found.said, scene, root))
    finally:
        shutil.rmtree(root, ignore_errors=True)


def _order(situation: Situation, scene: Scene, root: Path, name: str) -> Order:
    driver = root / name
    driver.mkdir()
    path = driver / "requirements.txt"
    path.touch()
    for line in situation.asked:
        if line.startswith("=== "):
            path = driver / line.removeprefix("=== ")
            continue
        with path.open("a", encoding="utf-8") as file:
            file.write(f"{scene.filled(line)}\n")
    attacker.index(situation.beside, {}).write_folder(driver)
    variables = {key: scene.filled(value) for key, value in situation.variables.items()}
    place = root / "tool"
    environ = machine.clean_environ(place / "home") | variables
    environ.pop("UV_NO_CONFIG")  # said by option, where no file of the bench is given
    public = scene.public.simple_url
    return Order(driver, scene.locations, public, situation.wheels_only, situation.site, place, environ)


def _without_places(text: str, scene: Scene, root: Path) -> str:
    for url in scene.locations:
        text = text.replace(url, "<local>/simple/").replace(url.removesuffix("simple/"), "<local>/")
    for name, url in (("<public>", scene.public.url), ("<stranger>", scene.stranger.url)):
        text = text.replace(url, name)
    return text.replace(str(root), "<root>")


def play_all(
    situations: Iterable[Situation], tools: Iterable[Installer], root: Path, workers: int
) -> Iterator[Verdict]:
    """Every situation with every tool, several at a time; in the order of both."""
    pairs = [(situation, tool) for situation in situations for tool in tools]
    with ThreadPoolExecutor(workers) as pool:
        jobs = [
            pool.submit(play, situation, tool, root / str(number))
            for number, (situation, tool) in enumerate(pairs)
        ]
        for job in jobs:
            yield job.result()
