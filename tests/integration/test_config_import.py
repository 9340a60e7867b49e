"""A site that hands over its customer.config and pip.ini: as a layer of the settings, and written down for good."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from driverenv import SettingsInvalid
from tests.integration.command_line import Done, driverenv
from tests.kit.factories import PypiServerFactory, WheelFactory
from tests.unit.stories.bench import Bench

WARM = "ready (nothing to do)"
SHOW = 'import os, six\nprint(six.__file__ and os.environ.get("LAB_NAME", "none"))\n'


class Site:
    """A driver, a customer.config, and a settings file that names it."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.config = bench.root / "customer.config"
        self.toml = bench.root / "driverenv.toml"
        self.driver = bench.driver("six\n")
        (self.driver / "driver.py").write_text(SHOW, encoding="utf-8")
        self.toml.write_text(
            'customer_config = "customer.config"\npublic = false\nbyte_code = "never"\n', encoding="utf-8"
        )

    def says(self, **values: str) -> None:
        rows = "".join(f'  <add key="{key}" value="{value}" />\r\n' for key, value in values.items())
        text = f'<?xml version="1.0" encoding="utf-8"?>\r\n<appSettings>\r\n{rows}</appSettings>'
        self.config.write_text(text, encoding="utf-8-sig", newline="")

    def call(self, command: str, *more: str, config: Path | None = None, **environ: str) -> Done:
        settings = {"DRIVERENV_CONFIG": str(config or self.toml), "DRIVERENV_HOME": str(self.bench.home)}
        return driverenv(command, self.driver, *more, environ={**os.environ, **settings, **environ})


@pytest.fixture
def site(bench: Bench) -> Site:
    return Site(bench)


def version(done: Done) -> str:
    """Which six is in the environment that was prepared."""
    assert done.code == 0, done.err
    (found,) = Path(done.out.strip()).rglob("six-*.dist-info")
    return found.name.removeprefix("six-").removesuffix(".dist-info")


def test_the_old_folder_is_an_index_and_a_change_of_the_file_is_noticed(
    site: Site, make_wheel: WheelFactory
) -> None:
    for number in ("1.0", "2.0"):
        make_wheel("six", number, site.bench.root / f"packages {number}")
    site.says(PythonOfflineRepositoryPath="packages 1.0")
    cold = site.call("prepare")
    assert (version(cold), WARM in cold.err) == ("1.0", False)
    warm = site.call("prepare")
    assert (version(warm), WARM in warm.err) == ("1.0", True)
    site.says(PythonOfflineRepositoryPath="packages 2.0")
    changed = site.call("prepare")
    assert (version(changed), WARM in changed.err) == ("2.0", False)
    site.config.unlink()
    gone = site.call("prepare")
    assert gone.code == SettingsInvalid.exit_code
    assert "customer.config cannot be read: No such file or directory" in gone.err


def test_variables_of_the_file_reach_the_driver_at_once(site: Site, make_wheel: WheelFactory) -> None:
    make_wheel("six", "1.0", site.bench.root / "packages", files={"six.py": ""})
    for name in ("east", "west"):
        site.says(
            PythonOfflineRepositoryPath="packages",
            DefaultPythonEnvrionmentVariables=f"LAB_NAME={name};OTHER=1,;",
        )
        said = [site.call("run") for _ in range(2)]
        assert [(one.code, one.out) for one in said] == [(0, f"{name}\n")] * 2, said
        assert WARM in said[1].err


@pytest.mark.slow
def test_a_pypiserver_with_a_password_as_layer_and_written_down(
    site: Site, make_wheel: WheelFactory, pypiserver: PypiServerFactory
) -> None:
    make_wheel("six", "1.0", site.bench.root / "served")
    server = pypiserver(site.bench.root / "served", passwords={"reader": "pw"})
    address = server.url.replace("://", "://reader:pw@")
    site.says(RequirementsExtraRepository=address, PythonOfflineRepositoryPath="packages")
    make_wheel("other", "1.0", site.bench.root / "packages")
    missing = site.call("prepare")
    assert missing.code == SettingsInvalid.exit_code
    assert "the variable DRIVERENV_EXTRA_PASSWORD" in missing.err
    assert f"set by        file {site.config} key RequirementsExtraRepository\n" in missing.err
    assert version(site.call("prepare", DRIVERENV_EXTRA_PASSWORD="pw")) == "1.0"
    written = site.bench.root / "written.toml"
    done = driverenv("config", "import", site.config, "-o", written)
    assert done.code == 0, done.err
    assert "pw@" not in written.read_text(encoding="utf-8") + done.err
    by_itself = site.call("prepare", config=written, DRIVERENV_EXTRA_PASSWORD="pw")
    assert version(by_itself) == "1.0"
