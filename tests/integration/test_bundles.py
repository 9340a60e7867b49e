"""An offline site, from a bundle to a running driver, where there is no route to anybody."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from driverenv.model.site import Index
from driverenv.stories import handover
from driverenv.stories.abroad import Aim, Terms
from driverenv.stories.bundling import create
from driverenv.stories.fleet import in_folder
from tests.kit.factories import StaticIndexFactory
from tests.kit.sdists import make_sdist
from tests.kit.wheels import make_wheel
from tests.unit.stories.bench import Bench


def has_namespaces() -> bool:
    if shutil.which("unshare") is None:
        return False
    return subprocess.run(["unshare", "-rn", "true"], capture_output=True, check=False).returncode == 0


@pytest.mark.skipif(not has_namespaces(), reason="needs unshare, and leave to make network namespaces")
def test_from_a_bundle_to_a_running_driver_without_a_route(
    bench: Bench, static_index: StaticIndexFactory, tmp_path: Path
) -> None:
    public = bench.root / "public"
    make_wheel(public, "colour", "1.0", files={"colour/__init__.py": "NAME = 'red'"})
    make_sdist(public, "lamp", "1.0", requires=["colour"], build_requires=["tool"])
    make_wheel(public, "tool", "1.0")
    driver = bench.driver("lamp\n", "Lamp Driver")
    (driver / "driver.py").write_text("import colour, lamp\nprint('lit', colour.NAME)\n", encoding="utf-8")
    policy = bench.policy(mode="online", public=Index(static_index(public).simple_url, name="public"))
    aims = (Aim(), Aim("3.9", "win_amd64"))
    made = create(in_folder(str(driver)), aims, Terms(policy, str(bench.home)), tmp_path / "site.zip")
    index = tmp_path / "offline index"
    index.mkdir()
    handover.apply(made.path, index)
    command = [sys.executable, "-m", "driverenv", "run", str(driver), "--offline", "--local", str(index)]
    environ = {**os.environ, "DRIVERENV_HOME": str(tmp_path / "home"), "HOME": str(tmp_path)}
    done = subprocess.run(
        ["unshare", "-rn", *command], capture_output=True, text=True, check=False, env=environ, cwd=tmp_path
    )
    assert (done.returncode, done.stdout) == (0, "lit red\n"), done.stderr
