from __future__ import annotations

import hashlib
import json
import subprocess
import threading
from pathlib import Path
from typing import Any

import pytest

from driverenv import Index, Request, prepare
from driverenv.errors import BuildFailed, LocalVersionMismatch, PolicyViolation, ProjectNotFound
from driverenv.events import Building, Built, Event, Linking, StartupHook, Warned
from driverenv.requirements import parse_lines
from driverenv.stories.making import Made, make, resolve_for, resolved
from tests.kit.factories import StaticIndexFactory
from tests.kit.sites import Answer
from tests.kit.sites import Request as Asking
from tests.unit.stories.bench import Bench

VERSION = "import {0}; print({0}.__version__)"


def making(bench: Bench, *lines: str, name: str = "Switch Driver", request: Request | None = None) -> Made:
    bench.events.clear()
    with bench.workshop(request or bench.request()) as workshop:
        return make(workshop, parse_lines(list(lines), file="requirements.txt"), name=name)


def run(made: Made, code: str) -> str:
    done = subprocess.run([made.environment.python, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_wheels_become_an_environment(bench: Bench) -> None:
    bench.wheel("a", "1.5", requires=["b"])
    bench.wheel("b", "2.5")
    made = making(bench, "a")
    assert Path(made.environment.prefix).name == made.environment.name == "Switch Driver"
    assert Path(made.environment.prefix).parent.name == made.environment.key
    assert {wheel.project for wheel in made.wheels} == {"a", "b"}
    assert run(made, VERSION.format("b")) == "2.5"
    installed = Path(made.environment.site_packages)
    assert (installed / "a-1.5.dist-info" / "REQUESTED").is_file()
    assert not (installed / "b-2.5.dist-info" / "REQUESTED").exists()


def test_no_requirements_at_all(bench: Bench) -> None:
    made = making(bench)
    assert made.wheels == ()
    assert run(made, "import sys; print(sys.prefix)") == made.environment.prefix


def test_a_conflict_is_raised_with_its_explanation(bench: Bench) -> None:
    bench.wheel("a", "1.5")
    with bench.workshop(bench.request()) as workshop:
        outcome = resolve_for(workshop, parse_lines(["a>=2"], file="requirements.txt"))
        with pytest.raises(LocalVersionMismatch) as raised:
            resolved(workshop, outcome)
    assert raised.value.code == "LOCAL_NO_MATCH"
    assert "1.5" in str(raised.value)
    assert bench.environments() == []


def test_identity_is_content(bench: Bench) -> None:
    bench.wheel("a", "1.0")
    first = making(bench, "a").environment
    again = making(bench, "a")
    assert (again.environment, again.reused) == (first, True)
    assert bench.told(Linking) == []
    others = [
        making(bench, "a>=1.0", "a!=0.5").environment,  # the receipt says who asked for what
        making(bench, "a", request=bench.request(mode="online", public=None)).environment,
        making(bench, "a", name="Other").environment,
        making(bench, "a", request=bench.request(sharing="copy")).environment,
        making(bench).environment,
    ]
    bench.wheel("a", "1.0", files={"a/more.py": ""})  # uploaded again, with other bytes
    others.append(making(bench, "a").environment)
    assert len({first.key, *(one.key for one in others)}) == 1 + len(others)


def test_an_sdist_is_built_once(bench: Bench) -> None:
    bench.sdist("a", "1.5", requires=["b"])
    bench.wheel("b")
    made = making(bench, "a")
    assert [event.filename for event in bench.told(Building)] == ["a-1.5.tar.gz"]
    assert [event.wheel for event in bench.told(Built)] == ["a-1.5-py3-none-any.whl"]
    assert run(made, VERSION.format("a")) == "1.5"
    making(bench, "a", name="Other Driver")
    assert bench.told(Building) == []


def test_build_requirements_come_from_the_same_indexes(bench: Bench) -> None:
    check = "import tool; assert tool.__version__ == '2.0'"
    bench.sdist("a", build_requires=["tool>=2"], build_code=check)
    bench.wheel("tool", "1.0")
    bench.wheel("tool", "2.0")
    assert {wheel.project for wheel in making(bench, "a").wheels} == {"a"}
    names = [prefix.parent.name for prefix in bench.environments()]
    assert sorted(names) == ["Switch Driver", "build"]
    (receipt,) = [
        json.loads(prefix.parents[1].joinpath("receipt.json").read_bytes())
        for prefix in bench.environments()
        if prefix.parent.name == "build"
    ]
    assert [one["requested_by"] for one in receipt["distributions"]] == [["build of a 1.0: tool>=2"]]


def receipt_of(made: Made) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(Path(made.environment.prefix).with_name("receipt.json").read_bytes())
    return found


def test_the_receipt_tells_how_a_wheel_was_built(bench: Bench) -> None:
    """Also that of a later environment, for which nothing was built."""
    bench.sdist("a", build_requires=["tool"])
    tool = bench.wheel("tool", "2.0")
    first, second = making(bench, "a"), making(bench, "a", name="Other Driver")
    assert bench.told(Built) == []
    (record,) = receipt_of(first)["builds"]
    assert receipt_of(second)["builds"] == [record]
    digest = hashlib.sha256(tool.read_bytes()).hexdigest()
    assert record["tools"] == [{"name": "tool", "version": "2.0", "sha256": digest}]
    assert record["wheel"] == "a-1.0-py3-none-any.whl"
    assert (bench.home / "logs" / record["log"]).is_file()


def test_what_limits_the_tools_of_builds_is_not_for_drivers(bench: Bench) -> None:
    bench.sdist("a", requires=["tool"], build_requires=["tool", "other"])
    bench.sdist("b", build_requires=["tool"])
    for version in ("1.0", "2.0"):
        bench.wheel("tool", version)
        bench.wheel("other", version)
    limits = {"a": ["tool<2"], "*": ["other<2"]}
    made = making(bench, "a", "b", request=bench.request(build_constraints=limits))
    built = {one["wheel"].partition("-")[0]: one for one in receipt_of(made)["builds"]}
    assert [tool["version"] for tool in built["a"]["tools"]] == ["1.0", "1.0"]
    assert [tool["version"] for tool in built["b"]["tools"]] == ["2.0"]
    assert built["a"]["constraints"] == ["other<2", "tool<2"]
    assert {wheel.project: wheel.version for wheel in made.wheels}["tool"] == "2.0"


OLD_SETUP = """
import setuptools
if int(setuptools.__version__.split(".")[0]) > 81:
    raise ImportError("No module named 'pkg_resources'")
"""


def test_a_second_attempt_goes_by_the_same_policy(bench: Bench) -> None:
    bench.sdist("a", build_requires=["setuptools"], build_code=OLD_SETUP)
    bench.wheel("setuptools", "82.0")
    with pytest.raises(BuildFailed) as raised:
        making(bench, "a")
    assert dict(raised.value.facts)["tried again"].startswith(
        "not possible with setuptools<82: the local index"
    )
    bench.wheel("setuptools", "81.0")
    (record,) = receipt_of(making(bench, "a"))["builds"]
    assert (record["attempt"], record["constraints"]) == (2, ["setuptools<82"])
    assert [warning.code for warning in bench.told(Warned)] == ["BUILD_RETRIED"]
    making(bench, "a", name="Other Driver")
    assert (bench.told(Built), bench.told(Warned)) == ([], [])
    with pytest.raises(BuildFailed):
        making(bench, "a", request=bench.request(build_retry="never"))


def test_a_build_requirement_that_is_nowhere_names_the_build(bench: Bench) -> None:
    bench.sdist("a", build_requires=["tool"])
    with pytest.raises(ProjectNotFound) as raised:
        making(bench, "a")
    assert raised.value.code == "ABSENT_OFFLINE"
    assert "build of a 1.0" in str(raised.value)
    assert all(prefix.parent.name != "Switch Driver" for prefix in bench.environments())


def test_builds_inside_builds(bench: Bench) -> None:
    bench.sdist("outer", build_requires=["inner"], build_code="import inner")
    bench.sdist("inner", build_requires=["tool"], build_code="import tool")
    bench.wheel("tool")
    making(bench, "outer")
    assert [event.filename for event in bench.told(Built)] == ["inner-1.0.tar.gz", "outer-1.0.tar.gz"]


def test_a_build_that_needs_itself(bench: Bench) -> None:
    bench.sdist("one", build_requires=["two"])
    bench.sdist("two", build_requires=["one"])
    with pytest.raises(BuildFailed) as raised:
        making(bench, "one")
    assert raised.value.code == "BUILD_CYCLE"
    assert bench.told(Building) == []


def test_what_an_sdist_needs_may_be_known_only_once_it_is_built(bench: Bench) -> None:
    bench.sdist("a", requires=["b"], metadata_version="2.1")
    bench.wheel("b")
    assert {wheel.project for wheel in making(bench, "a").wheels} == {"a", "b"}
    assert len(bench.told(Built)) == 1


def test_what_an_sdist_hints_at_is_asked_for_while_it_is_built(
    bench: Bench, static_index: StaticIndexFactory
) -> None:
    """And a hint that is not true has no effect."""
    hint = {"a.egg-info/requires.txt": "b\nnever\n"}
    bench.sdist("a", requires=["b"], metadata_version="1.2", files=hint)
    bench.wheel("b")
    server = static_index(bench.index)
    asked = {"b": threading.Event(), "never": threading.Event()}

    def note(asking: Asking) -> Answer:
        asked[asking.path.split("/")[2]].set()
        return server.site.answer(asking)

    for name in asked:
        server.override(f"/simple/{name}/", note)
    told: list[Event] = []

    def hear(event: Event) -> None:
        told.append(event)
        if isinstance(event, Built):
            assert all(one.wait(30) for one in asked.values()), "nobody asked while a was built"

    request = bench.request("a\n", local=[Index(server.simple_url, name="lab")])
    made = prepare(request, on_event=hear)
    receipt = json.loads(Path(made.receipt).read_bytes())
    assert [row["name"] for row in receipt["distributions"]] == ["a", "b"]
    assert [row["project"] for row in receipt["answers"]] == ["a", "b"]
    assert not any(isinstance(one, Warned) for one in told)


def test_builds_that_the_policy_forbids(bench: Bench) -> None:
    bench.sdist("a", metadata_version="2.1")
    with pytest.raises((PolicyViolation, LocalVersionMismatch)) as raised:
        making(bench, "a", request=bench.request(builds="never"))
    assert "builds=never" in str(raised.value) or raised.value.code == "BUILD_FORBIDDEN"


def byte_code(made: Made) -> list[Path]:
    return sorted(Path(made.environment.site_packages).rglob("*.pyc"))


def test_byte_code_at_once_and_never_for_builds(bench: Bench) -> None:
    bench.sdist("a", build_requires=["tool"])
    bench.wheel("tool")
    assert byte_code(making(bench, "a")) == []
    made = making(bench, "a", name="Other Driver", request=bench.request(byte_code="now"))
    assert [path.name.partition(".")[0] for path in byte_code(made)] == ["__init__"]
    compiled = {path.parents[1].name for path in bench.home.glob("wheels/*/*/bytecode/*")}
    assert len(compiled) == 1
    assert len(list(bench.home.glob("wheels/*/*"))) == 2


def hooked(bench: Bench) -> None:
    bench.wheel("a", files={"a-nspkg.pth": "import sys, types\n", "a/config.py": "x = 1\n"})


def test_what_python_runs_at_its_start_is_listed(bench: Bench) -> None:
    hooked(bench)
    made = making(bench, "a")
    (hook,) = bench.told(StartupHook)
    assert (hook.project, hook.version, hook.runs) == ("a", "1.0", ("import sys, types",))
    assert Path(made.environment.prefix, hook.file).is_file()
    assert receipt_of(made)["startup_hooks"] == [
        {"project": "a", "version": "1.0", "file": hook.file, "runs": ["import sys, types"]}
    ]
    assert bench.told(Warned) == []


def test_what_python_runs_at_its_start_may_be_doubtful_or_forbidden(bench: Bench) -> None:
    hooked(bench)
    making(bench, "a", request=bench.request(startup_hooks="warn"))
    assert [warned.code for warned in bench.told(Warned)] == ["STARTUP_HOOK"]
    making(bench, "a", request=bench.request(startup_hooks="warn", startup_hooks_allowed=["a"]))
    assert bench.told(Warned) == []
    before = bench.environments()
    with pytest.raises(PolicyViolation) as raised:
        making(bench, "a", request=bench.request(startup_hooks="forbid"))
    assert raised.value.code == "STARTUP_HOOK"
    assert bench.environments() == before
    made = making(bench, "a", request=bench.request(startup_hooks="forbid", startup_hooks_allowed=["a"]))
    assert not made.reused


def test_builds_have_no_hooks_either_where_they_are_forbidden(bench: Bench) -> None:
    hooked(bench)
    bench.sdist("b", build_requires=["a"])
    with pytest.raises(PolicyViolation, match="a would have Python run something"):
        making(bench, "b", request=bench.request(startup_hooks="forbid"))
    making(bench, "b")
    assert bench.told(StartupHook) == []  # nobody launches a build's environment


def test_code_that_a_site_edits_is_copied(bench: Bench) -> None:
    hooked(bench)
    requests = [bench.request(sharing="link"), bench.request(sharing="link", copied=["config.py"])]
    shared, own = (
        Path(making(bench, "a", request=request).environment.site_packages) for request in requests
    )
    assert [one.joinpath("a", "config.py").stat().st_nlink for one in (shared, own)] == [2, 1]
    assert [one.joinpath("a", "__init__.py").stat().st_nlink for one in (shared, own)] == [3, 3]
