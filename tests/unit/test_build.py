"""Real builds of the kit's sdists, which need nothing but a Python."""

from __future__ import annotations

import hashlib
import multiprocessing
import os
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Unpack

import pytest
from packaging.requirements import Requirement

from driverenv.build import build
from driverenv.errors import ArchiveRejected, BuildFailed, DriverEnvError, PolicyViolation
from driverenv.events import Building, Built, Event, ignore
from driverenv.model.launch import Environment
from driverenv.model.requirement import Interpreter, Target
from driverenv.model.site import Exemption, Index, Policy
from driverenv.store import Store
from tests.kit import Sdist
from tests.kit.sdists import SdistOptions

TARGET = Target("3.11.7", {"sys_platform": "linux", "platform_machine": "x86_64"}, ("py3-none-any",))
INTERPRETER = Interpreter(
    executable=sys.executable,
    base_prefix=sys.base_prefix,
    target=TARGET,
    site_packages="lib/python3.11/site-packages",
    scripts="bin",
    include="include/site/python3.11",
    cache_tag="cpython-311",
    windows=False,
    stamp="",
    identity="a" * 40,
)
HERE = Environment(
    prefix=sys.prefix,
    python=sys.executable,
    bin=str(Path(sys.executable).parent),
    site_packages="",
    name="build",
    key="",
)


@dataclass
class Bench:
    home: Path
    events: list[Event] = field(default_factory=list)
    wanted: list[list[str]] = field(default_factory=list)
    policy: Policy = Policy()  # noqa: RUF009 (immutable)
    interpreter: Interpreter = INTERPRETER
    environ: dict[str, str] = field(default_factory=lambda: {"PATH": os.defpath, "SECRET_TOKEN": "hunter2"})
    building: tuple[str, ...] = ()
    timeout: float = 60.0
    inside: Callable[[], object] = lambda: None

    def __post_init__(self) -> None:
        self.store = Store(self.home)

    def environment_for(self, requires: Sequence[Requirement], reason: str) -> Environment:
        assert reason == "build of widget 1.0"
        self.wanted.append([str(one) for one in requires])
        self.inside()
        return HERE

    def build(self, *, public: bool = False, **options: Unpack[SdistOptions]) -> str:
        made = Sdist(name="widget", version="1.0", **options).archive()
        path = made.write(self.home.parent / f"sdists-{os.getpid()}-{threading.get_ident()}")
        return build(
            path,
            project="widget",
            version="1.0",
            filename=made.filename,
            sha256=hashlib.sha256(made.data).hexdigest(),
            public=public,
            store=self.store,
            interpreter=self.interpreter,
            environment_for=self.environment_for,
            on_event=self.events.append,
            policy=self.policy,
            environ=self.environ,
            building=self.building,
            timeout=self.timeout,
        )


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path / "home")


def staged(bench: Bench) -> list[Path]:
    return list((bench.home / "staging").glob("*/*"))


def test_built_once(bench: Bench) -> None:
    sha256 = bench.build(requires=["six"])
    wheel = bench.store.wheel(sha256)
    assert wheel is not None
    assert (wheel.project, wheel.version) == ("widget", "1.0")
    assert b"Requires-Dist: six" in wheel.metadata()
    assert bench.store.archive(sha256) is not None
    assert bench.build(requires=["six"]) == sha256
    assert [type(event) for event in bench.events] == [Building, Built]
    assert bench.wanted == [[]]
    assert staged(bench) == []


@pytest.mark.parametrize("kind", ["tar.gz", "zip"])
def test_both_formats(bench: Bench, kind: str) -> None:
    bench.build(format="zip" if kind == "zip" else "tar.gz")


def test_requirements_in_two_steps(bench: Bench) -> None:
    bench.build(build_requires=["a>=1"], hook_requires=["b"])
    assert bench.wanted == [["a>=1"], ["a>=1", "b"]]


def test_built_anew_for_another_interpreter_or_other_indexes(bench: Bench) -> None:
    bench.build()
    bench.policy = Policy(local=[Index("http://lab/simple/")])
    bench.build()
    bench.interpreter = Interpreter(
        **{name: getattr(INTERPRETER, name) for name in INTERPRETER.__slots__ if name != "identity"},
        identity="b" * 40,
    )
    bench.build()
    assert len([event for event in bench.events if isinstance(event, Built)]) == 3


