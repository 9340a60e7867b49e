from __future__ import annotations

from pathlib import Path

import pytest

from driverenv.errors import PolicyViolation, RequirementsInvalid
from driverenv.requirements import read
from tests.unit.requirements.test_lockfile import SIX, lock, package


def test_a_script_with_a_header_needs_no_file_beside_it(tmp_path: Path) -> None:
    script = tmp_path / "job.py"
    script.write_text("# /// script\n# requires-python = '>=3.9'\n# dependencies = ['six>=1.9']\n# ///\n")
    (tmp_path / "requirements.txt").write_text("other\n")
    found = read(script)
    assert [str(root.requirement) for root in found.roots] == ["six>=1.9"]
    assert found.requires_python == ">=3.9"
    assert found.inputs == (str(script),)


def test_a_script_without_a_header_takes_the_file_beside_it(tmp_path: Path) -> None:
    script = tmp_path / "job.py"
    script.write_text("import six\n")
    (tmp_path / "requirements.txt").write_text("six\n")
    found = read(script)
    assert [root.source.file for root in found.roots] == [str(tmp_path / "requirements.txt")]
    assert found.inputs == (str(script), str(tmp_path / "requirements.txt"))


def test_an_empty_header_means_that_nothing_is_needed(tmp_path: Path) -> None:
    script = tmp_path / "job.py"
    script.write_text("# /// script\n# ///\n")
    (tmp_path / "requirements.txt").write_text("six\n")
    assert read(script).roots == ()


def test_every_error_of_a_header_has_its_place(tmp_path: Path) -> None:
    script = tmp_path / "job.py"
    script.write_text("# /// script\n# dependencies = ['six>=1.0<=2.0', 'x @ git+https://host/x']\n# ///\n")
    with pytest.raises(RequirementsInvalid) as raised:
        read(script, shown="job.py")
    assert "job.py:2:28: a comma is missing" in str(raised.value)
    assert "job.py:2:37: POLICY_VCS" in str(raised.value)


def test_a_malformed_header_is_shown_with_its_line(tmp_path: Path) -> None:
    script = tmp_path / "job.py"
    script.write_text("# /// script\n# dependencies = [\n# ///\n")
    with pytest.raises(RequirementsInvalid, match=r"job.py line 2: it is no TOML"):
        read(script, shown="job.py")


def test_a_project_file(tmp_path: Path) -> None:
    file = tmp_path / "pyproject.toml"
    file.write_text('[project]\ndependencies = ["six"]\n[dependency-groups]\nlab = ["rich"]\n')
    assert [root.source.line for root in read(file, groups=["lab"]).roots] == [2, 4]


def test_a_folder_is_not_read_by_its_project_file(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[project]\ndependencies = ["six"]\n')
    assert read(tmp_path).roots == ()


def test_a_lock_is_taken_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "pylock.lab.toml"
    file.write_text(lock(SIX))
    found = read(file)
    assert found.exact
    assert found.hash_checking
    assert [root.project for root in found.roots] == ["six"]


def test_a_lock_cannot_take_sources_of_its_own(tmp_path: Path) -> None:
    file = tmp_path / "pylock.toml"
    file.write_text(lock(SIX + package("tool", 'directory = { path = "." }')))
    with pytest.raises(PolicyViolation, match="the lock takes tool from a folder"):
        read(file)
