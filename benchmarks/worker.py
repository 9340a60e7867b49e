"""driverenv inside a long-lived server: `python worker.py URL SCRATCH FIRST [PUBLIC]` launches what its stdin asks for.

The process has imported driverenv and launched something else before it says that it is ready, as a
server that calls the library hundreds of times has. Each line is a JSON object, each answer too; the
seconds are taken in here.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import driverenv


class Indexes(NamedTuple):
    """Who is asked."""

    local: driverenv.Index
    public: driverenv.Index | None

    def policy(self, minutes: float) -> driverenv.Policy:
        """Online where there is a public index."""
        mode = driverenv.Mode.OFFLINE if self.public is None else driverenv.Mode.ONLINE
        return driverenv.Policy(mode=mode, local=[self.local], public=self.public, valid_for_minutes=minutes)


def launch(order: dict[str, Any], indexes: Indexes) -> dict[str, object]:
    """Prepare a driver's environment; where modules are named, import them in it."""
    policy = indexes.policy(order["valid_for"])
    begun = time.perf_counter()
    instances = order["instances"]
    request = driverenv.Request(order["driver"], policy=policy, home=order["home"], instances=instances)
    environment = driverenv.prepare(request)
    if order["imports"]:
        subprocess.run([environment.python, "-c", order["imports"]], check=True)
    seconds = time.perf_counter() - begun
    return {
        "seconds": seconds,
        "prefix": environment.prefix,
        "python": environment.python,
        "site_packages": environment.site_packages,
    }


def launch_at_once(order: dict[str, Any], indexes: Indexes) -> dict[str, object]:
    """Prepare all drivers at once, from a thread each."""
    policy = indexes.policy(order["valid_for"])
    requests = [driverenv.Request(one, policy=policy, home=order["home"]) for one in order["drivers"]]
    with ThreadPoolExecutor(len(requests)) as pool:
        begun = time.perf_counter()
        made = list(pool.map(driverenv.prepare, requests))
        return {"seconds": time.perf_counter() - begun, "made": len({one.prefix for one in made})}


def main() -> None:
    url, scratch, first, *public = sys.argv[1:]
    indexes = Indexes(driverenv.Index(url), driverenv.Index(public[0], name="public") if public else None)
    driver = Path(scratch, "first")
    driver.mkdir(parents=True)
    (driver / "requirements.txt").write_text(first, encoding="utf-8")
    order = {"driver": str(driver), "home": str(Path(scratch, "home")), "imports": "", "valid_for": 480}
    launch(order | {"instances": "shared"}, indexes)
    print(json.dumps({"ready": True}), flush=True)
    for line in sys.stdin:
        order = json.loads(line)
        answer = launch_at_once(order, indexes) if "drivers" in order else launch(order, indexes)
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
