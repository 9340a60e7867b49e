"""Candidates of real files."""

from __future__ import annotations

import hashlib
from pathlib import Path

from packaging.utils import parse_sdist_filename, parse_wheel_filename

from driverenv.model.answers import ProjectFile
from driverenv.model.resolution import Candidate
from driverenv.model.site import Index


def candidate_of(path: Path, index: Index, *, digest: bool = True) -> Candidate:
    """The file at `path` as `index` offers it, with its sha256 unless told otherwise."""
    is_wheel = path.suffix == ".whl"
    name, version = parse_wheel_filename(path.name)[:2] if is_wheel else parse_sdist_filename(path.name)
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    url = str(path) if index.is_folder else f"{index.location}packages/{path.name}"
    file = ProjectFile(path.name, url, (("sha256", sha256),) if digest else ())
    return Candidate(name, version, file, index, public=False, is_wheel=is_wheel, tag_rank=0)
