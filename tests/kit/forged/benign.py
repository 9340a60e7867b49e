"""Archives that look like hostile ones and are not: each of them must pass."""

from __future__ import annotations

import gzip
import hashlib
import struct
import zlib
from collections.abc import Callable

from tests.kit.sdists import Sdist
from tests.kit.wheels import RecordRow

from .case import (
    EVIL,
    INFO,
    SDIST,
    Hostile,
    added,
    changed,
    file,
    info_file,
    raws,
    rows,
    script,
    table,
    wheel,
)
from .claims import requiring, told
from .raw import (
    DESCRIPTOR,
    STORED,
    Block,
    Raw,
    deflated,
    extra_field,
    pax,
    pax_record,
    tarred,
    zip64_end,
    zipped,
)
from .sdists import TOP, ZIP, blocks, link, plus

BENIGN = "benign"


def benign() -> list[Hostile]:
    """All of them."""
    return [
        *table(BENIGN, "", _names() | _zips() | _claims()),
        *table(BENIGN, "", _tars(), SDIST),
        *table(
            BENIGN,
            "",
            {"a zipped sdist": lambda: Sdist(name="widget", version="1.0", format="zip").archive().data},
            ZIP,
        ),
    ]


def _names() -> dict[str, Callable[[], bytes]]:
    good: tuple[str, ...] = (
        "widget/...py",
        "widget/.hidden",
        "widget/console.py",
        "widget/nulls.py",
        "widget/a b (1).txt",
        "widget/~1x",
    )
    good += (
        "widget/\u00e4/\u65e5\u672c.py",
        "widget/a~1longer.py",
        f"widget/{'x' * 240}",
        "/".join("d" * 60),
    )
    good += ("widget/\U0001f40d.txt", "widget/comma,file.txt", "widget/__pycache__x/y.py", "widget/com10.py")
    found = {f"a member called {name}": file(name) for name in good}
    found |= {
        "modules of several top folders": wheel(files={"tests/__init__.py": "", "widget_more.py": ""}),
        "a dist-info folder further down": file("widget/_vendor/six-1.0.dist-info/METADATA"),
        "an egg-info folder of its own": file("widget.egg-info/PKG-INFO"),
        "byte code, which is left out": file("widget/__pycache__/evil.cpython-311.pyc"),
        "files of an installer, which are left out": wheel(
            dist_info={"INSTALLER": "evil", "REQUESTED": "", "direct_url.json": "{}"}
        ),
        "files of every scheme": wheel(
            data_files={
                "scripts/run.sh": "#!/bin/sh\n",
                "data/share/widget/x": "x",
                "data/etc/widget.cfg": "x",
                "data/lib/libwidget.so.1": "x",
                "headers/widget.h": "x",
                "purelib/more.py": "x",
                "platlib/more/native.so": "x",
            }
        ),
        "scripts whose names only begin like the interpreter's": wheel(
            data_files={
                "scripts/python-argcomplete-check": "x",
                "scripts/activate-global": "x",
                "scripts/pythonpath": "x",
            }
        ),
        "folders as members": added(Raw("widget/sub/", mode=0o40755), Raw("widget/sub/x.py", EVIL)),
        "a name in capitals": wheel(spelling="WIDGET"),
    }
    return found


