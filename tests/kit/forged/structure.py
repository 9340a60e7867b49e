"""Wheels whose zip archive says one thing to one reader and another to the next, and bombs."""

from __future__ import annotations

import bz2
import lzma
import stat
import struct
import zlib
from collections.abc import Callable
from functools import cache

from .case import EVIL, INIT, Hostile, added, changed, raws, table, wheel
from .raw import DESCRIPTOR, STORED, Raw, deflated, extra_field, zip64_end, zipped

STRUCTURE, BOMBS = "zip structure", "bombs"
MAX16, MAX32 = 0xFFFF, 0xFFFFFFFF
_SHELL = b"#!/bin/sh\necho evil\n"
_ZIP64, _UNICODE_PATH = 1, 0x7075
HIDDEN = Raw("evil.pth", b"import evil\n", is_listed=False)


def hostile() -> list[Hostile]:
    """All of them."""
    return [*_ends(), *_zip64(), *_tiling(), *_headers(), *_methods(), *_data(), *_kinds(), *_bombs()]


def good() -> bytes:
    """The plain wheel."""
    return zipped(raws())


def _shape() -> tuple[int, int, int]:
    """Entries, size and offset of its directory."""
    return struct.unpack("<H2L", good()[-12:-2])


def _ends() -> list[Hostile]:
    inner = zipped([Raw("evil.pth", b"import evil\n")])
    found = table(
        STRUCTURE,
        "zip-end",
        {
            "a comment": lambda: zipped(raws(), comment=b"hello"),
            "a comment with a second end record in it": lambda: zipped(raws(), comment=inner + b"!"),
            "a byte behind the end": lambda: zipped(raws(), behind=b"\n"),
            "64 KiB behind the end": lambda: zipped(raws(), behind=b" " * 65_536),
            "another archive behind the end": lambda: zipped(raws(), behind=b"PK\x05\x06" + bytes(17)),
            "a comment that is longer than what follows": lambda: zipped(raws(), end={"comment_length": 5}),
            "no end record": lambda: good()[:-22],
            "half of an end record": lambda: good()[:-7],
            "an end record of the second of two disks": lambda: zipped(raws(), end={"disk": 1}),
            "a directory that begins on another disk": lambda: zipped(raws(), end={"first_disk": 1}),
            "an end record that counts its members twice, differently": lambda: zipped(
                raws(), end={"here": 1}
            ),
            "a file of 5 bytes": lambda: b"PK\x05\x06\0",
            "an HTML page": lambda: b"<!DOCTYPE html><html><body>Please log in</body></html>\n" * 9,
            "an empty file": lambda: b"",
        },
    )
    found += table(
        STRUCTURE,
        "zip-directory",
        {
            "a directory with more members than its end record says": lambda: zipped(
                raws(), end={"here": 2, "entries": 2}
            ),
            "a directory with fewer members than its end record says": lambda: zipped(
                raws(), end={"here": 9, "entries": 9}
            ),
            "a directory that begins elsewhere": lambda: zipped(raws(), end={"directory_offset": 3}),
            "a directory of another size": lambda: zipped(raws(), end={"directory_size": 46}),
            "a shell script before an archive that does not count it": lambda: zipped(
                raws(), before=_SHELL, shift=len(_SHELL)
            ),
            "a comment that is an archive of its own": lambda: zipped(raws(), comment=inner),
            "another archive before it": lambda: zipped([HIDDEN]) + good(),
            "a directory entry on another disk": changed(central={"disk": 1}),
            "a directory entry whose comment goes beyond the directory": changed(
                "widget-1.0.dist-info/RECORD", central={"comment_length": 900}
            ),
            "a directory entry with another signature": lambda: good().replace(
                b"PK\x01\x02", b"PK\x01\x03", 1
            ),
        },
    )
    return [
        *found,
        *table(
            STRUCTURE,
            "zip-start",
            {"a shell script before the first member": lambda: zipped(raws(), before=_SHELL)},
        ),
        *table(STRUCTURE, "dist-info", {"an archive without members": lambda: zipped([])}),
    ]


def _zip64() -> list[Hostile]:
    def with_end(entries: int = 0, size: int = 0, offset: int = 0, **how: object) -> Callable[[], bytes]:
        def make() -> bytes:
            shape = _shape()
            told = zip64_end(shape[0] + entries, shape[1] + size, shape[2] + offset, **how)  # type: ignore[arg-type]
            return zipped(raws(), zip64=told)

        return make

    def field(*values: int, more: bytes = b"") -> bytes:
        return extra_field(_ZIP64, struct.pack(f"<{len(values)}Q", *values) + more)

    text = raws()[0].data
    packed = len(deflated(text))
    return table(
        STRUCTURE,
        "zip-zip64",
        {
            "ZIP64 records with another number of members": with_end(entries=1),
            "ZIP64 records with another directory": with_end(offset=-10, size=10),
            "a ZIP64 locator that points elsewhere": with_end(where=0),
            "a ZIP64 end record with something behind it": with_end(more=b"hidden!!"),
            "ZIP64 records that are missing": lambda: zipped(raws(), end={"here": MAX16, "entries": MAX16}),
            "a ZIP64 size that is missing": changed(central={"size": MAX32}),
            "a ZIP64 field that gives another size": changed(extra=field(len(text) + 1, packed)),
            "a ZIP64 field that gives another place": changed(extra=field(len(text), packed, 7)),
            "a ZIP64 field in front of the member that gives another size": changed(
                local_extra=field(len(text), packed + 1)
            ),
            "a ZIP64 field that is too short": changed(
                central={"size": MAX32, "packed": MAX32}, extra=field(len(text))
            ),
            "a ZIP64 field with more than is missing": changed(
                central={"packed": MAX32}, extra=field(len(text), packed)
            ),
            "a ZIP64 field of 13 bytes": changed(extra=field(len(text), more=b"extra")),
            "a ZIP64 field with another disk": changed(extra=field(len(text), packed, 0, more=b"\1\0\0\0")),
        },
    )


