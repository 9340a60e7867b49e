"""The store is looked at, repaired and swept while drivers are launched: nobody sees a fault where there is none."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from driverenv import Keep, prepare
from driverenv.stories.auditing import verify
from driverenv.stories.collecting import collect
from tests.unit.stories.bench import Bench

SECONDS = 3.0
GREEDY = Keep(generations=0, grace_minutes=0, unused_days=0, store_bytes=0)


@pytest.mark.slow
def test_upkeep_while_drivers_are_launched(bench: Bench) -> None:
    """Environments come and go, links are made and removed, and their wheels are looked at all the while."""
    for number in range(4):
        bench.wheel(f"p{number}", files={f"p{number}/m{one}.py": "x = 1\n" for one in range(30)})
    requests = [
        bench.request(
            f"p{one}\np{(one + 1) % 4}\n",
            name=f"Driver {one}",
            valid_for_minutes=0,
            sharing="link",
            byte_code="now",
        )
        for one in range(4)
    ]
    until = time.monotonic() + SECONDS
    wrong: list[object] = []

    def again(work: Callable[[int], object]) -> None:
        turn = 0
        while time.monotonic() < until:
            try:
                work(turn)
            except Exception as error:  # noqa: BLE001 (told below)
                wrong.append(error)
            turn += 1

    def launch(turn: int) -> None:
        made = prepare(requests[turn % 4])
        assert Path(made.site_packages, f"p{turn % 4}", "m0.py").is_file()

    def look(_: int, *, contents: bool, repair: bool) -> None:
        wrong.extend(verify(str(bench.home), contents=contents, repair=repair).blemishes)

    def sweep(_: int) -> None:
        collect(str(bench.home), keep=GREEDY)

    works = (
        launch,
        launch,
        sweep,
        partial(look, contents=True, repair=False),
        partial(look, contents=False, repair=True),
    )
    threads = [threading.Thread(target=again, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert verify(str(bench.home), contents=True).blemishes == ()
