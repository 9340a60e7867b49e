"""The rules an archive must keep: a stable name and a sentence for each, and the verdict."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple, NoReturn

from driverenv.errors import ArchiveRejected, foreign

RULES: Mapping[str, str] = MappingProxyType(
    {
        "zip-start": "a zip archive begins with its first member",
        "zip-end": "a zip archive ends with its end record, without a comment, in one part",
        "zip-zip64": "ZIP64 records are consistent with the plain ones, or absent",
        "zip-directory": "the central directory is well formed and holds every member once",
        "zip-tiling": "members follow each other without gap, overlap or anything hidden between them",
        "zip-header": "the header before a member says what the central directory says",
        "zip-method": "members are stored or deflated, and not encrypted",
        "zip-data": "a member's data is whole: length and checksum are those of its headers",
        "gzip-data": "a gzip file is one whole stream, checksum included, with nothing after it",
        "tar-header": "tar headers are well formed: ustar, PAX or GNU long names",
        "tar-data": "a tar archive is whole and ends with zeros only",
        "member-type": "members are regular files and folders: no links out, devices, pipes or sparse files",
        "name-encoding": "names are UTF-8",
        "name-path": "names are relative, `/`-separated, without empty, `.` or `..` parts",
        "name-portable": "names can be written on every platform",
        "name-length": "names are at most 240 bytes a part, 1,000 in all, 60 deep",
        "name-unique": "no two names are the same where case and Unicode form do not count; no file is also a folder",
        "one-folder": "an sdist has one top folder",
        "dist-info": "a wheel has exactly one dist-info folder, named as the file",
        "data-scheme": "a wheel's .data folder has the schemes of PEP 427 only, and scripts are flat",
        "data-target": "a wheel does not write onto the interpreter, pyvenv.cfg or another scheme's place",
        "wheel-file": "WHEEL is there, of version 1.x",
        "metadata": "METADATA is there, with one Name and one Version, those of the file's name",
        "record": "RECORD lists exactly the members, with their sha256 (or better) and sizes",
        "entry-points": "entry points are well formed, and no script takes the interpreter's or activation's name",
        "size": "an archive is no bomb: bounded size, ratio and number of members",
    }
)


class Label(NamedTuple):
    """What a verdict calls the archive."""

    filename: str

    def refuse(self, rule: str, detail: str, member: str = "") -> NoReturn:
        """Raise `ArchiveRejected`: `rule` is broken, `detail` says how, `member` says where."""
        facts = [("file", foreign(self.filename))]
        facts += [("member", foreign(member))] if member else []
        facts += [("rule", f"{rule}: {RULES[rule]}")]
        raise ArchiveRejected(
            f"{foreign(self.filename)} is not an archive that can be trusted: {foreign(detail)}",
            facts=tuple(facts),
            remedies=("replace the file on the index by one that a current build tool has made",),
            data={"rule": rule, "member": member, "file": self.filename},
        )


MAX_FILES = 50_000
MAX_BYTES = 4 << 30
MAX_RATIO = 100
RATIO_FREE_BYTES = 64 << 20
MAX_METADATA_BYTES = 8 << 20
MAX_RECORD_BYTES = 64 << 20
MAX_SCRIPTS = 2_000


def check_size(label: Label, *, packed: int, unpacked: int, files: int) -> None:
    """Refuse bombs: too many files, too many bytes, or a ratio that no honest archive has."""
    if files > MAX_FILES:
        label.refuse("size", f"it has more than {MAX_FILES} members")
    if unpacked > MAX_BYTES:
        label.refuse("size", f"it unpacks to more than {MAX_BYTES >> 30} GiB")
    if unpacked > RATIO_FREE_BYTES and unpacked > MAX_RATIO * packed:
        label.refuse("size", f"it unpacks to more than {MAX_RATIO} times its size")
