"""Sdists that must not be unpacked, as tar archives and as zip archives."""

from __future__ import annotations

import bz2
import gzip
import stat
from collections.abc import Callable, Sequence
from dataclasses import replace

from tests.kit.sdists import Sdist, tar_bytes

from .case import EVIL, SDIST, Hostile, table
from .raw import STORED, Block, Raw, pax, pax_record, tarred, zipped

TAR, LINKS, GZIP, ZIPPED = "tar", "tar links", "gzip", "zipped sdists"
TOP = "widget-1.0"
INFO = b"Metadata-Version: 2.1\nName: widget\nVersion: 1.0\n"
ZIP = "widget-1.0.zip"
_GNU = b"ustar  \0"


def tree() -> dict[str, bytes]:
    """The files of a small sdist that any installer can build, without anything from elsewhere."""
    files = Sdist(name="widget", version="1.0", metadata_version="2.1").members()
    return {f"{TOP}/{path}": data for path, data in (files | {"PKG-INFO": INFO, "setup.py": EVIL}).items()}


def blocks() -> list[Block]:
    """The same, as members of a tar archive."""
    folder = Block(f"{TOP}/", kind=b"5", mode=b"0000755\0")
    return [folder, *(Block(name, data) for name, data in tree().items())]


def plus(*more: Block) -> Callable[[], bytes]:
    """The small sdist and more."""
    return lambda: tarred([*blocks(), *more])


def named(name: str, **how: object) -> Callable[[], bytes]:
    """The small sdist and one more file."""
    return plus(Block(name, EVIL, **how))  # type: ignore[arg-type]


def link(target: str, name: str = f"{TOP}/link", kind: bytes = b"2") -> Block:
    """A link."""
    return Block(name, kind=kind, link=target)


def hostile() -> list[Hostile]:
    """All of them."""
    return [*_names(), *_links(), *_kinds(), *_headers(), *_ends(), *_formats(), *_contents(), *_zips()]


def _names() -> list[Hostile]:
    bad = (
        "../evil",
        f"{TOP}/../evil",
        f"{TOP}/../../../../etc/cron.d/evil",
        "/etc/evil",
        f"{TOP}//evil",
        f"{TOP}/./evil",
        f"{TOP}/..",
        f"././{TOP}/evil",
        f"{TOP}\\evil",
        f"{TOP}/..\\..\\evil",
        "C:/evil",
        f"{TOP}/\x1b]0;evil\x07",
        f"{TOP}/\u202eevil",
    )
    found = table(
        TAR, "name-path", {f"a member of an sdist called {name}": named(name) for name in bad}, SDIST
    )
    found += table(
        TAR,
        "one-folder",
        {
            "a second top folder": named("other-1.0/setup.py"),
            "a file beside the top folder": named("setup.py"),
            "an sdist without members": lambda: tarred([]),
            "an sdist of one file": lambda: tarred([Block("setup.py", EVIL)]),
        },
        SDIST,
    )
    found += table(
        TAR,
        "name-unique",
        {
            "a member of an sdist that is there twice": named(f"{TOP}/setup.py"),
            "a PKG-INFO that is there twice": plus(Block(f"{TOP}/PKG-INFO", INFO)),
            "members of an sdist that differ in case only": named(f"{TOP}/Setup.py"),
            "a member of an sdist that is a file and a folder": named(f"{TOP}/setup.py/evil"),
            "a member of an sdist that is a folder and a file": plus(
                Block(f"{TOP}/evil/x", EVIL), Block(f"{TOP}/evil", EVIL)
            ),
        },
        SDIST,
    )
    found += table(
        TAR,
        "name-length",
        {
            "a name of an sdist with 1,500 bytes": plus(
                pax(path="/".join([TOP, *["d" * 200] * 7])), Block("short", EVIL)
            ),
            "a name of an sdist of 80 parts": plus(pax(path=TOP + "/d" * 80), Block("short", EVIL)),
        },
        SDIST,
    )
    return found + table(
        TAR, "name-encoding", {"a name of an sdist in Latin-1": plus(Block(b"widget-1.0/\xe4", EVIL))}, SDIST
    )


