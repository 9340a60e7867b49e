"""Every Python of this machine: asked truly, entered properly, found by its version."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import packaging
import pytest

from driverenv import environment
from driverenv.interpreter import find, inspect
from driverenv.model.launch import Environment
from driverenv.store import Store
from tests.kit.interpreters import VERSIONS, find_interpreter
from tests.unit.environment.conftest import Site

HOST_PACKAGES = Path(packaging.__file__).parents[1]
MODERN = [version for version in VERSIONS if version != "2.7" and int(version.partition(".")[2]) >= 9]
OLD = ["2.7", "3.6", "3.7", "3.8"]
SAYS = "import json, sys; print(json.dumps([[str(tag) for tag in sys_tags()], {environment}]))"


def ask(python: Path, code: str) -> tuple[list[str], dict[str, str]]:
    done = subprocess.run([python, "-E", "-s", "-c", code], capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"packaging does not run there: {done.stderr.strip().splitlines()[-1]}")
    tags, markers = json.loads(done.stdout)
    return tags, markers


@pytest.mark.parametrize("version", MODERN)
def test_tags_and_markers_are_those_of_packaging_inside(version: str, tmp_path: Path) -> None:
    python = find_interpreter(version)
    code = (
        f"import sys; sys.path.insert(0, {str(HOST_PACKAGES)!r})\n"
        "from packaging.tags import sys_tags\nfrom packaging.markers import default_environment\n"
        + SAYS.format(environment="default_environment()")
    )
    tags, markers = ask(python, code)
    found = inspect(python, store=Store(tmp_path))
    assert found.target.tags == tuple(tags)
    assert dict(found.target.markers) == markers


@pytest.mark.parametrize("version", OLD)
def test_old_pythons_have_the_tags_that_their_pip_sees(version: str, tmp_path: Path) -> None:
    python = find_interpreter(version)
    code = (
        "from pip._vendor.packaging.tags import sys_tags\n"
        "from pip._vendor.packaging.markers import default_environment\n"
        + SAYS.format(environment="default_environment()")
    )
    tags, markers = ask(python, code)
    found = inspect(python, store=Store(tmp_path))
    # Older releases of packaging knew fewer tags (manylinux of other minors); none of theirs may be missing.
    assert set(tags) - set(found.target.tags) == set()
    ours = [tag for tag in found.target.tags if tag in set(tags) and "-linux_" not in tag]
    assert ours == [tag for tag in tags if "-linux_" not in tag]
    assert dict(found.target.markers) == markers


@pytest.fixture(params=VERSIONS)
def site(request: pytest.FixtureRequest, tmp_path: Path) -> Site:
    return Site(tmp_path, find_interpreter(request.param))


def run(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


LOOK = (
    "import os, ssl, subprocess, sys, alpha, cloudshell.a, cloudshell.b\n"
    "assert subprocess.call([sys.executable, '-c', 'import alpha']) == 0\n"
    "print(os.path.basename(sys.prefix)); print(sys.prefix); print(os.path.dirname(alpha.__file__))\n"
)


def furnish(site: Site) -> Environment:
    site.add(
        "alpha",
        requested=True,
        entry_points={"console_scripts": {"alpha": "alpha:main"}},
        data_files={"scripts/tool": "#!python\nimport sys\nprint(sys.prefix)\n"},
    )
    site.add("cs-a", namespace="cloudshell", module="cloudshell_a")
    site.add("cs-b", namespace="cloudshell", module="cloudshell_b")
    return site.create()


def test_an_environment_is_entered(site: Site) -> None:
    made = furnish(site)
    name, prefix, folder = run(made.python, "-c", LOOK).splitlines()
    assert name == "Switch Driver"
    assert prefix == made.prefix
    assert Path(folder) == Path(made.site_packages, "alpha")
    suffix = ".exe" if os.name == "nt" else ""
    assert "alpha" in run(os.path.join(made.bin, f"alpha{suffix}"))
    if os.name != "nt":
        assert run(os.path.join(made.bin, "tool")) == made.prefix


def test_no_package_of_the_base_is_seen(site: Site) -> None:
    made = furnish(site)
    code = "import sys\ntry:\n    import pip\nexcept ImportError:\n    print('absent')"
    assert run(made.python, "-c", code) == "absent"
    assert run(made.python, "-S", "-c", "print(1)") == "1"


def test_byte_code_of_the_store_is_taken(site: Site) -> None:
    furnish(site)
    if site.interpreter.cache_tag is None:
        pytest.skip("Python 2.7 keeps byte code beside the source")
    environment.compile_for([wheel.root for wheel, _ in site.wheels], site.interpreter, wait=True)
    site.name = "Second Driver"
    made = site.create()
    before = {path: path.stat().st_ino for path in Path(made.prefix).rglob("*.pyc")}
    run(made.python, "-c", LOOK)
    assert len(before) >= 4
    assert {path: path.stat().st_ino for path in Path(made.prefix).rglob("*.pyc")} == before


@pytest.mark.parametrize("version", ["3.9", "3.11", "3.12"])
def test_pip_finds_all_in_order(version: str, tmp_path: Path) -> None:
    site = Site(tmp_path, find_interpreter(version))
    site.add("alpha", requires=["beta>=1"], requested=True)
    site.add("beta")
    made = site.create()
    pip = [str(find_interpreter(version)), "-m", "pip", "--disable-pip-version-check"]
    listed = json.loads(run(*pip, "list", "--format", "json", "--path", made.site_packages))
    assert {one["name"] for one in listed} == {"alpha", "beta"}
    reported = json.loads(run(*pip, "inspect", "--path", made.site_packages)) if version != "3.9" else None
    if reported is not None:
        found = {one["metadata"]["name"]: one for one in reported["installed"]}
        assert found["alpha"]["requested"]
        assert not found["beta"]["requested"]
        assert found["alpha"]["installer"] == "driverenv"


def test_found_by_version(tmp_path: Path) -> None:
    store = Store(tmp_path)
    folders = {version: find_interpreter(version).parent for version in ("3.11", "3.12")}
    environ = {"PATH": os.pathsep.join(map(str, folders.values()))}
    for version in folders:
        found = find(version, default=find_interpreter("3.11"), environ=environ, store=store)
        assert inspect(found, store=store).target.python_full_version.startswith(version + ".")
