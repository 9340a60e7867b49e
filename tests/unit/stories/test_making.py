from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from driverenv import Request
from driverenv.errors import BuildFailed, LocalVersionMismatch, PolicyViolation, ProjectNotFound
from driverenv.events import Building, Built, Linking
from driverenv.requirements import parse_lines
from driverenv.stories.making import Made, make, resolve_for, resolved
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
