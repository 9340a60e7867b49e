from __future__ import annotations

from pathlib import Path

import pytest

from driverenv import Environment
from driverenv.errors import HomeUnusable
from driverenv.stories import spares


def model_in(home: Path) -> Environment:
    prefix = home / "environments" / "m" / "Switch Driver"
    return Environment(
        prefix=str(prefix),
        python=str(prefix / "bin" / "python"),
        bin=str(prefix / "bin"),
        site_packages=str(prefix / "lib" / "site-packages"),
        name="Switch Driver",
        key="m",
    )


def offer(home: str, model: str, spare: str) -> None:
    spares.offer(home, model, spares.at(model_in(Path(home)), spare), (), 0.0)


def test_where_a_spare_is(tmp_path: Path) -> None:
    model = model_in(tmp_path)
    found = spares.at(model, "s")
    prefix = tmp_path / "environments" / "s" / "Switch Driver"
    assert (found.key, found.name, found.prefix) == ("s", model.name, str(prefix))
    assert found.python == str(prefix / "bin" / "python")
    assert found.site_packages == str(prefix / "lib" / "site-packages")


def test_what_is_offered(tmp_path: Path) -> None:
    home = str(tmp_path)
    assert (spares.waiting(home, "m"), spares.models(home)) == ([], {})
    for model, spare in (("m", "b"), ("m", "a"), ("n", "c")):
        offer(home, model, spare)
    assert spares.waiting(home, "m") == ["a", "b"]
    assert spares.models(home) == {"a": "m", "b": "m", "c": "n"}
    (tmp_path / "environments" / "a").mkdir(parents=True)
    spares.tidy(home)
    assert spares.models(home) == {"a": "m"}
    assert [path.name for path in (tmp_path / "spares").iterdir()] == ["m"]


def test_a_spare_that_is_not_there_is_not_offered_again(tmp_path: Path) -> None:
    offer(str(tmp_path), "m", "s")
    assert spares.take(str(tmp_path), model_in(tmp_path), 0.0) is None
    assert spares.waiting(str(tmp_path), "m") == []


def test_a_path_that_cannot_be_written_down(tmp_path: Path) -> None:
    home = str(tmp_path / "a\nb")
    offer(home, "m", "s")
    assert spares.waiting(home, "m") == []


def test_a_folder_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "spares").write_text("", encoding="utf-8")
    assert spares.models(str(tmp_path)) == {}
    with pytest.raises(HomeUnusable):
        offer(str(tmp_path), "m", "s")
