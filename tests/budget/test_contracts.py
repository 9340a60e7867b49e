"""The contracts in pyproject.toml cover what they claim to cover. (`lint-imports` checks the code.)"""

from __future__ import annotations

import tomllib
from typing import Any

from packaging.requirements import Requirement

from tests.budget.source import PACKAGE, ROOT, modules

# `packaging` has the nouns of the trade and is used in every room.
NO_DOOR_NEEDED = {"packaging"}


def _pyproject() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def _contracts() -> list[dict[str, Any]]:
    contracts: list[dict[str, Any]] = _pyproject()["tool"]["importlinter"]["contracts"]
    return contracts


def test_each_dependency_has_one_door() -> None:
    requirements = map(Requirement, _pyproject()["project"]["dependencies"])
    needed = {requirement.name.replace("-", "_") for requirement in requirements} - NO_DOOR_NEEDED
    guarded = {
        name
        for contract in _contracts()
        if contract["id"].startswith("door-")
        for name in contract["forbidden_modules"]
    }
    assert needed - guarded == set()


def test_each_door_is_a_module_that_exists() -> None:
    rooms = {f"driverenv.{module.room}" for module in modules()}
    doors = {
        line.partition(" -> ")[0].removesuffix(".**")
        for contract in _contracts()
        for line in contract.get("ignore_imports", ())
    }
    assert doors - rooms == set()


def test_every_room_has_its_layer() -> None:
    layers = next(contract for contract in _contracts() if contract["id"] == "layers")
    assert layers["exhaustive"] is True
    placed = {room.strip() for layer in layers["layers"] for room in layer.split("|")}
    there = {path.stem for path in PACKAGE.glob("*.py")} | {
        path.parent.name for path in PACKAGE.glob("*/__init__.py")
    }
    assert there - {"__init__"} == placed


def test_every_package_folder_is_a_package() -> None:
    loose = {module.path.parent for module in modules() if not (module.path.parent / "__init__.py").is_file()}
    assert loose == set()
