"""A lock is replayed as it is: from what `driverenv lock` wrote back to the same pins, and nothing besides."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from driverenv import DriverEnvError, Environment, Exemption, Index, Policy, Request
from driverenv.errors import IntegrityError, LocalVersionMismatch, PolicyViolation, ProjectNotFound
from driverenv.events import Asked, Building, Warned
from driverenv.stories.lock import lock
from driverenv.stories.replay import replay
from tests.integration.command_line import driverenv
from tests.kit.factories import PypiServerFactory, StaticIndexFactory
from tests.unit.stories.bench import Bench

pytestmark = pytest.mark.slow


def pins(environment: Environment) -> dict[str, str]:
    data: dict[str, Any] = json.loads(Path(environment.receipt).read_bytes())
    return {one["name"]: one["version"] for one in data["distributions"]}


def written(bench: Bench, *paths: Path, head: str = "", more: Mapping[str, str] | None = None) -> Path:
    """A lock of these files, as other tools write one; `more` are further keys of a package, by file name."""
    text = f'lock-version = "1.0"\ncreated-by = "a test"\n{head}\n'
    for path in paths:
        name, version = path.name.removesuffix(".tar.gz").split("-")[:2]
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        entry = f'{{ name = "{path.name}", path = "{path.name}", hashes = {{ sha256 = "{digest}" }} }}'
        kind = f"wheels = [{entry}]" if path.suffix == ".whl" else f"sdist = {entry}"
        text += f'[[packages]]\nname = "{name}"\nversion = "{version}"\n{(more or {}).get(path.name, "")}\n{kind}\n'
    found = bench.driver("", "Locked Driver") / "pylock.toml"
    found.write_text(text, encoding="utf-8")
    return found


def request(bench: Bench, path: Path, **changes: Any) -> Request:  # noqa: ANN401 (fields have all types)
    return Request(path, policy=bench.policy(**changes), home=bench.home)


def failure(bench: Bench, path: Path, **changes: Any) -> DriverEnvError:  # noqa: ANN401
    with pytest.raises(DriverEnvError) as raised:
        bench.prepare(request(bench, path, **changes))
    return raised.value


def incomplete(bench: Bench) -> list[str]:
    return [one.text for one in bench.told(Warned) if one.code == "LOCK_INCOMPLETE"]


@pytest.fixture
def locked(bench: Bench) -> Path:
    """A lock that `driverenv lock` wrote: a wheel, an sdist, and what they need."""
    bench.wheel("app", "1.0", requires=["lib<2", 'never; python_version < "3"'])
    bench.sdist("lib", "1.0", requires=["deep"])
    bench.wheel("deep", "1.0")
    folder = bench.driver("app\n")
    config = bench.root / "no settings.toml"  # whatever this machine has
    config.write_text("", encoding="utf-8")
    where: list[str | Path] = ["--config", config, "--local", bench.index, "--offline", "--home", bench.home]
    done = driverenv("lock", folder, *where, "-q", "-o", folder / "pylock.toml")
    assert done.code == 0, done.err
    return folder / "pylock.toml"


def test_there_and_back(bench: Bench, locked: Path) -> None:
    fresh = bench.prepare(bench.request("app\n"))
    for name in ("app", "lib", "deep"):
        bench.wheel(name, "1.9")  # newer ones, which also fit
    assert pins(bench.prepare(bench.request("app\n", valid_for_minutes=0))) != pins(fresh)
    again = bench.prepare(request(bench, locked))
    assert pins(again) == pins(fresh) == {"app": "1.0", "deep": "1.0", "lib": "1.0"}
    assert incomplete(bench) == []
    resolved = lock(request(bench, locked))
    assert {pin.name: pin.version for pin in resolved.pins} == pins(fresh)


def test_nothing_is_asked_of_what_the_files_need(bench: Bench, locked: Path) -> None:
    lock(request(bench, locked), on_event=bench.events.append)
    assert bench.told(Building) == []
    assert {one.project for one in bench.told(Asked)} <= {"app", "lib", "deep"}


def test_a_changed_file_is_refused(bench: Bench, locked: Path) -> None:
    bench.wheel("deep", "1.0", files={"deep/more.py": ""})
    error = failure(bench, locked)
    assert isinstance(error, IntegrityError)
    assert "deep" in error.summary


@pytest.mark.parametrize("serve", ["pypiserver", "static"])
def test_a_changed_file_is_refused_where_the_index_says_its_digest(
    bench: Bench,
    locked: Path,
    serve: str,
    pypiserver: PypiServerFactory,
    static_index: StaticIndexFactory,
) -> None:
    bench.wheel("deep", "1.0", files={"deep/more.py": ""})
    url = (
        pypiserver(bench.index, fallback=False).url
        if serve == "pypiserver"
        else static_index(bench.index).simple_url
    )
    policy = Policy(local=[Index(url, name="lab")], public=None, byte_code="never")
    with pytest.raises(IntegrityError):
        bench.prepare(Request(locked, policy=policy, home=bench.home))


def test_a_version_that_is_gone(bench: Bench, locked: Path) -> None:
    next(bench.index.glob("deep-*")).unlink()
    bench.wheel("deep", "2.0")
    error = failure(bench, locked)
    assert isinstance(error, LocalVersionMismatch)
    assert error.code == "LOCAL_NO_MATCH"
    assert "pylock.toml line" in str(error)
    assert "deep==1.0" in str(error)


def test_a_project_that_is_gone(bench: Bench, locked: Path) -> None:
    next(bench.index.glob("deep-*")).unlink()
    error = failure(bench, locked, vanished="warn")
    assert isinstance(error, ProjectNotFound)
    assert "deep" in error.summary


def test_the_lock_decides_even_against_what_its_packages_need(bench: Bench) -> None:
    app = bench.wheel("app", "1.0", requires=["lib>=2", "gone", "deep[x]"])
    lib = bench.wheel("lib", "1.0", requires=["gone>=3"], extras={"y": ["other"]})
    bench.wheel("lib", "2.0")
    made = bench.prepare(request(bench, written(bench, app, lib)))
    assert pins(made) == {"app": "1.0", "lib": "1.0"}
    assert incomplete(bench) == [
        "the lock lacks what is needed: deep (for app 1.0), gone (for app 1.0); nothing was added to it"
    ]


def test_markers_of_a_lock(bench: Bench) -> None:
    paths = [bench.wheel(name, "1.0") for name in ("a", "b", "c", "d", "e")]
    markers = {
        "a": "'lab' in dependency_groups",
        "b": "'x' in extras",
        "c": "python_version < '3'",
        "d": "'docs' in dependency_groups",
        "e": "'lab' in dependency_groups and python_version >= '3'",
    }
    more = {path.name: f'marker = "{markers[path.name[0]]}"' for path in paths}
    head = 'dependency-groups = ["lab", "docs"]\ndefault-groups = ["lab"]\nextras = ["x"]\n'
    assert pins(bench.prepare(request(bench, written(bench, *paths, head=head, more=more)))) == {
        "a": "1.0",
        "e": "1.0",
    }


def test_two_entries_of_one_name(bench: Bench) -> None:
    old, new = bench.wheel("a", "1.0"), bench.wheel("a", "2.0")
    more = {old.name: "marker = \"python_version < '3'\"", new.name: "marker = \"python_version >= '3'\""}
    assert pins(bench.prepare(request(bench, written(bench, old, new, more=more)))) == {"a": "2.0"}
    error = failure(bench, written(bench, old, new))
    assert error.code == "CONFLICT"


def test_a_wheel_for_another_python(bench: Bench) -> None:
    path = bench.wheel("a", "1.0", requires_python="<3")
    error = failure(bench, written(bench, path))
    assert (error.code, "it requires Python <3" in str(error)) == ("LOCAL_NO_MATCH", True)


def test_an_sdist_stays_one_where_a_wheel_has_come_since(bench: Bench) -> None:
    path = written(bench, bench.sdist("a", "1.0"))
    bench.wheel("a", "1.0")
    bench.prepare(request(bench, path))
    assert [one.filename for one in bench.told(Building)] == ["a-1.0.tar.gz"]


@pytest.mark.parametrize(
    ("changes", "code", "words"),
    [
        ({"constraints": ["a>=2"]}, "LOCAL_NO_MATCH", "the site's policy: a>=2"),
        ({"overrides": ["a==2.0"]}, "LOCAL_NO_MATCH", "the site's policy: a==2.0"),
        ({"baseline": ["a>=2"]}, "LOCAL_NO_MATCH", "the site's baseline: a>=2"),
        ({"yanked": "never", "prereleases": "never"}, "", ""),
        ({"baseline": ["agent"]}, "", "agent (for the site's baseline)"),
    ],
)
def test_the_policy_holds_and_changes_no_version(
    bench: Bench, changes: dict[str, Any], code: str, words: str
) -> None:
    path = written(bench, bench.wheel("a", "1.0"))
    bench.wheel("a", "2.0")
    bench.wheel("agent", "1.0")
    if code:
        error = failure(bench, path, **changes)
        assert (error.code, words in str(error)) == (code, True), error
    else:
        assert pins(bench.prepare(request(bench, path, **changes))) == {"a": "1.0"}
        assert words in "".join(incomplete(bench))


def test_builds_may_be_forbidden(bench: Bench) -> None:
    path = written(bench, bench.sdist("a", "1.0"))
    error = failure(bench, path, builds="never")
    assert isinstance(error, PolicyViolation)
    assert error.code == "BUILD_FORBIDDEN"
    allowed = Exemption("a", allow="build", until="2999-01-01", reason="old", owner="me")
    assert pins(bench.prepare(request(bench, path, builds="never", exceptions=[allowed]))) == {"a": "1.0"}


def test_the_local_index_owns_a_name_of_the_lock(bench: Bench, static_index: StaticIndexFactory) -> None:
    path = written(bench, bench.wheel("a", "1.0"))
    public = bench.root / "public"
    public.mkdir()
    shutil.move(next(bench.index.glob("a-*")), public)
    url = static_index(public).simple_url
    online = {"mode": "online", "public": Index(url, name="public")}
    assert failure(bench, path, **online, private=["a"]).code == "PUBLIC_FORBIDDEN"
    bench.wheel("a", "2.0")
    assert failure(bench, path, **online).code == "LOCAL_NO_MATCH"
    next(bench.index.glob("a-*")).unlink()
    assert pins(bench.prepare(request(bench, path, **online, vanished="warn"))) == {"a": "1.0"}


def test_a_lock_of_a_lock_and_its_facts(bench: Bench, locked: Path) -> None:
    facts = bench.root / "facts.json"
    first = lock(request(bench, locked), save_facts=facts)
    assert replay(facts) == first
