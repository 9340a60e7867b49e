"""A wheel that a driver brings in its own folder: what its bytes are, before anything else is known of it."""

from __future__ import annotations

import hashlib

from driverenv.errors import HashMismatch, RequirementsInvalid, foreign
from driverenv.model.requirement import Direct, Root

_CHUNK = 1 << 20


def hashed(root: Root) -> Root:
    """`root` with the sha256 of the bundled wheel that it names; other roots as they are. Nothing is kept of it yet.

    Raises:
        HashMismatch: the line promises another digest.
        RequirementsInvalid: `REQUIREMENTS_MISSING`: the wheel cannot be read.
    """
    direct = root.direct
    if direct is None or not direct.bundled or not direct.path:
        return root
    promised = dict(direct.hashes)
    hashers = {name: hashlib.new(name) for name in {"sha256", *promised}}
    try:
        with open(direct.path, "rb") as source:
            while chunk := source.read(_CHUNK):
                for hasher in hashers.values():
                    hasher.update(chunk)
    except OSError as error:
        raise _unreadable(root, direct, error) from error
    digests = {name: hasher.hexdigest() for name, hasher in hashers.items()}
    for name, digest in promised.items():
        if digests[name] != digest:
            raise _other(root, direct, name, digests[name])
    return root._replace(direct=direct._replace(hashes=tuple(sorted(digests.items()))))


def _unreadable(root: Root, direct: Direct, error: OSError) -> RequirementsInvalid:
    return RequirementsInvalid(
        f"{foreign(direct.filename)}, which the driver brings, cannot be read: {error.strerror or error}",
        code="REQUIREMENTS_MISSING",
        facts=(("required by", foreign(root.source)), ("file", foreign(direct.url))),
        remedies=("check that the file is in the driver's folder, and that this account may read it",),
        data={"project": root.project, "file": direct.filename},
    )


def _other(root: Root, direct: Direct, name: str, got: str) -> HashMismatch:
    promised = dict(direct.hashes)[name]
    return HashMismatch(
        f"{foreign(direct.filename)} is not the file that the requirements file promises: its {name} differs",
        facts=(
            ("required by", foreign(root.source)),
            ("file", foreign(direct.url)),
            ("promised", f"{name} {promised}"),
            ("got", f"{name} {got}"),
        ),
        remedies=(
            "put the right file into the driver's folder, or correct its digest in the requirements file",
        ),
        data={
            "project": root.project,
            "file": direct.filename,
            "algorithm": name,
            "promised": [promised],
            "got": got,
        },
    )
