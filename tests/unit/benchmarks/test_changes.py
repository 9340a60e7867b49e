from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.changes import Change
from benchmarks.generate import NEWER, Recipe, generate, generate_newer, plan
from benchmarks.machine import clean_environ
from benchmarks.servers import ask, serving
from benchmarks.static_index import Catalogue

SMALL = Recipe(distributions=6, files=90, roots=2)


def _project(wheel: Path) -> str:
    return wheel.name.split("-")[0].replace("_", "-")


def test_the_newer_release_is_of_one_that_needs_no_other(tmp_path: Path) -> None:
    wheel = generate_newer(SMALL, tmp_path)
    chosen = next(one for one in plan(SMALL) if one.name == _project(wheel))
    assert chosen.requires == ()
    assert wheel.name == f"{chosen.package}-{NEWER}-py3-none-any.whl"


def test_a_catalogue_follows_its_folder(tmp_path: Path) -> None:
    generate(SMALL, tmp_path / "served")
    wheel = generate_newer(SMALL, tmp_path / "newer")
    catalogue = Catalogue(tmp_path / "served")
    before = catalogue.resources()
    placed = tmp_path / "served" / wheel.name
    placed.write_bytes(wheel.read_bytes())
    during = catalogue.resources()
    assert set(during) - set(before) == {f"/files/{wheel.name}", f"/files/{wheel.name}.metadata"}
    assert during[f"/simple/{_project(wheel)}/"] != before[f"/simple/{_project(wheel)}/"]
    placed.unlink()
    assert catalogue.resources() == before


def test_a_catalogue_that_nothing_happened_to_is_not_worked_out_again(tmp_path: Path) -> None:
    generate(SMALL, tmp_path)
    catalogue = Catalogue(tmp_path)
    assert catalogue.resources() is catalogue.resources()


def test_a_change_is_served_and_then_undone_even_if_the_measurement_fails(tmp_path: Path) -> None:
    served, environ = tmp_path / "served", clean_environ(tmp_path / "home")
    generate(SMALL, served)
    wheel = generate_newer(SMALL, tmp_path / "newer")
    with serving("static", served, environ) as url:
        page = f"{url}{_project(wheel)}/"
        before = ask(page)
        change = Change(wheel, served, "static", url)

        def measure() -> None:
            with change.undone():
                change.make()
                assert wheel.name.encode() in ask(page)
                raise RuntimeError

        with pytest.raises(RuntimeError):
            measure()
        assert ask(page) == before


def test_an_environment_without_the_newer_release_does_not_count(tmp_path: Path) -> None:
    change = Change(Path("some_project-2.4.1-py3-none-any.whl"), tmp_path, "static", "")
    (tmp_path / "some_project-2.4.0.dist-info").mkdir()
    with pytest.raises(AssertionError, match=r"uv did not see that some_project 2\.4\.1 came"):
        change.assert_seen(str(tmp_path), "uv")
    (tmp_path / "some_project-2.4.1.dist-info").mkdir()
    change.assert_seen(str(tmp_path), "uv")
