"""Whatever is handed over as a driver: its requirements, its Python, and the files that count."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from driverenv import Policy, Request
from driverenv.errors import InterpreterNotFound, PolicyViolation, RequirementsInvalid
from driverenv.events import Warned
from driverenv.model.site import Exemption
from driverenv.stories import reading
from driverenv.stories.reading import Read
from tests.unit.driver.packing import DRIVER, zipped
from tests.unit.stories.bench import RUNNING, Bench

HERE = f"{sys.version_info.major}.{sys.version_info.minor}"
ELSEWHERE = "2" if sys.version_info.major == 3 else "3"
PACKED = {**DRIVER, "drivermetadata.xml": f'<Driver Name="Lab" PythonVersion="{HERE}"/>'}


def read(bench: Bench, driver: Path, **more: object) -> Read:
    fields = {"policy": bench.policy(), "home": bench.home, "default_python": RUNNING, **more}
    with bench.workshop(Request(driver, **fields)) as workshop:  # type: ignore[arg-type]
        return reading.read(workshop)


def names(found: Read) -> list[str]:
    return [str(root.requirement) for root in found.requirements.roots]


def test_a_zip_is_read_and_nothing_of_it_stays(bench: Bench, tmp_path: Path) -> None:
    path = tmp_path / "Lab Switch.zip"
    path.write_bytes(zipped(PACKED))
    found = read(bench, path)
    assert names(found) == ["six"]
    assert found.requirements.roots[0].source.file == f"{path}/requirements.txt"
    assert list(found.prints) == [str(path)]
    assert list((bench.home / "launches").iterdir()) == []


def test_an_error_in_a_zip_names_the_way_inside(bench: Bench, tmp_path: Path) -> None:
    path = tmp_path / "Shell.zip"
    path.write_bytes(zipped({"Lab.zip": zipped({**PACKED, "requirements.txt": "six=1\n"})}))
    with pytest.raises(RequirementsInvalid, match=r"Shell\.zip/Lab\.zip/requirements\.txt line 1"):
        read(bench, path)


def test_a_script_with_a_header(bench: Bench, tmp_path: Path) -> None:
    script = tmp_path / "job.py"
    script.write_text(f"# /// script\n# requires-python = '>={HERE}'\n# dependencies = ['six']\n# ///\n")
    found = read(bench, script)
    assert names(found) == ["six"]
    assert str(script) in found.prints


def test_a_script_for_another_python(bench: Bench, tmp_path: Path) -> None:
    script = tmp_path / "job.py"
    script.write_text("# /// script\n# requires-python = '>=99'\n# ///\n")
    with pytest.raises(InterpreterNotFound, match=r"job\.py is for Python >=99, and this is Python"):
        read(bench, script)


def test_requirements_in_place_of_the_file(bench: Bench, tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("rich\n")
    assert names(read(bench, tmp_path, requirements=["six>=1", "attrs"])) == ["six>=1", "attrs"]
    assert names(read(bench, tmp_path, requirements=[])) == []
    with pytest.raises(PolicyViolation):
        read(bench, tmp_path, requirements=["six @ https://host/six.whl"])


def test_groups_of_a_project(bench: Bench, tmp_path: Path) -> None:
    file = tmp_path / "pyproject.toml"
    file.write_text('[project]\ndependencies = ["six"]\n[dependency-groups]\nlab = ["rich"]\n')
    assert names(read(bench, file, groups=["lab"])) == ["six", "rich"]


def test_variables_that_the_site_allows(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "requirements.txt").write_text("six==${LAB_VERSION}\n")
    monkeypatch.setenv("LAB_VERSION", "1.16.0")
    allowed = bench.policy().replace(expand_vars=("LAB_VERSION",))
    found = read(bench, tmp_path, policy=allowed)
    assert names(found) == ["six==1.16.0"]
    assert found.requirements.roots[0].source.text == "six==${LAB_VERSION}"
    with pytest.raises(PolicyViolation, match="LAB_VERSION of this machine is not put in"):
        read(bench, tmp_path)
    monkeypatch.delenv("LAB_VERSION")
    with pytest.raises(PolicyViolation, match="LAB_VERSION, which the site allows, is not set"):
        read(bench, tmp_path, policy=allowed)


@pytest.mark.slow
def test_a_driver_says_which_python_it_means(bench: Bench, tmp_path: Path) -> None:
    metadata = tmp_path / "drivermetadata.xml"
    metadata.write_text("<Driver PythonVersion='99'/>")
    with pytest.raises(InterpreterNotFound) as raised:
        read(bench, tmp_path)
    assert 'its drivermetadata.xml says PythonVersion="99"' in str(raised.value)
    table = bench.policy().replace(pythons=(("99", sys.executable),))
    assert str(metadata) in read(bench, tmp_path, policy=table).prints
    assert read(bench, tmp_path, python=sys.executable).requirements.roots == ()


def test_a_driver_that_declares_nothing_means_python_2(bench: Bench, tmp_path: Path) -> None:
    (tmp_path / "drivermetadata.xml").write_text("<Driver Name='Lab'/>")
    table = bench.policy().replace(pythons=(("2", str(tmp_path / "no" / "python2")),))
    with pytest.raises(InterpreterNotFound) as raised:
        read(bench, tmp_path, policy=table)
    assert "which means Python 2, and for 2 the site names" in str(raised.value)
    assert 'set undeclared = "3" under [pythons]' in str(raised.value)
    mended = table.replace(pythons=(*table.pythons, ("undeclared", RUNNING)))
    assert read(bench, tmp_path, policy=mended).requirements.roots == ()


def test_a_python_that_nobody_named_is_told(bench: Bench, tmp_path: Path) -> None:
    (tmp_path / "drivermetadata.xml").write_text("<Driver Name='Lab'/>")
    table = bench.policy().replace(pythons=(("2", sys.executable),))
    read(bench, tmp_path, policy=table)
    (told,) = bench.told(Warned)
    assert told.code == "PYTHON_UNDECLARED"
    assert told.text.startswith(
        f"{tmp_path}: its drivermetadata.xml names no PythonVersion, which means Python 2"
    )
    assert 'write PythonVersion="3" into its drivermetadata.xml' in told.text
    read(bench, tmp_path, policy=table.replace(pythons=(*table.pythons, ("undeclared", "2"))))
    read(bench, tmp_path, policy=table, python=sys.executable)
    (tmp_path / "drivermetadata.xml").write_text("<Driver PythonVersion='2'/>")
    read(bench, tmp_path, policy=table)
    assert bench.told(Warned) == [told]


def test_seeds_are_for_their_pythons(bench: Bench, tmp_path: Path) -> None:
    major = str(sys.version_info.major)
    seeds = ((ELSEWHERE, ("wrong",)), (major, ("one",)), (RUNNING, ("two",)))
    policy = bench.policy().replace(seeds=seeds, baseline=("always",))
    with bench.workshop(Request(tmp_path, policy=policy, home=bench.home)) as workshop:
        assert workshop.policy.baseline == (
            "always",
            *(needed[0] for one, needed in policy.seeds if one != ELSEWHERE),
        )
        assert workshop.site.policy == policy


def test_a_policy_without_seeds_stays_as_it_is(bench: Bench, tmp_path: Path) -> None:
    kept = Exemption("six", allow="build", until="2999-01-01", reason="r", owner="o")
    policy: Policy = bench.policy().replace(exceptions=(kept,))
    with bench.workshop(Request(tmp_path, policy=policy, home=bench.home)) as workshop:
        assert workshop.policy == policy
