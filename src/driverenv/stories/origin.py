"""Where a distribution came from, as its dist-info folder says it (PEP 710, PEP 610)."""

from __future__ import annotations

import json
from pathlib import Path

from packaging.direct_url import ArchiveInfo, DirectUrl

from driverenv._http import without_credentials
from driverenv.model.answers import BUNDLED
from driverenv.model.plan import OriginFile
from driverenv.model.resolution import Candidate

PROVENANCE = "provenance_url.json"
DIRECT = "direct_url.json"


def of(candidate: Candidate, sha256: str) -> OriginFile | None:
    """The file for a distribution: one that was asked for by its name, or by its address.

    Of a built wheel it names the sdist. Neither user nor password is in it, nor a query, which may be a token. A
    folder's files are ``file://`` URLs. A wheel that the driver brings has none: nobody knows where it lies tomorrow.
    """
    if candidate.direct == BUNDLED:
        return None
    if candidate.direct:
        hashes = {**dict(candidate.file.hashes), "sha256": sha256}
        direct = DirectUrl(url=candidate.file.url, archive_info=ArchiveInfo(hashes=hashes))
        return OriginFile(DIRECT, json.dumps(direct.to_dict(), sort_keys=True).encode() + b"\n")
    index = candidate.index
    content = {
        "archive_info": {"hashes": {"sha256": sha256}},
        "index_url": _url(index.location, is_path=index.is_folder),
        "url": _url(candidate.file.url, is_path=index.is_folder),
    }
    return OriginFile(PROVENANCE, json.dumps(content, sort_keys=True).encode() + b"\n")


def _url(place: str, *, is_path: bool) -> str:
    return Path(place).as_uri() if is_path else without_credentials(place).partition("?")[0]
