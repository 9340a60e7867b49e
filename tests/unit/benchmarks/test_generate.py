from __future__ import annotations

import hashlib
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from packaging.utils import parse_wheel_filename
from packaging.version import Version

from benchmarks.generate import NEWEST, OLDER, SETS, Recipe, generate, plan, roots, write_small
from benchmarks.static_index import resources

SMALL = Recipe(distributions=6, files=90, roots=2)


def test_the_same_recipe_gives_the_same_bytes(tmp_path: Path) -> None:
    digests = []
    for name in ("a", "b"):
        generate(SMALL, tmp_path / name)
        files = sorted((tmp_path / name).iterdir())
        digests.append([(path.name, hashlib.sha256(path.read_bytes()).hexdigest()) for path in files])
    assert digests[0] == digests[1]
    assert len(digests[0]) == SMALL.distributions * (1 + len(OLDER))


def test_every_distribution_is_needed() -> None:
    for recipe in (SMALL, *SETS.values()):
        distributions = plan(recipe)
        reached = {one.name for one in roots(recipe)}
        for one in distributions:
            assert one.name in reached
            reached.update(one.requires)
        assert len(distributions) == recipe.distributions


@pytest.mark.parametrize("name", ["S", "M"])
def test_sets_have_about_the_files_that_they_promise(tmp_path: Path, name: str) -> None:
    generate(SETS[name], tmp_path)
    count = sum(len(zipfile.ZipFile(path).namelist()) for path in tmp_path.glob(f"*-{NEWEST}-*.whl"))
    assert abs(count - SETS[name].files) < 0.1 * SETS[name].files


def test_the_packages_import(tmp_path: Path) -> None:
    generate(SMALL, tmp_path / "wheels")
    for path in (tmp_path / "wheels").glob(f"*-{NEWEST}-*.whl"):
        parse_wheel_filename(path.name)
        zipfile.ZipFile(path).extractall(tmp_path / "site")
    command = (
        f"import sys; sys.path.append(sys.argv[1]); import {', '.join(one.package for one in roots(SMALL))}"
    )
    subprocess.run([sys.executable, "-I", "-c", command, str(tmp_path / "site")], check=True, timeout=60)


def test_the_index_has_pages_files_and_sidecars(tmp_path: Path) -> None:
    generate(SMALL, tmp_path)
    found = resources(tmp_path)
    for one in plan(SMALL):
        assert one.name.encode() in found[f"/simple/{one.name}/"].body
        assert found[f"/simple/{one.name}/"].other.count(b"<a ") == 1 + len(OLDER)
        assert f"/files/{one.package}-{NEWEST}-py3-none-any.whl.metadata" in found
    assert found["/simple/"].other.count(b"<a ") == SMALL.distributions


def test_small_ones(tmp_path: Path) -> None:
    write_small(tmp_path, ["a-b", "c"], ["1.0", "1.1"])
    assert sorted(parse_wheel_filename(path.name)[:2] for path in tmp_path.iterdir()) == [
        (name, Version(version)) for name in ("a-b", "c") for version in ("1.0", "1.1")
    ]
