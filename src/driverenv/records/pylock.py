"""A lock as ``pylock.toml`` (PEP 751), for driverenv and other tools."""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from driverenv._http import redacted
from driverenv.errors import IntegrityError, foreign
from driverenv.model.lock import Lock, LockedPin

NAME = "pylock.toml"
TOOL = "driverenv"


def render(lock: Lock, *, folder: Path, about: Mapping[str, str] | None = None) -> str:
    """A pylock.toml that will lie in `folder`; `about` stands in its table ``[tool.driverenv]``.

    Files of a folder index are written as `path`: relative to the lock where they lie below its
    folder, else absolute; the index of such a file is a ``file://`` URL. No credentials are written.

    Raises:
        IntegrityError: an index gives no hash for a file, which the format cannot do without; or the format has
            no words for a file.
    """
    import tomli_w  # noqa: PLC0415 (only here)
    from packaging.pylock import Pylock, PylockValidationError  # noqa: PLC0415
    from packaging.specifiers import SpecifierSet  # noqa: PLC0415

    major, minor, *_ = lock.python.split(".")
    written: dict[str, Any] = {
        "lock-version": "1.0",
        "requires-python": str(SpecifierSet(f"=={major}.{minor}.*")),
        "created-by": "driverenv",
        "packages": [_package(pin, folder) for pin in in_order(lock)],
    }
    if about:
        written["tool"] = {TOOL: dict(about)}
    try:
        Pylock.from_dict(written)
    except PylockValidationError as error:
        raise IntegrityError(
            f"this lock cannot be written as a {NAME}: {foreign(error)}",
            remedies=("write --format json or pins",),
        ) from error
    return tomli_w.dumps(written)


def in_order(lock: Lock) -> list[LockedPin]:
    """The pins, sorted by name."""
    return sorted(lock.pins, key=lambda pin: pin.name)


def _package(pin: LockedPin, folder: Path) -> dict[str, Any]:
    """A row of ``packages``, its keys in the order of the specification."""
    from packaging.specifiers import InvalidSpecifier, SpecifierSet  # noqa: PLC0415
    from packaging.utils import canonicalize_name  # noqa: PLC0415
    from packaging.version import Version  # noqa: PLC0415

    kind = "archive" if pin.direct else "wheels" if pin.is_wheel else "sdist"
    file = {**_place(pin, folder), "size": pin.size, "hashes": _hashes(pin)}
    if kind != "archive":
        file = {"name": pin.filename, **file}
    file = {key: value for key, value in file.items() if value is not None}
    row: dict[str, Any] = {"name": canonicalize_name(pin.name), "version": str(Version(pin.version))}
    with contextlib.suppress(InvalidSpecifier):
        if pin.requires_python:
            row["requires-python"] = str(SpecifierSet(pin.requires_python))
    if kind == "archive":
        row["archive"] = file
    elif pin.location:
        row["index"] = _index_url(pin.location)
    if kind != "archive":
        row[kind] = [file] if kind == "wheels" else file
    row["tool"] = {TOOL: {"index": pin.index, "public": pin.public, "requested-by": list(pin.requested_by)}}
    return row


def _place(pin: LockedPin, folder: Path) -> dict[str, str]:
    """Where the file of a pin is, for a lock in `folder`."""
    if _is_remote(pin.url):
        return {"url": without_credentials(pin.url)}
    if pin.direct and not os.path.isfile(pin.url):  # it came in a zip, where the lock belongs, too
        folder = Path(pin.location)
    return {"path": relative(pin.url, folder)}


def _hashes(pin: LockedPin) -> dict[str, str]:
    if pin.hashes:
        return dict(pin.hashes)
    if not _is_remote(pin.url):
        with open(pin.url, "rb") as file:
            return {"sha256": hashlib.file_digest(file, "sha256").hexdigest()}
    raise IntegrityError(
        f"{pin.index} gives no hash for {pin.filename}, and a pylock.toml cannot do without",
        facts=(("file", without_credentials(pin.url)),),
        remedies=(
            "switch hashes on at the index (pypiserver: --hash-algo sha256)",
            "or write --format json or pins",
        ),
        data={"project": pin.name, "filename": pin.filename},
    )


def _is_remote(url: str) -> bool:
    return url.startswith(("http://", "https://"))


def without_credentials(url: str) -> str:
    """A URL without user, password and query; whatever else it is, as it is."""
    return redacted(url).removesuffix("?***") if _is_remote(url) else url


def _index_url(location: str) -> str:
    return without_credentials(location) if _is_remote(location) else Path(location).as_uri()


def relative(path: str, folder: Path) -> str:
    """`path` as PEP 751 wants it: relative to the lock with forward slashes where it is below, else absolute."""
    try:
        return Path(path).relative_to(folder).as_posix()
    except ValueError:
        return os.path.normpath(path)
