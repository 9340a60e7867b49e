"""How code comes into environments: by copies that share their blocks where the file system has them, else by links."""

from __future__ import annotations

import contextlib
import errno
import json
from pathlib import Path

from driverenv import _fs
from driverenv._reflink import clone
from driverenv.store import Store

CLONE, LINK, COPY = "clone", "link", "copy"
"""How code comes into an environment."""
KIND = "reflink"
_PASSING = (errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EMFILE, errno.ENFILE, errno.EROFS)


def method(sharing: str, store: Store) -> str:
    """How code comes into environments below the home folder of `store`; `sharing` is the policy's word.

    Whether clones work there is tried once and remembered, for as long as the folder is on the same device.
    Raises `HomeUnusable`.
    """
    if sharing != "auto":
        return sharing
    with _fs.translated(store.home):
        device = store.home.stat().st_dev
        known = _known(store.read(KIND, "home"))
        if known.get("device") == device:
            return CLONE if known["works"] else LINK
        works = _works(store)
    if works is not None:
        store.write(KIND, "home", json.dumps({"device": device, "works": works}).encode())
    return CLONE if works else LINK


def _known(document: bytes | None) -> dict[str, object]:
    with contextlib.suppress(ValueError):
        found = json.loads(document or b"{}")
        if isinstance(found, dict) and "works" in found:
            return found
    return {}


def _works(store: Store) -> bool | None:
    """Whether clones work; None where something else was in the way, which need not be so the next time."""
    with store.staging() as staging:
        source, target = Path(staging, "source"), Path(staging, "target")
        source.write_bytes(b"x" * 8192)
        try:
            clone(str(source), str(target), mode=0o600)
        except OSError as error:
            return None if error.errno in _PASSING else False
        return target.read_bytes() == source.read_bytes()