def test_built_anew_under_other_rules_for_its_build_tools(bench: Bench) -> None:
    """A wheel that was built with tools from one index is not used where they would come from another."""
    rules: list[dict[str, object]] = [
        {},
        {"private": ["setuptools"]},
        {"sources": {"*": ["lab"]}},
        {"extra": [Index("https://vendor.test/")]},
    ]
    again: list[dict[str, object]] = [*rules, {"valid_for_minutes": 1}]
    for changes in (*rules, *again):
        bench.policy = Policy().replace(**changes)
        bench.build()
    assert len([event for event in bench.events if isinstance(event, Built)]) == len(rules)


LOOK = """
import json, os, sys
with open("widget/seen.json", "w") as out:
    json.dump({"environ": dict(os.environ), "cwd": os.getcwd(), "stdin": sys.stdin.read()}, out)
with open(os.path.join(os.path.expanduser("~"), "x"), "w"): pass
"""


def test_what_a_build_sees(bench: Bench) -> None:
    import json

    sha256 = bench.build(build_code=LOOK, files={"widget/seen.json": "{}"})
    wheel = bench.store.wheel(sha256)
    assert wheel is not None
    seen = json.loads((wheel.files / "purelib" / "widget" / "seen.json").read_text())
    assert "hunter2" not in str(seen)
    assert Path(seen["cwd"]).name == "widget-1.0"
    assert seen["stdin"] == ""
    assert seen["environ"]["PATH"].startswith(HERE.bin + os.pathsep)
    for name in ("HOME", "TMPDIR"):
        assert bench.home.resolve() in Path(seen["environ"][name]).resolve().parents


def failure(bench: Bench, **options: Unpack[SdistOptions]) -> BuildFailed:
    with pytest.raises(BuildFailed) as caught:
        bench.build(**options)
    assert staged(bench) == []
    assert not list((bench.home / "wheels").rglob("manifest"))
    return caught.value


def test_failed(bench: Bench) -> None:
    error = failure(bench, fail="unable to execute 'gcc'", noise=50)
    assert error.code == "BUILD_FAILED"
    assert "noise 49" in str(error)
    assert "noise 1\n" not in str(error)
    assert error.data["cause"] == "a compiler is missing, or failed"
    log = Path(str(error.data["log"]))
    assert log.parent == bench.store.logs
    assert "noise 1\n" in log.read_text()
    assert str(log) in str(error)


def test_log_is_escaped(bench: Bench) -> None:
    assert "\x1b" not in str(failure(bench, build_code="print('\\x1b[2J')", fail="x"))


def test_cannot_be_built_at_all(bench: Bench) -> None:
    assert "neither pyproject.toml nor setup.py" in str(failure(bench, backend="none"))


def test_backend_is_not_there(bench: Bench) -> None:
    table = '[build-system]\nrequires = []\nbuild-backend = "no_such_backend"\n'
    assert "cannot be imported" in str(failure(bench, backend="none", files={"pyproject.toml": table}))


def test_backend_path_leads_out(bench: Bench) -> None:
    table = '[build-system]\nrequires = []\nbuild-backend = "x"\nbackend-path = [".."]\n'
    assert "cannot be run" in str(failure(bench, backend="none", files={"pyproject.toml": table}))


@pytest.mark.parametrize("lie", [SdistOptions(wheel_name="gadget"), SdistOptions(wheel_version="2.0")])
def test_a_lying_build(bench: Bench, lie: SdistOptions) -> None:
    with pytest.raises(ArchiveRejected) as caught:
        bench.build(**lie)
    assert ("built from", "widget-1.0.tar.gz") in caught.value.facts
    assert not list((bench.home / "wheels").rglob("manifest"))


def test_a_wheel_for_another_platform(bench: Bench) -> None:
    assert "does not fit" in str(failure(bench, wheel_tag="cp27-cp27mu-win32"))