def _tiling() -> list[Hostile]:
    def same_place() -> bytes:
        return zipped([*raws(), Raw("widget/again.py", EVIL, central={"offset": 0})])

    crc, packed, size = zlib.crc32(EVIL), len(deflated(EVIL)), len(EVIL)

    def told_later(descriptor: bytes, **how: object) -> Callable[[], bytes]:
        later = {"crc": 0, "packed": 0, "size": 0}
        return added(Raw("widget/late.py", EVIL, flags=DESCRIPTOR, local=later, descriptor=descriptor, **how))  # type: ignore[arg-type]

    right = struct.pack("<3L", crc, packed, size)
    return table(
        STRUCTURE,
        "zip-tiling",
        {
            "a member that the directory does not list": lambda: zipped([raws()[0], HIDDEN, *raws()[1:]]),
            "a last member that the directory does not list": lambda: zipped([*raws(), HIDDEN]),
            "four bytes between two members": changed(behind=b"gap!"),
            "zeros before the directory": lambda: zipped(raws(), gap=bytes(64)),
            "two members at one place": same_place,
            "a member that reaches into the next one": changed(both={"packed": 100_000}),
            "a data descriptor with another checksum": told_later(b"PK\x07\x08" + b"abcd" + right[4:]),
            "a data descriptor with another size": told_later(
                b"PK\x07\x08" + struct.pack("<3L", crc, packed, size + 1)
            ),
            "a data descriptor that is missing": told_later(b""),
            "a data descriptor of another width": told_later(
                b"PK\x07\x08" + struct.pack("<L2Q", crc, packed, size)
            ),
            "something behind a data descriptor": told_later(b"PK\x07\x08" + right, behind=HIDDEN.data),
        },
    )


def _headers() -> list[Hostile]:
    path = b"\x01" + struct.pack("<L", zlib.crc32(INIT.encode())) + b"../../evil.pth"
    archives = {
        "a member with another name in front of it than in the directory": changed(local_name="../evil.pth"),
        "a member with a longer name in front of it": changed(local_name=INIT + ".pth"),
        "a member with another checksum in front of it": changed(local={"crc": 1}),
        "a member with another size in front of it": changed(local={"size": 1}),
        "a member with another packed size in front of it": changed(local={"packed": 1}),
        "a member with another method in front of it": changed(local={"method": STORED}),
        "a member with other flags in front of it": changed(local={"flags": 1 << 11}),
        "a member that is encrypted in front only": changed(local={"flags": 1}),
        "a member with a second name in the directory": changed(extra=extra_field(_UNICODE_PATH, path)),
        "a member with a second name in front of it": changed(local_extra=extra_field(_UNICODE_PATH, path)),
        "extra fields that end in the middle": changed(extra=b"\x55\x55\x20\x00ab"),
        "extra fields in front that end in the middle": changed(local_extra=b"\x55\x55\x20\x00ab"),
        "an extra field that is there twice": changed(
            extra=extra_field(0x5555, b"a") + extra_field(0x5555, b"b")
        ),
        "something behind the extra fields": changed(extra=b"ab"),
    }
    natures = {"a link's target": 0x756E, "a UNIX link": 0x000D, "a Macintosh name": 0x2605, "AES": 0x9901}
    archives |= {
        f"an extra field with {what}": changed(extra=extra_field(tag, bytes(14)))
        for what, tag in natures.items()
    }
    archives["an extra field in front with a link's target"] = changed(
        local_extra=extra_field(0x756E, bytes(14))
    )
    return table(STRUCTURE, "zip-header", archives)


