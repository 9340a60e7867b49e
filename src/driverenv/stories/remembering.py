"""What distributions need, remembered across launches: as told by an index, and as proved by the file.

What an index tells (a sidecar, a range of the wheel) is believed for solving only, and only of that
index. Before anything is installed it is compared with the metadata of the wheel in the store; from
then on it is known of those bytes, whoever serves them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from driverenv.errors import IntegrityError, foreign
from driverenv.index.metadata import parse_metadata
from driverenv.model.resolution import Candidate, Dependencies, Failed, Unusable
from driverenv.store.manifest import StoredWheel
from driverenv.stories.workshop import Workshop

Known = Dependencies | Unusable | Failed

TOLD = "told"
PROVED = "proved"
_SMALL = 8 * 1024
"""Bytes of a record that a process keeps in memory, read, for its next launch."""


def recalled(workshop: Workshop, candidates: Iterable[Candidate]) -> dict[str, Known]:
    """What is remembered of `candidates`, by `Candidate.key`."""
    known: dict[str, Known] = {}
    for candidate in candidates:
        proof, word = _proof_key(workshop, candidate), _word_key(workshop, candidate)
        raw = (workshop.store.read(PROVED, proof) if proof else None) or (
            workshop.store.read(TOLD, word) if word else None
        )
        if raw is not None:
            known[candidate.key] = _parsed(raw)
    return known


def told(workshop: Workshop, candidates: Iterable[Candidate], learned: Mapping[str, Known]) -> None:
    """Remember what the indexes said of `candidates`."""
    for candidate in candidates:
        known, key = learned[candidate.key], _word_key(workshop, candidate)
        if key is not None and isinstance(known, Dependencies):
            workshop.store.write(TOLD, key, _rendered(known))


def prove(workshop: Workshop, candidate: Candidate, wheel: StoredWheel, believed: Known | None) -> Known:
    """What the wheel of `candidate` says, which is remembered; the same as was believed, or the caller decides.

    `believed` is what was said, without the site's corrections; None where nobody was asked, since the
    site says what is needed, or a lock does without. An sdist's own metadata may differ from what its build makes. Raises `IntegrityError` where a
    wheel is not what its index said.
    """
    key = _proof_key(workshop, candidate)
    if (
        key is not None
        and isinstance(believed, Dependencies)
        and workshop.store.read(PROVED, key) == _rendered(believed)
    ):
        return believed
    truth = parse_metadata(workshop.metadata(wheel))
    asked = isinstance(believed, Dependencies | Unusable)
    if asked and truth != believed and candidate.is_wheel:
        word = _word_key(workshop, candidate)
        if word is not None:
            workshop.store.forget(TOLD, word)
        raise _lie(candidate, truth, believed)
    if key is not None and isinstance(truth, Dependencies):
        workshop.store.write(PROVED, key, _rendered(truth))
    return truth


def _lie(candidate: Candidate, truth: Known, believed: Known | None) -> IntegrityError:
    return IntegrityError(
        f"what the index says {candidate} needs is not what the wheel itself says",
        facts=(
            ("index", str(candidate.index)),
            ("file", foreign(candidate.file.filename)),
            ("index says", _shown(believed)),
            ("wheel says", _shown(truth)),
        ),
        remedies=("ask who runs the index whether the file or its metadata was replaced there, and by whom",),
        data={"project": candidate.project, "file": candidate.file.filename},
    )


def _shown(known: Known | None) -> str:
    if not isinstance(known, Dependencies):
        return "nothing that can be used"
    python = f"Requires-Python: {foreign(known.requires_python)}" if known.requires_python else ""
    lines = [python, *(f"Requires-Dist: {foreign(one)}" for one in sorted(map(str, known.requires)))]
    return "\n".join(filter(None, lines)) or "it needs nothing"


def _proof_key(workshop: Workshop, candidate: Candidate) -> str | None:
    """Metadata of a wheel follows from its bytes; that of an sdist also from who builds it."""
    sha256 = candidate.file.digest("sha256")
    if sha256 is None or candidate.is_wheel:
        return sha256
    return f"{sha256} {workshop.interpreter.identity}"


def _word_key(workshop: Workshop, candidate: Candidate) -> str | None:
    proof = _proof_key(workshop, candidate)
    return proof and f"{proof} {candidate.index.location}"


def _rendered(known: Dependencies) -> bytes:
    data = {
        "requires": [str(requirement) for requirement in known.requires],
        "requires_python": known.requires_python,
        "extras": sorted(known.extras),
    }
    return json.dumps(data, separators=(",", ":")).encode()


def _parsed(raw: bytes) -> Dependencies:
    return _known(raw) if len(raw) <= _SMALL else _known.__wrapped__(raw)


@lru_cache(maxsize=1024)
def _known(raw: bytes) -> Dependencies:
    data: dict[str, Any] = json.loads(raw)
    return Dependencies(
        requires=tuple(Requirement(text) for text in data["requires"]),
        requires_python=data["requires_python"],
        extras=frozenset(canonicalize_name(extra) for extra in data["extras"]),
    )
