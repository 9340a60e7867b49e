"""A launch whose environment is ready: nobody is asked, almost nothing is loaded."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from driverenv import Index, Policy, Request, prepare
from tests.integration.command_line import driverenv
from tests.integration.watching import watch
from tests.kit.factories import PypiServerFactory
from tests.unit.stories.bench import Bench

# What no warm launch can afford: see PERFORMANCE, "The warm launch imports almost nothing".
HEAVY = {
    "argparse",
    "asyncio",
    "concurrent.futures",
    "dataclasses",
    "filelock",
    "hashlib",
    "httpx",
    "inspect",
    "json",
    "logging",
    "packaging",
    "pathlib",
    "platformdirs",
    "re",
    "resolvelib",
    "rich",
    "shutil",
    "socket",
    "ssl",
    "subprocess",
    "threading",
    "tomllib",
    "typing",
    "urllib",
    "uuid",
    "virtualenv",
}
# What the watching program itself needs.
ITS_OWN = {"base64", "json", "pickle", "re", "subprocess", "threading", "typing"}


def test_a_warm_prepare_loads_almost_nothing_and_asks_nobody(bench: Bench) -> None:
    bench.wheel("six")
    request = bench.request("six\n")
    made = prepare(request)
    seen = watch([request])
    assert seen["answers"] == [made.prefix]
    assert seen["imported"] == ["driverenv"]
    assert seen["events"] == []
    ours = {name for name in seen["loaded"] if name.partition(".")[0] == "driverenv"}
    assert ours == {
        "driverenv",
        "driverenv.boot",
        "driverenv.lease",
        "driverenv.ledger",
        "driverenv.model",
        "driverenv.model.exemption",
        "driverenv.model.index",
        "driverenv.model.keeping",
        "driverenv.model.launch",
        "driverenv.model.noun",
        "driverenv.model.site",
        "driverenv.stories",
        "driverenv.stories.prepare",
        "driverenv.stories.site",
        "driverenv.warm",
        "driverenv.watch",
    }
    assert set(seen["loaded"]) & (HEAVY - ITS_OWN) == set()
    assert len(seen["loaded"]) < 21, seen["loaded"]


ONLY_PREPARE = """
import sys
sys.path[:] = {path!r}
before = set(sys.modules)
from driverenv import Index, Policy, Request, prepare
policy = Policy(mode="offline", local=[Index({index!r}, name="lab")], byte_code="never")
prepare(Request({driver!r}, policy=policy, home={home!r}))
print(*sorted(set(sys.modules) - before))
"""


def test_what_a_server_that_uses_nothing_else_pays(bench: Bench) -> None:
    """In an interpreter where nobody else has loaded anything."""
    bench.wheel("six")
    request = bench.request("six\n")
    prepare(request)
    code = ONLY_PREPARE.format(
        path=[path for path in sys.path if path],
        index=str(bench.index),
        driver=request.driver,
        home=request.home,
    )
    done = subprocess.run(
        [sys.executable, "-I", "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    loaded = set(done.stdout.split())
    assert loaded & HEAVY == set()
    assert {name for name in loaded if "." not in name} - {"driverenv"} <= {
        "__future__",
        "_blake2",
        "fcntl",
        "importlib",
        "warnings",
    }


def test_over_http_a_warm_launch_asks_nothing(bench: Bench, pypiserver: PypiServerFactory) -> None:
    bench.wheel("six")
    server = pypiserver(bench.index)
    policy = Policy(local=[Index(server.url, name="lab")], public=None, byte_code="never")
    request = Request(bench.driver("six\n"), policy=policy, home=bench.home)
    made = prepare(request)
    asked = len(server.log)
    assert asked > 0
    seen = watch([request] * 3)
    assert seen["answers"] == [made.prefix] * 3
    assert seen["events"] == []
    assert len(server.log) == asked


def test_the_command_finds_it_as_well(bench: Bench) -> None:
    bench.wheel("six")
    arguments: list[str | Path] = [
        "prepare",
        bench.driver("six\n"),
        "--offline",
        "--local",
        bench.index,
        "--home",
        bench.home,
    ]
    first = driverenv(*arguments)
    assert first.code == 0, first.err
    second = driverenv(*arguments)
    assert (second.code, second.out) == (0, first.out)
    assert "nothing to do" in second.err
    assert Path(first.out.strip()).name == "Switch Driver"