def _zips() -> dict[str, Callable[[], bytes]]:
    text = raws()[0].data
    crc, packed = zlib.crc32(text), deflated(text)
    later = {"crc": 0, "packed": 0, "size": 0}
    sizes = struct.pack("<2Q", len(text), len(packed))
    wide = {"packed": 0xFFFFFFFF, "size": 0xFFFFFFFF}

    def with_zip64_end() -> bytes:
        count, size, offset = struct.unpack("<H2L", zipped(raws())[-12:-2])
        return zipped(raws(), zip64=zip64_end(count, size, offset))

    plain = struct.pack("<3L", crc, len(packed), len(text))
    return {
        "a plain wheel": wheel(),
        "stored members": changed(method=STORED),
        "sizes behind a member": changed(flags=DESCRIPTOR, local=later, descriptor=b"PK\x07\x08" + plain),
        "sizes behind a member, without a mark": changed(flags=DESCRIPTOR, local=later, descriptor=plain),
        "wide sizes behind a member": changed(
            flags=DESCRIPTOR,
            local={"crc": 0, **wide},
            local_extra=extra_field(1, bytes(16)),
            descriptor=b"PK\x07\x08" + struct.pack("<L2Q", crc, len(packed), len(text)),
        ),
        "a ZIP64 field that says the same again": changed(extra=extra_field(1, sizes)),
        "a ZIP64 field in front only": changed(local=wide, local_extra=extra_field(1, sizes)),
        "ZIP64 records that say the same again": with_zip64_end,
        "times in extra fields": changed(
            extra=extra_field(0x5455, b"\x01" + bytes(4)), local_extra=extra_field(0x5455, b"\x03" + bytes(8))
        ),
        "padding in front of a member": changed(local_extra=bytes(3)),
        "a comment on a member": changed(comment=b"hello"),
        "members of a directory in another order": _reordered,
        "setuid bits, which are dropped": changed(mode=0o106755),
        "a member without a mode": changed(mode=0),
        "a member from Windows": changed(both={"made_by": 20, "attributes": 0x20}),
        "60 MiB of zeros": wheel(files={"widget/zeros.bin": bytes(60 << 20)}),
    }


def _reordered() -> bytes:
    """The directory lists the last member first."""
    data = zipped(raws())
    count, size, offset = struct.unpack("<H2L", data[-12:-2])
    directory, entries = data[offset : offset + size], []
    while directory:
        length = 46 + sum(struct.unpack("<3H", directory[28:34]))
        entries.append(directory[:length])
        directory = directory[length:]
    assert len(entries) == count
    return data[:offset] + b"".join(reversed(entries)) + data[offset + size :]


def _claims() -> dict[str, Callable[[], bytes]]:
    def stronger(found: list[RecordRow]) -> list[RecordRow]:
        import base64

        data = raws()[0].data
        digest = base64.urlsafe_b64encode(hashlib.sha512(data).digest()).rstrip(b"=").decode()
        return [(found[0][0], f"sha512={digest}", found[0][2]), *found[1:]]

    return {
        "METADATA with CRLF and folded lines": told(
            "Metadata-Version: 2.1\r\nName: widget\r\nVersion: 1.0\r\nSummary: a\r\n b\r\nRequires-Dist: x (==1.0)\r\n\r\nText\r\n"
        ),
        "METADATA of 1.0": told("Metadata-Version: 1.0\nName: Widget\nVersion: 1\n"),
        "METADATA with a body of anything": told(
            b"Metadata-Version: 2.1\nName: widget\nVersion: 1.0\n\n\xff\0\rName: x\n"
        ),
        "requirements of all kinds": requiring(
            "Requires-Dist: six",
            "Requires-Dist: a-b[c,d] (>=1.0,!=1.3.*) ; python_version < '3'",
            "Requires-Dist: x === 1.0-odd",
        ),
        "a Requires-Python as setuptools once took it": requiring("Requires-Python: >=3.6.*"),
        "a Requires-Python with blanks": requiring("Requires-Python: >= 3.6, <4, !=3.7.*"),
        "5,000 requirements": requiring(*(f"Requires-Dist: p{number}" for number in range(5000))),
        "a RECORD with a sha512": rows(stronger),
        "a RECORD in capitals": rows(
            lambda found: [(path, digest.replace("sha256", "SHA256"), size) for path, digest, size in found]
        ),
        "a RECORD with CRLF": info_record(lambda data: data.replace(b"\n", b"\r\n")),
        "a RECORD with every name quoted": info_record(_quoted),
        "a RECORD in another order": rows(lambda found: found[::-1]),
        "a signature of RECORD": info_file("RECORD.jws", "{}"),
        "an entry point with an extra": script("run", "widget:main [more]"),
        "an entry point of another group with any name": script(
            "../x", "anything at all", group="widget.plugins"
        ),
        "entry points of a console and a window that lead to one place": info_file(
            "entry_points.txt", "[console_scripts]\nrun = widget:main\n[gui_scripts]\nrun = widget:main\n"
        ),
        "an entry point whose name begins like the interpreter's": script("python-widget"),
        "an entry point with dots": script("widget.run-it+now", "widget.sub.module:Class.method"),
    }