def _links() -> list[Hostile]:
    archives = {
        "a symbolic link out of the sdist": plus(link("../../../../etc/passwd")),
        "a symbolic link to an absolute path": plus(link("/etc/passwd")),
        "a symbolic link beside the top folder": plus(link("../other")),
        "a symbolic link with backslashes": plus(link("..\\..\\evil")),
        "a symbolic link to what is not there": plus(link("nothing")),
        "a symbolic link to itself": plus(link("link")),
        "symbolic links in a circle": plus(link("b", f"{TOP}/a"), link("a", f"{TOP}/b")),
        "a symbolic link to the folder that it is in": plus(link("..", f"{TOP}/sub/link")),
        "a symbolic link to the top folder": plus(link(".")),
        "a chain of symbolic links that ends outside": plus(
            link("b", f"{TOP}/a"), link("../../evil", f"{TOP}/b")
        ),
        "a hard link": plus(link(f"{TOP}/setup.py", kind=b"1")),
        "a hard link out of the sdist": plus(link("../../../../etc/passwd", kind=b"1")),
        "two folders with symbolic links to each other": plus(
            Block(f"{TOP}/a/x", EVIL),
            Block(f"{TOP}/b/x", EVIL),
            link("../b", f"{TOP}/a/l"),
            link("../a", f"{TOP}/b/l"),
        ),
        "a long symbolic link out of the sdist": plus(pax(linkpath="../" * 60 + "etc/passwd"), link("short")),
    }
    found = table(LINKS, "member-type", archives, SDIST)
    return found + table(
        LINKS,
        "name-unique",
        {
            "a member written through a symbolic link": plus(link("/opt"), Block(f"{TOP}/link/evil", EVIL)),
            "a member written over a symbolic link": plus(link("setup.py"), Block(f"{TOP}/link", EVIL)),
            "a symbolic link in the place of a folder": plus(
                Block(f"{TOP}/sub/x", EVIL), link("/opt", f"{TOP}/sub")
            ),
        },
        SDIST,
    )


def _kinds() -> list[Hostile]:
    kinds = {"device": b"3", "disk": b"4", "pipe": b"6", "contiguous file": b"7", "sparse file": b"S"}
    kinds |= {
        "volume's label": b"V",
        "continued file": b"M",
        "dump of a folder": b"D",
        "kind of its own": b"Z",
    }
    archives = {
        f"a member of an sdist that is a {name}": plus(Block(f"{TOP}/evil", kind=kind))
        for name, kind in kinds.items()
    }
    archives["a sparse file by an extended header"] = plus(
        Block("x", pax_record("GNU.sparse.major", "1"), b"x"), Block(f"{TOP}/evil", EVIL)
    )
    archives["a sparse file by a header of star"] = plus(
        Block("x", pax_record("SCHILY.realsize", "9"), b"x"), Block(f"{TOP}/evil", EVIL)
    )
    archives["names in a character set of their own"] = plus(
        pax(hdrcharset="BINARY"), Block(f"{TOP}/e", EVIL)
    )
    return table(TAR, "member-type", archives, SDIST)


