"""The bill of materials of a driver's environment, from its receipt and the metadata in it. Nobody is asked."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from packaging.metadata import parse_email
from packaging.utils import canonicalize_name

from driverenv import _fs
from driverenv.errors import EnvironmentBroken, foreign
from driverenv.records import sbom
from driverenv.records.sbom import Told
from driverenv.stories import inventory
from driverenv.stories.inventory import Known, State


def bill(home: str, driver: str, generation: int | None = None, *, cwd: str) -> str:
    """The CycloneDX bill of materials of the driver's current environment, or of that of a generation, as JSON.

    Raises:
        EnvironmentBroken: `ENV_UNKNOWN`: the driver or the generation is not known, or its environment is gone.
        HomeUnusable: the home folder cannot be read.
        ImportError: the extra ``sbom`` is not installed.
    """
    known = inventory.find(home, driver, cwd=cwd)
    state = known.current if generation is None else inventory.numbered(known, generation)
    if state is None or not state.is_there:
        raise _gone(known, state, "its environment is not there any more")
    try:
        receipt = json.loads(_fs.read(Path(state.prefix).parent / "receipt.json"))
        return sbom.render(receipt, dict(_told(Path(state.prefix))))
    except (OSError, ValueError, RecursionError) as error:
        raise _gone(known, state, f"its receipt cannot be read: {error}") from error


def _told(prefix: Path) -> Iterator[tuple[str, Told]]:
    """What the distributions of an environment say of themselves, by project; who says nothing readable is left out."""
    folders = (prefix / "Lib" / "site-packages", *sorted(prefix.glob("lib*/python*/site-packages")))
    for path in (one for folder in folders for one in sorted(folder.glob("*.dist-info/METADATA"))):
        try:
            said, _ = parse_email(_fs.read(path))
        except (OSError, ValueError, RecursionError):
            continue
        yield (
            str(canonicalize_name(said.get("name", ""))),
            Told(
                summary=" ".join(said.get("summary", "").split()),
                expression=said.get("license_expression", ""),
                license=said.get("license", ""),
                classifiers=tuple(said.get("classifiers", ())),
            ),
        )


def _gone(known: Known, state: State | None, why: str) -> EnvironmentBroken:
    which = "" if state is None else f", generation {state.generation.number}"
    return EnvironmentBroken(
        f"there is no bill of materials of {foreign(known.shown)}{which}: {foreign(why)}",
        code=inventory.UNKNOWN,
        facts=() if state is None else (("environment", state.prefix),),
        remedies=("launch the driver, which makes its environment, then ask again",),
        data={"driver": known.shown, "generation": None if state is None else state.generation.number},
    )
