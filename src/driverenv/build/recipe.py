"""How an sdist wants to be built: the `[build-system]` table of its pyproject.toml (PEP 517, PEP 518)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import Requirement

from driverenv import _toml
from driverenv.archive.requires import read_requirement
from driverenv.errors import foreign

LEGACY_BACKEND = "setuptools.build_meta:__legacy__"
LEGACY_REQUIRES = ("setuptools>=40.8.0",)
"""An old setuptools asks for `wheel` itself, through its hook."""


_LIMIT = 1024 * 1024
"""Bytes of a pyproject.toml."""


class RecipeInvalid(ValueError):
    """An sdist does not say how it is to be built, or says it wrongly; the text ends a sentence."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """The backend and what it needs."""

    requires: tuple[Requirement, ...]
    backend: str
    backend_path: tuple[str, ...]


def read_recipe(source: Path) -> Recipe:
    """The recipe of the unpacked sdist at `source`; that of setuptools where it has only a setup.py.

    Raises `RecipeInvalid`.
    """
    path = source / "pyproject.toml"
    if not path.is_file():
        if not (source / "setup.py").is_file():
            raise RecipeInvalid("it has neither pyproject.toml nor setup.py")
        return Recipe(requirements(LEGACY_REQUIRES), LEGACY_BACKEND, ())
    try:
        with path.open("rb") as file:
            text = file.read(_LIMIT + 1).decode("utf-8-sig")
        document = _toml.loads(text.replace("\r\n", "\n"), limit=_LIMIT)
    except ValueError as error:
        raise RecipeInvalid(f"its pyproject.toml cannot be read: {error}") from error
    return _from_table(document.get("build-system"))


def _from_table(table: object) -> Recipe:
    if table is None:
        return Recipe(requirements(LEGACY_REQUIRES), LEGACY_BACKEND, ())
    if not isinstance(table, dict):
        raise RecipeInvalid("build-system in its pyproject.toml is no table")
    if "requires" not in table:
        raise RecipeInvalid("build-system.requires is missing in its pyproject.toml (PEP 518)")
    backend = table.get("build-backend", LEGACY_BACKEND)
    if not isinstance(backend, str) or not backend:
        raise RecipeInvalid("build-system.build-backend in its pyproject.toml is no text")
    return Recipe(
        requirements(_texts(table["requires"], "requires")),
        backend,
        _texts(table.get("backend-path", []), "backend-path"),
    )


def _texts(value: object, key: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise RecipeInvalid(f"build-system.{key} in its pyproject.toml is no list of texts")
    return tuple(value)


def requirements(texts: object) -> tuple[Requirement, ...]:
    """Parse requirements that a build states. Raises `RecipeInvalid`."""
    if not isinstance(texts, list | tuple) or not all(isinstance(text, str) for text in texts):
        raise RecipeInvalid("its build backend does not answer with a list of requirements")
    found = []
    for text in texts:
        try:
            found.append(read_requirement(text))
        except (ValueError, RecursionError) as error:
            why = str(error).split("\n")[0]
            raise RecipeInvalid(
                f"a build requirement cannot be read: {foreign(repr(text))}: {why}"
            ) from error
    return tuple(found)
