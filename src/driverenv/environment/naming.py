"""The readable name: the last folder of `sys.prefix`, from which drivers derive the names of their logs."""

from __future__ import annotations

import re
import unicodedata

from driverenv.warm import SHIPPED

MAX_CHARACTERS = 64
MAX_BYTES = 120
FALLBACK = "driver"

COMPLETE = "complete"
MANIFEST = "manifest"
RECEIPT = "receipt.json"
INSTANCE = "instance-of"
"""Beside the prefix of an environment that is one launch's own: the key of the one that it is like."""
_BESIDE = frozenset({COMPLETE, INSTANCE, MANIFEST, RECEIPT, SHIPPED, "lease", "pylock.toml", "synced"})

_FORBIDDEN = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f]')
_DEVICE = re.compile(
    r"(?:con|prn|aux|nul|conin\$|conout\$|clock\$|com[0-9¹²³]|lpt[0-9¹²³])(?:\s*\..*)?", re.IGNORECASE
)


def readable_name(text: str) -> str:
    """`text` as a folder name that every operating system takes: blanks kept, what is forbidden replaced by "_".

    Reserved device names and names of files that lie beside the environment get a "_" at their end;
    long names are cut to 64 characters.
    """
    normal = unicodedata.normalize("NFC", text.encode("utf-8", "replace").decode("utf-8"))
    visible = "".join("_" if unicodedata.category(one) in ("Cc", "Cf", "Zl", "Zp") else one for one in normal)
    name = _FORBIDDEN.sub("_", visible).strip().rstrip(". ")[:MAX_CHARACTERS]
    while len(name.encode()) > MAX_BYTES:
        name = name[:-1]
    name = name.rstrip(". ")
    if name.startswith("."):
        name = "_" + name[1:]
    if _DEVICE.fullmatch(name) or name.casefold() in _BESIDE:
        name += "_"
    return name or FALLBACK
