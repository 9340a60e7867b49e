"""Secrets that are planted, and the search for them in everything that a launch leaves behind."""

from __future__ import annotations

import base64
import io
import json
import os
import pickle
import traceback
import zipfile
import zlib
from pathlib import Path

from driverenv import DriverEnvError

USER = "canary-user"


def forms(secret: str) -> tuple[bytes, ...]:
    """The secret as it might be met: as it is, in a Basic header in all three shifts, and backwards-free."""
    plain = secret.encode()
    packed = [base64.b64encode(b"x" * shift + plain)[4:-4] for shift in range(3)]
    basic = base64.b64encode(f"{USER}:{secret}".encode())
    return (plain, plain.hex().encode(), basic, *packed)


def found_in(data: bytes | str, secrets: list[str]) -> list[str]:
    """Which of the secrets are in `data`, in any form."""
    raw = data.encode("utf-8", "surrogateescape") if isinstance(data, str) else data
    return [secret for secret in secrets if any(form in raw for form in forms(secret))]


def found_below(folder: Path, secrets: list[str]) -> list[str]:
    """Files below `folder` whose name, bytes, or unpacked bytes have one of the secrets."""
    hits = []
    for path in sorted(folder.rglob("*")):
        told = [str(path.relative_to(folder))]
        if path.is_file() and not path.is_symlink():
            data = path.read_bytes()
            told += [part.decode("latin-1") for part in (data, *_unpacked(data))]
        elif path.is_symlink():
            told.append(os.readlink(path))
        hits += [
            f"{path}: {secret}"
            for text in told
            for secret in found_in(text.encode("latin-1", "replace"), secrets)
        ]
    return hits


def _unpacked(data: bytes) -> list[bytes]:
    if data[:2] == b"\x1f\x8b":
        return [zlib.decompress(data, zlib.MAX_WBITS | 16)]
    if zipfile.is_zipfile(io.BytesIO(data)):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return [archive.read(name) for name in archive.namelist()]
    return []


def faces(error: DriverEnvError) -> bytes:
    """Everything that an error shows of itself, and of what lies below it."""
    parts = [
        str(error),
        repr(error),
        repr(error.args),
        repr(vars(error)),
        json.dumps(error.as_dict()),
        "".join(traceback.format_exception(error)),
    ]
    return "\n".join(parts).encode("utf-8", "surrogateescape") + pickle.dumps(error)