def _methods() -> list[Hostile]:
    numbers = {"shrunk": 1, "imploded": 6, "deflated with 64 KiB": 9, "compressed with Zstandard": 93}
    later = {"crc": 0, "packed": 0, "size": 0}
    archives = {f"a member {how}": changed(both={"method": number}) for how, number in numbers.items()}
    archives |= {
        "a member compressed with bzip2": changed(method=12, packed=bz2.compress(raws()[0].data)),
        "a member compressed with LZMA": changed(
            method=14, packed=lzma.compress(raws()[0].data), both={"version": 63}
        ),
        "a member that is encrypted": changed(both={"flags": 1}),
        "a member that is encrypted strongly": changed(both={"flags": 0x41}),
        "a member of masked headers": changed(both={"flags": 1 << 13}),
        "a member of patched data": changed(both={"flags": 1 << 5}),
        "a member for a zip format of the future": changed(both={"version": 64}),
        "a stored member that tells its size afterwards": added(
            Raw(
                "widget/late.py",
                EVIL,
                method=STORED,
                flags=DESCRIPTOR,
                local=later,
                descriptor=b"PK\x07\x08" + struct.pack("<3L", zlib.crc32(EVIL), len(EVIL), len(EVIL)),
            )
        ),
        "a stored member without content that tells its size afterwards": added(
            Raw("widget/late.py", b"", method=STORED, flags=DESCRIPTOR, descriptor=b"PK\x07\x08" + bytes(12))
        ),
    }
    return table(STRUCTURE, "zip-method", archives)


def _data() -> list[Hostile]:
    text = raws()[0].data
    packed = deflated(text)
    return table(
        STRUCTURE,
        "zip-data",
        {
            "a member with a wrong checksum": changed(both={"crc": 1}),
            "a member that is longer than it says": changed(both={"size": len(text) - 1}),
            "a member that is shorter than it says": changed(both={"size": len(text) + 1}),
            "a stored member whose two sizes differ": changed(method=STORED, both={"size": len(text) - 1}),
            "a member whose compressed data end in the middle": changed(packed=packed[:-4]),
            "a member with something behind its compressed data": changed(packed=packed + b"hidden"),
            "a member whose compressed data are none": changed(packed=b"\xff" * 30),
            "a member with two compressed streams": changed(packed=packed + deflated(EVIL)),
        },
    )


def _kinds() -> list[Hostile]:
    kinds = {"symbolic link": stat.S_IFLNK, "device": stat.S_IFCHR, "disk": stat.S_IFBLK}
    kinds |= {"pipe": stat.S_IFIFO, "socket": stat.S_IFSOCK}
    archives = {
        f"a member that is a {name}": added(Raw("widget/evil", b"../../../../etc/passwd", mode=kind | 0o777))
        for name, kind in kinds.items()
    }
    archives |= {
        "a member that is a folder by its mode only": added(Raw("widget/evil", mode=0o40755)),
        "a member that is a folder by its DOS attribute only": added(
            Raw("widget/evil", EVIL, both={"made_by": 20, "attributes": 0x10})
        ),
        "a member that is a disk's label": added(
            Raw("widget/evil", EVIL, both={"made_by": 20, "attributes": 0x08})
        ),
        "a folder with content": added(Raw("widget/evil/", EVIL)),
    }
    return table(STRUCTURE, "member-type", archives)


@cache
def _bomb() -> bytes:
    return zipped(raws(files={"widget/zeros.bin": bytes(80 << 20)}))


def _many(count: int) -> bytes:
    """Empty members, by hand: `zipped` would take seconds."""
    local = struct.pack("<4s5H3L2H", b"PK\x03\x04", 20, 0, 0, 0, 0x5021, 0, 0, 0, 7, 0)
    head = struct.pack(
        "<4s6H3L5HL", b"PK\x01\x02", 0x0314, 20, 0, 0, 0, 0x5021, 0, 0, 0, 7, 0, 0, 0, 0, 0o100644 << 16
    )
    names = [b"m/%05d" % number for number in range(count)]
    members = b"".join(local + name for name in names)
    step = len(local) + 7
    directory = b"".join(head + struct.pack("<L", step * at) + name for at, name in enumerate(names))
    sizes = (count, count, len(directory), len(members), 0)
    return members + directory + struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, *sizes)


def _bombs() -> list[Hostile]:
    wide = extra_field(_ZIP64, struct.pack("<Q", 5 << 30))
    noise = "".join(map(chr, range(33, 127))) * 90_000
    return table(
        BOMBS,
        "size",
        {
            "80 MiB of zeros in one member": _bomb,
            "a member of 5 GiB": changed(central={"size": MAX32}, extra=wide),
            "50,001 members": lambda: _many(50_001),
            "a directory of 17 MiB": lambda: zipped(
                [Raw(f"c/{number}", comment=b" " * 65_000) for number in range(270)]
            ),
            "50,001 folders": lambda: zipped(
                [
                    Raw("/".join(f"{number:x}" for _ in range(58)) + "/x", method=STORED)
                    for number in range(900)
                ]
            ),
            "a METADATA of 100,001 lines": wheel(
                dist_info={
                    "METADATA": "Metadata-Version: 2.1\nName: widget\nVersion: 1.0\n" + "X:\n" * 100_001
                }
            ),
            "entry points of 3 MiB": wheel(dist_info={"entry_points.txt": "[x]\n" + "a=b\n" * 800_000}),
            "a METADATA of 8 MiB": wheel(
                dist_info={"METADATA": f"Metadata-Version: 2.1\nName: widget\nVersion: 1.0\n\n{noise}"}
            ),
        },
    )
