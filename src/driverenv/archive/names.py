"""Names of members: what may be written, on every platform, and only once."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable

from driverenv.archive.rules import MAX_FILES, Label

MAX_PART_BYTES = 240
MAX_NAME_BYTES = 1000
MAX_DEPTH = 60

_UNUSUAL = re.compile(r"[^A-Za-z0-9_./+\-@]")
_FORBIDDEN = re.compile(r'[\x00-\x1f\x7f\\:<>"|?*]')
_RESERVED = re.compile(
    r"(?:con|prn|aux|nul|conin\$|conout\$|clock\$|com[0-9\u00b9\u00b2\u00b3]|lpt[0-9\u00b9\u00b2\u00b3])"
    r"\s*(?:\.|$)",
    re.IGNORECASE,
)
_DRIVE = re.compile(r"[A-Za-z]:")
_SHORT = re.compile(r"(?=[^.]{1,8}(?:\.|$))[^.~]{0,6}~[0-9]{1,6}(?:\.[^.]{0,3})?")
"""What Windows calls longer names besides: `SITE-P~1` is the folder `site-packages`."""
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})


class Names:
    """Checks the names of one archive's members.

    With `portable` (wheels) a name must be writable on every platform; without (sdists, which are
    unpacked on this machine only) it must be harmless here.
    """

    def __init__(self, label: Label, *, portable: bool = True) -> None:
        self._label = label
        self._portable = portable
        self._good_parts: set[str] = set()
        self._good_folders: set[str] = {""}

    def check(self, name: str) -> None:
        """Refuse a bad `name` (without a folder's slash at the end)."""
        folder, _, part = name.rpartition("/")
        if part not in self._good_parts:
            self._check_part(part, name)
        if folder not in self._good_folders or name.startswith("/"):
            self._check_folder(folder, name)
        if len(name) * 4 > MAX_NAME_BYTES and len(name.encode()) > MAX_NAME_BYTES:
            self._label.refuse("name-length", f"a name is longer than {MAX_NAME_BYTES} bytes", name)

    def _check_folder(self, folder: str, name: str) -> None:
        parts = folder.split("/")
        if len(parts) >= MAX_DEPTH:
            self._label.refuse("name-length", f"a name is more than {MAX_DEPTH} parts deep", name)
        for part in parts:
            if part not in self._good_parts:
                self._check_part(part, name)
        self._good_folders.add(folder)

    def _check_part(self, part: str, name: str) -> None:
        if part in ("", ".", ".."):
            self._label.refuse("name-path", f"a name has the part {part!r}", name)
        if len(part.encode()) > MAX_PART_BYTES:
            self._label.refuse("name-length", f"a part of a name is longer than {MAX_PART_BYTES} bytes", name)
        if self._portable:
            self._check_portable(part, name)
        elif "\\" in part or _DRIVE.match(part) or _has_control(part):
            self._label.refuse("name-path", "a name has a backslash, a drive or control characters", name)
        self._good_parts.add(part)

    def _check_portable(self, part: str, name: str) -> None:
        if part[-1] in ". ":
            self._label.refuse("name-portable", "a part of a name ends with a dot or a space", name)
        if is_device(part):
            self._label.refuse("name-portable", "a part of a name is a device on Windows", name)
        if not _UNUSUAL.search(part):
            return
        if _SHORT.fullmatch(part):
            self._label.refuse(
                "name-portable", "a part of a name is the short form of another on Windows", name
            )
        if _FORBIDDEN.search(part):
            self._label.refuse("name-portable", "a name has characters that Windows forbids", name)
        if _has_control(part):
            self._label.refuse("name-portable", "a name has control or format characters", name)


def is_device(part: str) -> bool:
    """Whether Windows takes a file of this name for a device."""
    return _RESERVED.match(part) is not None


def _has_control(part: str) -> bool:
    if part.isascii():
        return not part.isprintable()
    return any(unicodedata.category(one) in _HIDDEN for one in part)


def folded(name: str) -> str:
    """`name` as a file system sees it that knows neither case nor Unicode forms."""
    if name.isascii():
        return name.lower()
    if not unicodedata.is_normalized("NFC", name):
        name = unicodedata.normalize("NFC", name)
    return unicodedata.normalize("NFC", name.casefold())


def check_unique(
    label: Label, files: Iterable[str], folders: Iterable[str] = (), *, portable: bool = True
) -> None:
    """Refuse two names that a file system may see as one, and a file that is also a folder.

    With `portable` that goes for folders as well, those too that are only named in a file's path.
    """
    seen: dict[str, str] = {}
    for name in files:
        key = folded(name)
        if key in seen:
            label.refuse("name-unique", f"{name!r} and {seen[key]!r} are the same file on some systems", name)
        seen[key] = name
    folders = tuple(folders)
    if portable and len(set(folders)) != len(folders):
        twice = Counter(folders).most_common(1)[0][0]
        label.refuse("name-unique", "a folder is there twice", twice)
    spelled: set[str] = {""}
    known: dict[str, str] = {}
    for folder in (*folders, *(name.rpartition("/")[0] for name in seen.values())):
        while folder not in spelled:
            spelled.add(folder)
            if len(spelled) > MAX_FILES:
                label.refuse("size", f"it has more than {MAX_FILES:,} folders", folder)
            if known.setdefault(folded(folder), folder) != folder and portable:
                other = known[folded(folder)]
                label.refuse("name-unique", f"{folder!r} and {other!r} are the same on some systems", folder)
            folder = folder.rpartition("/")[0]  # noqa: PLW2901 (up to the top, or to what is known)
    for key in sorted(known.keys() & seen.keys()):
        label.refuse("name-unique", "a file is also a folder", seen[key])
