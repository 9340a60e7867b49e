"""The rules an archive must keep: a stable name and a sentence for each, and the verdict."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple, NoReturn

from driverenv.errors import ArchiveRejected, foreign


class Rule(NamedTuple):
    """What must hold, why, and an archive that breaks it."""

    says: str
    why: str
    example: str
    """What such an archive has; the test kit makes one by this title."""


RULES: Mapping[str, Rule] = MappingProxyType(
    {
        "file-name": Rule(
            "a file's name says project and version, and a wheel's says for which Pythons (PEP 427, PEP 625)",
            "who reads the name otherwise takes the file for another project's",
            "a wheel whose name has no tags",
        ),
        "zip-start": Rule(
            "a zip archive begins with its first member",
            "what stands in front is run or read by whoever does not look for the end",
            "a shell script before the first member",
        ),
        "zip-end": Rule(
            "a zip archive ends with its end record, without a comment, in one part",
            "of two end records one reader takes the first, another the last, and they see different members",
            "a comment with a second end record in it",
        ),
        "zip-zip64": Rule(
            "ZIP64 records are consistent with the plain ones, or absent",
            "a reader that knows them and one that does not see different members",
            "a ZIP64 field that gives another size",
        ),
        "zip-directory": Rule(
            "the central directory is well formed and holds every member once",
            "two readers count differently",
            "a directory with more members than its end record says",
        ),
        "zip-tiling": Rule(
            "members follow each other without gap, overlap or anything hidden between them",
            "who reads from front to end installs what the directory does not list",
            "a member that the directory does not list",
        ),
        "zip-header": Rule(
            "the header before a member says what the central directory says, and gives it no second name or kind",
            "who reads from front to end writes it elsewhere",
            "a member with another name in front of it than in the directory",
        ),
        "zip-method": Rule(
            "members are stored or deflated, not encrypted, and only deflated ones tell their size afterwards",
            "not every reader can read them, and where a stored member ends is a guess",
            "a member compressed with bzip2",
        ),
        "zip-data": Rule(
            "a member's data is whole: length and checksum are those of its headers",
            "what was checked must be what is installed",
            "a member with a wrong checksum",
        ),
        "gzip-data": Rule(
            "a gzip file is one whole stream, checksum included, with nothing after it",
            "some readers stop at the first stream, others go on",
            "a second gzip stream behind the first",
        ),
        "tar-header": Rule(
            "tar headers are well formed: ustar, PAX or GNU long names, one of them a member, and they agree",
            "readers disagree on which name or size counts",
            "a size in the extended header that is not the one of the header",
        ),
        "tar-data": Rule(
            "a tar archive is whole and ends with zeros only",
            "some readers go on behind the end",
            "a second tar archive behind the end",
        ),
        "sdist-format": Rule(
            "an sdist is a gzipped tar archive called .tar.gz or a zip archive called .zip, never both",
            "an installer that looks for a zip first unpacks other files than one that goes by the name",
            "a .tar.gz with a zip archive inside its last block",
        ),
        "member-type": Rule(
            "members are regular files and folders: no links out, devices, pipes or sparse files",
            "a link lets what is written next leave the folder",
            "a symbolic link out of the sdist",
        ),
        "name-encoding": Rule(
            "names are UTF-8",
            "each reader guesses another name",
            "a name in Latin-1",
        ),
        "name-path": Rule(
            "names are relative, `/`-separated, without empty, `.` or `..` parts",
            "the file would land outside of the environment",
            "a member called ../../evil.py",
        ),
        "name-portable": Rule(
            "names can be written on every platform, and mean the same there",
            "Windows opens a device, a stream or another file instead, and a terminal shows another name",
            "a member called widget/nul.py",
        ),
        "name-length": Rule(
            "names are at most 240 bytes a part, 1,000 in all, 60 deep",
            "longer ones cannot be written everywhere, or not removed again",
            "a part of a name with 241 bytes",
        ),
        "name-unique": Rule(
            "no two names are the same where case and Unicode form do not count; no file is also a folder",
            "one of the two replaces the other, and which one depends on the system",
            "two members that differ in case only",
        ),
        "one-folder": Rule(
            "an sdist has one top folder",
            "the build would begin in the wrong one",
            "a second top folder",
        ),
        "dist-info": Rule(
            "a wheel has exactly one dist-info folder, named as the file, and none of another distribution",
            "a second one makes Python believe that another distribution is installed, or replaces its records",
            "a second dist-info folder",
        ),
        "data-scheme": Rule(
            "a wheel's .data folder has the schemes of PEP 427 only, and scripts are flat",
            "an installer has no place for it, or one that nobody expects",
            "a member of .data in a scheme called home",
        ),
        "data-target": Rule(
            "a wheel does not write onto the interpreter, pyvenv.cfg or another scheme's place, and nowhere twice",
            "the next start of the environment's Python would run the file",
            "a data file at bin/python",
        ),
        "wheel-file": Rule(
            "WHEEL is there, of version 1.x, and says whether the wheel is pure",
            "a later format may mean something else",
            "a WHEEL of version 2.0",
        ),
        "metadata": Rule(
            "METADATA is there and well formed, with one Name and one Version, those of the file's name",
            "the resolver decides about one project, and another one is installed",
            "METADATA of another project",
        ),
        "requires": Rule(
            "what a wheel requires is valid, at most 5,000 requirements, and none of them a URL",
            "a URL goes round the indexes; of what cannot be read every tool makes something else",
            "a requirement that is a URL",
        ),
        "record": Rule(
            "RECORD lists exactly the members, with their sha256 (or better) and sizes, and no hash of itself",
            "a file was changed or added after the wheel was made",
            "a member that RECORD does not list",
        ),
        "entry-points": Rule(
            "entry points are well formed, at most 2,000 scripts, and none takes the interpreter's or activation's name",
            "typing python would start the script; a name that is a path writes elsewhere",
            "an entry point called python",
        ),
        "size": Rule(
            "an archive is no bomb: bounded size, ratio and number of members",
            "a few kilobytes fill the disk",
            "80 MiB of zeros in one member",
        ),
    }
)

_REPLACE = "replace the file on the index by one that a current build tool has made"
_CORRECT = "or say in the policy's `corrections` what this release requires"


class Label(NamedTuple):
    """What a verdict calls the archive."""

    filename: str

    def refuse(self, rule: str, detail: str, member: str = "") -> NoReturn:
        """Raise `ArchiveRejected`: `rule` is broken, `detail` says how, `member` says where."""
        facts = [("file", foreign(self.filename))]
        facts += [("member", foreign(member))] if member else []
        facts += [("rule", f"{rule}: {RULES[rule].says}")]
        raise ArchiveRejected(
            f"{foreign(self.filename)} is not an archive that can be trusted: {foreign(detail)}",
            facts=tuple(facts),
            remedies=(_REPLACE, _CORRECT) if rule == "requires" else (_REPLACE,),
            data={"rule": rule, "member": member, "file": self.filename},
        )


MAX_FILES = 50_000
MAX_BYTES = 4 << 30
MAX_RATIO = 100
RATIO_FREE_BYTES = 64 << 20
MAX_METADATA_BYTES = 8 << 20
MAX_RECORD_BYTES = 16 << 20
MAX_ENTRY_POINTS_BYTES = 2 << 20
MAX_HEADER_LINES = 100_000
MAX_REQUIREMENTS = 5_000
MAX_SCRIPTS = 2_000


def check_size(label: Label, *, packed: int, unpacked: int, files: int) -> None:
    """Refuse bombs: too many files, too many bytes, or a ratio that no honest archive has."""
    if files > MAX_FILES:
        label.refuse("size", f"it has more than {MAX_FILES} members")
    if unpacked > MAX_BYTES:
        label.refuse("size", f"it unpacks to more than {MAX_BYTES >> 30} GiB")
    if unpacked > RATIO_FREE_BYTES and unpacked > MAX_RATIO * packed:
        label.refuse("size", f"it unpacks to more than {MAX_RATIO} times its size")