def _headers() -> list[Hostile]:
    evil, path = Block(f"{TOP}/evil", EVIL), pax(path=f"{TOP}/evil")
    long_name = Block("././@LongLink", f"{TOP}/evil".encode() + b"\0", b"L", magic=_GNU)
    twice = Block("x", pax_record("path", f"{TOP}/a") + pax_record("path", f"{TOP}/b"), b"x")
    for_all = Block("g", pax_record("path", f"{TOP}/evil"), b"g")
    archives = {
        "a size in the extended header that is not the one of the header": plus(
            pax(size="0"), Block(f"{TOP}/outer", Block(f"{TOP}/inner", EVIL).bytes())
        ),
        "a size of 5,000 digits": plus(pax(size="9" * 5000), evil),
        "a size that is no number": plus(pax(size="ten"), evil),
        "two names in one extended header": plus(twice, evil),
        "two extended headers for one member": plus(path, pax(path=f"{TOP}/other"), evil),
        "a name of GNU and one of PAX": plus(long_name, path, evil),
        "two names of GNU": plus(long_name, long_name, evil),
        "a long name that ends in the middle": plus(
            Block("././@LongLink", f"{TOP}/a\0/../../evil\0".encode(), b"L", magic=_GNU), evil
        ),
        "a long name that goes on behind its end": plus(
            Block("././@LongLink", f"{TOP}/abc\0".encode(), b"L", magic=_GNU, size=len(TOP) + 2), evil
        ),
        "a name for all members": plus(for_all, evil),
        "a header for all between a name and its member": plus(
            path, Block("g", pax_record("comment", "x"), b"g"), evil
        ),
        "an extended header that belongs to no member": plus(path),
        "a header for all members that nothing follows": plus(Block("g", pax_record("comment", "x"), b"g")),
        "an extended header of rubbish": plus(Block("x", b"rubbish", b"x"), evil),
        "an extended header whose length is wrong": plus(Block("x", b"99 path=evil\n", b"x"), evil),
        "a wrong checksum": plus(Block(f"{TOP}/evil", EVIL, checksum=1)),
        "a header of an unknown format": plus(Block(f"{TOP}/evil", EVIL, magic=b"USTAR\x0000")),
        "a header of GNU with a first part of a name": plus(
            Block(f"{TOP}/evil", EVIL, magic=_GNU, prefix=b"../..")
        ),
        "a folder of an sdist with content": plus(Block(f"{TOP}/sub/", EVIL, b"5")),
        "a mode that is no number": plus(Block(f"{TOP}/evil", EVIL, mode=b"rwxr-xr\0")),
    }
    found = table(TAR, "tar-header", archives, SDIST)
    return found + table(
        TAR,
        "name-path",
        {"a file of an sdist called like a folder": plus(Block(f"{TOP}/sub/", kind=b"0"))},
        SDIST,
    )


def _ends() -> list[Hostile]:
    def content() -> bytes:
        return gzip.decompress(tarred(blocks()))

    def packed(data: bytes) -> bytes:
        return gzip.compress(data, mtime=0)

    found = table(
        TAR,
        "tar-data",
        {
            "a second tar archive behind the end": lambda: packed(content() * 2),
            "something behind the end of a tar archive": lambda: tarred(blocks(), end=bytes(1024) + b"evil"),
            "a tar archive without an end": lambda: tarred(blocks(), end=b""),
            "a tar archive that ends inside a member": lambda: packed(content()[: 512 * 4 - 100]),
            "an empty tar archive": lambda: packed(b""),
        },
        SDIST,
    )
    return found + table(
        GZIP,
        "gzip-data",
        {
            "a second gzip stream behind the first": lambda: tarred(blocks(), behind=packed(content())),
            "a byte behind the gzip stream": lambda: tarred(blocks(), behind=b"\0"),
            "a gzip stream that ends too early": lambda: tarred(blocks())[:-9],
            "a gzip stream without its checksum": lambda: tarred(blocks())[:-8],
            "a gzip stream with a wrong checksum": lambda: (
                tarred(blocks())[:-8] + b"abcd" + tarred(blocks())[-4:]
            ),
            "a gzip stream with a wrong length": lambda: tarred(blocks())[:-4] + b"abcd",
            "a gzip stream of rubbish": lambda: b"\x1f\x8b\x08" + b"\xff" * 60,
        },
        SDIST,
    )


