from __future__ import annotations

from pathlib import Path

import pytest

from driverenv.build.recipe import LEGACY_BACKEND, RecipeInvalid, read_recipe, requirements


def written(folder: Path, text: str | bytes) -> Path:
    data = text if isinstance(text, bytes) else text.encode()
    (folder / "pyproject.toml").write_bytes(data)
    return folder


def test_backend(tmp_path: Path) -> None:
    text = '[build-system]\nrequires = ["flit-core>=3"]\nbuild-backend = "flit_core.buildapi"\nbackend-path = ["x"]\n'
    found = read_recipe(written(tmp_path, text))
    assert [str(one) for one in found.requires] == ["flit-core>=3"]
    assert (found.backend, found.backend_path) == ("flit_core.buildapi", ("x",))


def test_bom(tmp_path: Path) -> None:
    assert read_recipe(written(tmp_path, b"\xef\xbb\xbf[build-system]\nrequires = []\n")).requires == ()


@pytest.mark.parametrize("text", ["", "[project]\nname = 'x'\n"])
def test_setuptools_by_default(tmp_path: Path, text: str) -> None:
    found = read_recipe(written(tmp_path, text))
    assert found.backend == LEGACY_BACKEND
    assert [str(one) for one in found.requires] == ["setuptools>=40.8.0"]


def test_setup_py_alone(tmp_path: Path) -> None:
    (tmp_path / "setup.py").touch()
    assert read_recipe(tmp_path).backend == LEGACY_BACKEND


def test_requires_without_backend(tmp_path: Path) -> None:
    found = read_recipe(written(tmp_path, '[build-system]\nrequires = ["setuptools<60"]\n'))
    assert (found.backend, [str(one) for one in found.requires]) == (LEGACY_BACKEND, ["setuptools<60"])


@pytest.mark.parametrize(
    "text",
    [
        "[build-system",
        b"\xff",
        "build-system = 1\n",
        "[build-system]\n",
        '[build-system]\nrequires = "setuptools"\n',
        "[build-system]\nrequires = [1]\n",
        '[build-system]\nrequires = ["not a requirement!"]\n',
        '[build-system]\nrequires = ["x ; ' + "(" * 9_000 + '"]\n',
        '[build-system]\nrequires = ["x==' + "9" * 9_000 + '"]\n',
        "[build-system]\nrequires = []\n" + ".".join("a" * 50_000) + " = 1\n",
        "[build-system]\nrequires = []\n" + "#" * 1024 * 1024,
        "[build-system]\nrequires = []\nbuild-backend = 1\n",
        '[build-system]\nrequires = []\nbuild-backend = ""\n',
        '[build-system]\nrequires = []\nbackend-path = "x"\n',
    ],
)
def test_wrong(tmp_path: Path, text: str | bytes) -> None:
    with pytest.raises(RecipeInvalid):
        read_recipe(written(tmp_path, text))


def test_nothing(tmp_path: Path) -> None:
    with pytest.raises(RecipeInvalid, match="neither"):
        read_recipe(tmp_path)


@pytest.mark.parametrize("answer", [None, "setuptools", {"a": 1}, [None], ["=="]])
def test_hooks_answer_anything(answer: object) -> None:
    with pytest.raises(RecipeInvalid):
        requirements(answer)
