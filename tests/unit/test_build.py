"""Real builds of the kit's sdists, which need nothing but a Python."""

from __future__ import annotations

import hashlib
import multiprocessing
import os
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Unpack

import pytest
from packaging.requirements import Requirement

from driverenv.build import build, recipe_of
from driverenv.errors import ArchiveRejected, BuildFailed, DriverEnvError, PolicyViolation
from driverenv.events import Building, Built, Event, ignore
from driverenv.model.build import BuildRecord, Tool, Toolchain
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
    tools: tuple[Tool, ...] = ()
    inside: Callable[[], object] = lambda: None

    def __post_init__(self) -> None:
        self.store = Store(self.home)

    def tools_for(
        self, requires: Sequence[Requirement], reason: str, constraints: Sequence[str]
    ) -> Toolchain:
        assert reason == "build of widget 1.0"
        self.wanted.append([*(str(one) for one in requires), *constraints])
        self.inside()
        return Toolchain(HERE, self.tools)

    def build(self, *, public: bool = False, **options: Unpack[SdistOptions]) -> str:
        return self.record(public=public, **options).wheel_sha256

    def record(self, *, public: bool = False, **options: Unpack[SdistOptions]) -> BuildRecord:
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
            tools_for=self.tools_for,
            on_event=self.events.append,
            policy=self.policy,
            environ=self.environ,
            building=self.building,
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
    assert b"Requires-Dist: six" in bench.store.metadata(wheel)
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


def built(bench: Bench) -> int:
    return len([event for event in bench.events if isinstance(event, Built)])


def test_built_anew_for_another_interpreter(bench: Bench) -> None:
    bench.build()
    bench.interpreter = Interpreter(
        **{name: getattr(INTERPRETER, name) for name in INTERPRETER.__slots__ if name != "identity"},
        identity="b" * 40,
    )
    bench.build()
    assert built(bench) == 2


RULES: list[dict[str, object]] = [
    {},
    {"local": [Index("http://lab/simple/")]},
    {"private": ["setuptools"]},
    {"sources": {"*": ["lab"]}},
    {"extra": [Index("https://vendor.test/")]},
    {"build_constraints": {"wid*": ["six<2"]}},
]


@pytest.mark.slow
def test_its_tools_are_asked_for_anew_under_rules_that_decide_on_them(bench: Bench) -> None:
    """A wheel that was built with tools from one index is not used where other ones would come from another."""
    for number, changes in enumerate(RULES):
        bench.policy = Policy().replace(**changes)
        bench.tools = (Tool("tool", "1", f"{number:064x}"),)
        bench.build()
        assert built(bench) == len(bench.wanted) == number + 1
    same: list[dict[str, object]] = [
        *RULES,
        {"valid_for_minutes": 1},
        {"build_constraints": {"gadget": ["x"]}},
    ]
    for changes in same:
        bench.policy = Policy().replace(**changes)
        bench.build()
    assert built(bench) == len(bench.wanted) == len(RULES)


def test_the_same_tools_under_other_rules_build_nothing_again(bench: Bench) -> None:
    bench.tools = (Tool("tool", "1", "c" * 64), Tool("more", "2", "d" * 64))
    first = bench.record()
    bench.policy = Policy(private=["setuptools"])
    bench.tools = bench.tools[::-1]
    assert bench.record() == first
    assert (built(bench), len(bench.wanted)) == (1, 2)


def test_the_record_of_a_build(bench: Bench) -> None:
    bench.tools = (Tool("tool", "1", "c" * 64), Tool("more", "2", "d" * 64))
    bench.policy = Policy(build_constraints={"widget": ["tool<2"]}, build_limits={"minutes": 3})
    record = bench.record()
    assert record == bench.record()
    assert record.wheel == "widget-1.0-py3-none-any.whl"
    assert (record.python, record.attempt, record.constraints) == ("3.11.7", 1, ("tool<2",))
    assert [tool.name for tool in record.tools] == ["more", "tool"]
    assert dict(record.limits)["minutes"] == 3
    assert record.seconds > 0
    assert (bench.store.logs / record.log).is_file()
    assert bench.wanted == [["tool<2"]]


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
    bench.policy = Policy(build_limits={"minutes": 1 / 30})
    error = failure(bench, hang=True, build_code="print('begun', flush=True)")
    assert error.code == "BUILD_TIMEOUT"
    assert "begun" in str(error)


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


def _build(home: str) -> tuple[str, int]:
    bench = Bench(Path(home))
    return bench.build(), built(bench)


def test_many_processes_one_build(tmp_path: Path) -> None:
    Sdist(name="widget", version="1.0").archive().write(tmp_path)
    with multiprocessing.get_context("spawn").Pool(4) as pool:
        found = pool.map(_build, [str(tmp_path / "home")] * 4)
    assert len({sha256 for sha256, _ in found}) == 1
    assert sum(count for _, count in found) == 1


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


def test_what_an_sdist_says_of_its_build(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    offered = {"project": "widget", "version": "1.0", "filename": "widget-1.0.tar.gz", "sha256": "0"}
    path = Sdist(name="widget", version="1.0", build_requires=("tool",)).archive().write(tmp_path)
    recipe = recipe_of(path, **offered, into=tmp_path / "a")
    assert [str(one) for one in recipe.requires] == ["tool"]
    path = Sdist(name="widget", version="1.0", backend="none").archive().write(tmp_path)
    with pytest.raises(BuildFailed, match=r"neither pyproject\.toml nor setup\.py"):
        recipe_of(path, **offered, into=tmp_path / "b")