def _formats() -> list[Hostile]:
    inner = zipped([Raw(name, data, method=STORED) for name, data in tree().items()])

    def hidden(tail: bytes) -> bytes:
        """A tar.gz in which the zip lies as it is: the gzip stream does not compress it."""
        members = {**tree(), f"{TOP}/data.bin": tail}
        return gzip.compress(gzip.decompress(tar_bytes(members)), 0, mtime=0)

    found = table(
        GZIP,
        "sdist-format",
        {
            "a .tar.gz with a zip archive inside its last block": lambda: hidden(inner),
            "a .tar.gz with an empty zip archive inside its last block": lambda: hidden(zipped([])),
            "a .tar.gz with a zip archive behind it": lambda: tarred(blocks()) + inner,
            "a .tar.gz that is a zip archive": lambda: inner,
            "a .tar.gz that is a plain tar archive": lambda: gzip.decompress(tarred(blocks())),
            "a .tar.gz that is compressed with bzip2": lambda: bz2.compress(
                gzip.decompress(tarred(blocks()))
            ),
            "a .tar.gz that is an HTML page": lambda: b"<!DOCTYPE html><html>Please log in</html>\n",
            "a .tar.gz that is empty": lambda: b"",
        },
        SDIST,
    )
    return found + table(
        ZIPPED, "sdist-format", {"a .zip that is a gzipped tar archive": lambda: tarred(blocks())}, ZIP
    )


def _contents() -> list[Hostile]:
    def info(text: bytes) -> Callable[[], bytes]:
        return lambda: tarred([replace(one, data=text) if one.data == INFO else one for one in blocks()])

    found = table(
        TAR,
        "metadata",
        {
            "a PKG-INFO of another project": info(INFO.replace(b"widget", b"gadget")),
            "a PKG-INFO of another version": info(INFO.replace(b"1.0", b"1.0.1")),
            "a PKG-INFO with two names": info(b"Name: gadget\n" + INFO),
            "a PKG-INFO without a version": info(INFO.replace(b"Version: 1.0\n", b"")),
        },
        SDIST,
    )
    return found + table(
        TAR,
        "size",
        {
            "80 MiB of zeros in an sdist": lambda: gzip.compress(
                Block(f"{TOP}/zeros", bytes(80 << 20)).bytes() + bytes(1024), 1, mtime=0
            ),
            "a member of an sdist of 7 GiB": plus(Block(f"{TOP}/evil", size=7 << 30)),
            "an extended header of 2 MiB": plus(pax(comment="x" * (2 << 20)), Block(f"{TOP}/evil", EVIL)),
            "101 links to folders": plus(
                Block(f"{TOP}/d/x", EVIL), *(link("d", f"{TOP}/l{number}") for number in range(101))
            ),
        },
        SDIST,
    )


def _zips() -> list[Hostile]:
    def members(*more: Raw) -> Callable[[], bytes]:
        plain = [Raw(name, data) for name, data in tree().items()]
        return lambda: zipped([*plain, *more])

    def one(rule: str, archives: dict[str, Callable[[], bytes]]) -> Sequence[Hostile]:
        return table(ZIPPED, rule, archives, ZIP)

    return [
        *one("name-path", {"a member of a zipped sdist called ../evil": members(Raw("../evil", EVIL))}),
        *one(
            "member-type",
            {
                "a symbolic link in a zipped sdist": members(
                    Raw(f"{TOP}/evil", b"/etc/passwd", mode=stat.S_IFLNK | 0o777)
                )
            },
        ),
        *one("one-folder", {"a second top folder in a zipped sdist": members(Raw("other/setup.py", EVIL))}),
        *one(
            "name-unique",
            {"a member of a zipped sdist that is there twice": members(Raw(f"{TOP}/setup.py", EVIL))},
        ),
        *one("zip-end", {"a comment on a zipped sdist": lambda: members()()[:-2] + b"\x05\0hello"}),
        *one(
            "zip-header",
            {
                "a member of a zipped sdist with two names": members(
                    Raw(f"{TOP}/evil", EVIL, local_name=f"{TOP}/../evil")
                )
            },
        ),
        *one("metadata", {"a zipped sdist of another project": _gadget}),
    ]


def _gadget() -> bytes:
    other = INFO.replace(b"widget", b"gadget")
    return zipped([Raw(name, other if data == INFO else data) for name, data in tree().items()])