def info_record(change: Callable[[bytes], bytes]) -> Callable[[], bytes]:
    """A plain wheel with other bytes in RECORD."""
    from dataclasses import replace

    name = f"{INFO}/RECORD"
    return lambda: zipped(
        [replace(one, data=change(one.data)) if one.name == name else one for one in raws()]
    )


def _quoted(data: bytes) -> bytes:
    return b"".join(b'"%s",%s\n' % tuple(line.split(b",", 1)) for line in data.splitlines())


def _tars() -> dict[str, Callable[[], bytes]]:
    gnu = b"ustar  \0"
    long_name = Block("././@LongLink", f"{TOP}/{'n' * 150}".encode() + b"\0", b"L", magic=gnu)
    inside = zipped([Raw("a.txt", b"x", method=STORED)])
    return {
        "a plain sdist": lambda: Sdist(name="widget", version="1.0").archive().data,
        "an sdist of old tar": lambda: tarred(
            [Block(f"{TOP}/PKG-INFO", blocks()[1].data, b"\0", magic=bytes(8))]
        ),
        "an sdist of GNU tar with a long name": plus(long_name, Block("short", EVIL, magic=gnu)),
        "an sdist of PAX with a long name": plus(
            pax(path=f"{TOP}/{'n' * 150}", mtime="1.5"), Block("short", EVIL)
        ),
        "an sdist with a name in two parts": plus(Block("evil", EVIL, prefix=f"{TOP}/{'p' * 100}".encode())),
        "an sdist with a comment for all": plus(
            Block("g", pax_record("comment", "0123abcd"), b"g"), Block(f"{TOP}/x", EVIL)
        ),
        "an sdist whose names begin with ./": lambda: tarred(
            [Block("./", kind=b"5"), Block(f"./{TOP}/", kind=b"5"), Block(f"./{TOP}/x", EVIL)]
        ),
        "an sdist with a size in the extended header": plus(
            pax(size=str(len(EVIL))), Block(f"{TOP}/x", EVIL)
        ),
        "an sdist with a symbolic link to a file": plus(link("setup.py")),
        "an sdist with a symbolic link to a folder": plus(Block(f"{TOP}/sub/x", EVIL), link("sub")),
        "an sdist with a symbolic link that comes first": lambda: tarred(
            [blocks()[0], link("setup.py"), *blocks()[1:]]
        ),
        "an sdist without PKG-INFO": lambda: tarred([Block(f"{TOP}/setup.py", EVIL)]),
        "an sdist whose top folder has another name": lambda: tarred([Block("Widget/setup.py", EVIL)]),
        "an sdist with many zeros at its end": lambda: tarred(blocks(), end=bytes(10_240)),
        "an sdist with a name and a comment in the gzip header": _gzip_header,
        "an sdist with a zip archive far from its end": lambda: gzip.compress(
            gzip.decompress(
                tarred(
                    [
                        *blocks(),
                        Block(f"{TOP}/test.zip", inside),
                        Block(f"{TOP}/more", bytes(range(256)) * 400),
                    ]
                )
            ),
            0,
            mtime=0,
        ),
    }


def _gzip_header() -> bytes:
    data = tarred(blocks())
    return data[:3] + b"\x18" + data[4:10] + b"widget-1.0.tar\0made by hand\0" + data[10:]