def test_a_hanging_build_is_ended(bench: Bench) -> None:
    bench.timeout = 2.0
    error = failure(bench, hang=True, build_code="print('begun', flush=True)")
    assert error.code == "BUILD_TIMEOUT"
    assert "begun" in str(error)


@pytest.mark.skipif(os.name != "posix", reason="looks for a process by its id")
def test_no_process_is_left(bench: Bench) -> None:
    code = (
        "import subprocess, sys\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(3600)'])\n"
        "open('widget/pid.txt', 'w').write(str(child.pid))\n"
    )
    sha256 = bench.build(build_code=code, files={"widget/pid.txt": ""})
    wheel = bench.store.wheel(sha256)
    assert wheel is not None
    pid = int((wheel.files / "purelib" / "widget" / "pid.txt").read_text())
    deadline = time.monotonic() + 30
    while _is_alive(pid) and time.monotonic() < deadline:  # it was killed; that takes a moment to show
        time.sleep(0.01)
    assert not _is_alive(pid)


def _is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def test_warnings_of_a_build_stay_there(bench: Bench) -> None:
    bench.build(
        build_code="import warnings; warnings.warn('old-fashioned')"
    )  # a warning here would fail the test


def test_cycle(bench: Bench) -> None:
    bench.building = ("gadget 2.0", "widget 1.0", "gizmo 3.0")
    error = failure(bench)
    assert error.code == "BUILD_CYCLE"
    assert "widget 1.0 -> gizmo 3.0 -> widget 1.0" in str(error)


@pytest.mark.parametrize(
    ("builds", "public", "allowed"),
    [("never", False, False), ("never", True, False), ("local", True, False), ("local", False, True)],
)
def test_policy(bench: Bench, builds: str, public: bool, allowed: bool) -> None:
    bench.policy = Policy(builds=builds)
    if allowed:
        bench.build(public=public)
        return
    with pytest.raises(PolicyViolation) as caught:
        bench.build(public=public)
    assert caught.value.code == "BUILD_FORBIDDEN"


def test_an_exception_of_the_policy_is_heard(bench: Bench) -> None:
    dated = {"until": "2999-01-01", "reason": "no wheel", "owner": "ops"}
    bench.policy = Policy(builds="never", exceptions=[Exemption("Wid*", allow="build", **dated)])
    bench.build(public=True)
    for exemption in (
        Exemption("widget", allow="public", **dated),
        Exemption("other", allow="build", **dated),
    ):
        bench.policy = Policy(builds="local", exceptions=[exemption])
        with pytest.raises(PolicyViolation):
            bench.build(public=True)


def test_no_lock_is_held_while_an_environment_is_made(bench: Bench) -> None:
    """Two builds that need each other must end in an error, not wait for each other."""
    found: list[object] = []

    def build_it_as_well() -> None:
        if not found:
            found.append("begun")
            other = Bench(bench.home)
            thread = threading.Thread(target=lambda: found.append(other.build(hook_requires=["b"])))
            thread.start()
            thread.join()

    bench.inside = build_it_as_well
    assert found == []
    assert bench.build(hook_requires=["b"]) == found[1]


def _build(home: str) -> str:
    return Bench(Path(home)).build(build_code="open('../../../../../count', 'a').write('x')")


def test_many_processes_one_build(tmp_path: Path) -> None:
    made = Sdist(
        name="widget", version="1.0", build_code="open('../../../../../count', 'a').write('x')"
    ).archive()
    made.write(tmp_path)
    with multiprocessing.get_context("spawn").Pool(4) as pool:
        found = pool.map(_build, [str(tmp_path / "home")] * 4)
    assert len(set(found)) == 1
    assert (tmp_path / "home" / "count").read_text() == "x"


def test_an_environment_that_cannot_be_made(bench: Bench) -> None:
    def fail() -> None:
        raise DriverEnvError("nothing fits", code="CONFLICT")

    bench.inside = fail
    with pytest.raises(DriverEnvError, match="nothing fits"):
        bench.build()
    assert staged(bench) == []
    assert bench.events == []


def test_ignore_is_a_listener() -> None:
    ignore(Building("x"))
