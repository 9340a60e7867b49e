"""Wheels that claim what is not so: metadata, RECORD, entry points, file names."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from tests.kit.wheels import RecordRow, record_text

from .case import EVIL, INFO, INIT, Hostile, info_file, raws, rows, script, table, wheel
from .raw import zipped

METADATA, RECORD, ENTRY_POINTS, FILE_NAMES = "metadata", "RECORD", "entry points", "file names"
_HEAD = "Metadata-Version: 2.1\nName: widget\nVersion: 1.0\n"
_TYPES = "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"


def hostile() -> list[Hostile]:
    """All of them."""
    return [*_metadata(), *_wheel_file(), *_requires(), *_record(), *_entry_points(), *_file_names()]


def told(text: str | bytes) -> Callable[[], bytes]:
    """A plain wheel with this METADATA."""
    return info_file("METADATA", text)


def requiring(*lines: str) -> Callable[[], bytes]:
    """A plain wheel with further lines of METADATA."""
    return told(_HEAD + "".join(f"{line}\n" for line in lines))


def _metadata() -> list[Hostile]:
    hidden = "Requires-Dist: evil\n"
    return table(
        METADATA,
        "metadata",
        {
            "no METADATA": told_nothing("METADATA"),
            "an empty METADATA": told(""),
            "METADATA of another project": told(_HEAD.replace("widget", "gadget")),
            "METADATA of another version": told(_HEAD.replace("1.0", "1.1")),
            "METADATA with two names": told("Name: gadget\n" + _HEAD),
            "METADATA with two versions": told(_HEAD + "Version: 2.0\n"),
            "METADATA without a name": told(_HEAD.replace("Name: widget\n", "")),
            "METADATA without a version": told(_HEAD.replace("Version: 1.0\n", "")),
            "METADATA with a version that is none": told(_HEAD.replace("1.0", "latest")),
            "METADATA with a version of 5,000 digits": told(_HEAD.replace("1.0", "1" * 5000)),
            "METADATA with a name in which a letter only looks right": told(
                _HEAD.replace("widget", "w\u0456dget")
            ),
            "METADATA with a byte order mark": told(b"\xef\xbb\xbf" + _HEAD.encode()),
            "METADATA with a line that ends its headers for some": told(_HEAD + "no header\n" + hidden),
            "METADATA with a blank before a colon": told(_HEAD + "Requires-Dist : evil\n"),
            "METADATA with a field behind a carriage return": told(_HEAD + "Summary: x\r" + hidden),
            "METADATA with a NUL": told(_HEAD + "Summary: x\0y\n"),
            "METADATA that begins with a folded line": told(" Name: gadget\n" + _HEAD),
            "METADATA whose headers come after an empty line": told("\n" + _HEAD),
            "a METADATA that is a RECORD": told("widget/__init__.py,sha256=AAAA,1\n"),
        },
    )


def told_nothing(name: str) -> Callable[[], bytes]:
    """A plain wheel without this file of dist-info."""
    return info_file(name, None)


def _wheel_file() -> list[Hostile]:
    def types(text: str) -> Callable[[], bytes]:
        return info_file("WHEEL", text)

    return table(
        METADATA,
        "wheel-file",
        {
            "no WHEEL": told_nothing("WHEEL"),
            "an empty WHEEL": types(""),
            "a WHEEL of version 2.0": types(_TYPES.replace("1.0", "2.0")),
            "a WHEEL of versions 1.0 and 2.0": types(_TYPES + "Wheel-Version: 2.0\n"),
            "a WHEEL of version 1": types(_TYPES.replace("1.0", "1")),
            "a WHEEL whose version has other digits": types(_TYPES.replace("1.0", "1.\u0661")),
            "a WHEEL without Root-Is-Purelib": types("Wheel-Version: 1.0\n"),
            "a WHEEL that is pure and is not": types(_TYPES + "Root-Is-Purelib: false\n"),
            "a WHEEL that is neither pure nor not": types(_TYPES.replace("true", "yes")),
        },
    )


def _requires() -> list[Hostile]:
    return table(
        METADATA,
        "requires",
        {
            "a requirement that is a URL": requiring(
                "Requires-Dist: evil @ https://evil.example/evil-1.0.zip"
            ),
            "a requirement that is a URL with version control": requiring(
                "Requires-Dist: evil @ git+https://evil.example/evil"
            ),
            "a requirement that is a file": requiring("Requires-Dist: evil @ file:///tmp/evil-1.0.zip"),
            "a requirement of an extra that is a URL": requiring(
                "Provides-Extra: dev", "Requires-Dist: evil @ https://evil.example/e.zip ; extra == 'dev'"
            ),
            "a requirement that is none": requiring("Requires-Dist: not a requirement"),
            "a requirement with versions that are none": requiring("Requires-Dist: pytz (>dev)"),
            "a requirement with an unknown marker": requiring("Requires-Dist: six ; phase_of_moon == 'full'"),
            "a requirement with 5,000 digits": requiring(f"Requires-Dist: six>={'9' * 5000}"),
            "a requirement of 20,000 characters": requiring(f"Requires-Dist: six{' ' * 20_000}>=1"),
            "a requirement with 3,000 brackets": requiring(
                f"Requires-Dist: six ; {'(' * 3000}os_name == 'nt'{')' * 3000}"
            ),
            "a requirement that is not UTF-8": told(_HEAD.encode() + b"Requires-Dist: s\xffx\n"),
            "5,001 requirements": requiring(*(f"Requires-Dist: p{number}" for number in range(5001))),
            "a Requires-Python that is none": requiring("Requires-Python: three"),
            "a Requires-Python of 5,000 digits": requiring(f"Requires-Python: >={'9' * 5000}"),
            "two Requires-Python": requiring("Requires-Python: >=3", "Requires-Python: <3"),
        },
    )


def _row(name: str, digest: str | None = None, size: str | None = None) -> Callable[[], bytes]:
    def change(found: list[RecordRow]) -> list[RecordRow]:
        return [
            (path, old if digest is None else digest, held if size is None else size)
            if path == name
            else (path, old, held)
            for path, old, held in found
        ]

    return rows(change)


def _rewritten(change: Callable[[bytes], bytes]) -> Callable[[], bytes]:
    """A plain wheel with other bytes in RECORD."""
    name = f"{INFO}/RECORD"
    return lambda: zipped(
        [replace(one, data=change(one.data)) if one.name == name else one for one in raws()]
    )


def _record() -> list[Hostile]:
    own = f"{INFO}/RECORD"

    def more(*row: str) -> Callable[[], bytes]:
        return rows(lambda found: [*found, row])

    def renamed(new: str) -> Callable[[], bytes]:
        def change(found: list[RecordRow]) -> Sequence[Sequence[str]]:
            return [(new if path == INIT else path, *rest) for path, *rest in found]

        return rows(change)

    archives: dict[str, Callable[[], bytes]] = {
        "no RECORD": told_nothing("RECORD"),
        "an empty RECORD": info_file("RECORD", ""),
        "a member that RECORD does not list": rows(lambda found: [one for one in found if one[0] != INIT]),
        "a member in RECORD that is not there": more("widget/ghost.py", "sha256=AAAA", "1"),
        "a member that is there twice in RECORD": rows(lambda found: [*found, found[0]]),
        "a member that is there twice in RECORD, differently": more(INIT, "sha256=AAAA", "1"),
        "a member with another sha256 in RECORD": _row(INIT, "sha256=" + "A" * 43),
        "a member with half a sha256 in RECORD": _row(INIT, "sha256=AAAA"),
        "a member with an md5 in RECORD": _row(INIT, "md5=1B2M2Y8AsgTpgAmY7PhCfg"),
        "a member with a sha1 in RECORD": _row(INIT, "sha1=2jmj7l5rSw0yVb_vlWAYkK_YBwk"),
        "a member without a hash in RECORD": _row(INIT, "", ""),
        "a member with another size in RECORD": _row(INIT, None, "7"),
        "a member without a size in RECORD": _row(INIT, None, ""),
        "a RECORD with a hash of itself": _row(own, "sha256=" + "A" * 43, "9"),
        "a RECORD that does not list itself": rows(lambda found: [one for one in found if one[0] != own]),
        "a RECORD with two columns": info_file("RECORD", f"{INIT},sha256=AAAA\n"),
        "a RECORD with four columns": _rewritten(lambda data: data.replace(b"\n", b",x\n", 1)),
        "a RECORD with a quote that never ends": _rewritten(lambda data: b'"' + data),
        "a RECORD that is not UTF-8": _rewritten(lambda data: data + b"\xff,,\n"),
        "a RECORD with a NUL": _rewritten(lambda data: data + b"\0,,\n"),
        "a RECORD with a byte order mark": _rewritten(lambda data: b"\xef\xbb\xbf" + data),
        "a RECORD with a form feed between two rows": _rewritten(
            lambda data: data.replace(b"\n", b"\x0c", 1)
        ),
        "a RECORD with a name spelled ./widget": renamed(f"./{INIT}"),
        "a RECORD with backslashes": renamed(INIT.replace("/", "\\")),
        "a RECORD with a name in capitals": renamed(INIT.upper()),
        "a RECORD called record": lambda: zipped(
            [replace(one, name=f"{INFO}/record") if one.name == own else one for one in raws()]
        ),
        "a RECORD of 200,000 rows": info_file("RECORD", record_text([("x", "", "")]) * 200_000),
    }
    return table(RECORD, "record", archives)


def _entry_points() -> list[Hostile]:
    names: tuple[str, ...] = (
        "python",
        "python3",
        "python3.11",
        "Python",
        "python.exe",
        "pythonw",
        "pypy3",
        "python.com",
    )
    names += ("activate", "activate.bat", "Activate.ps1", "deactivate", "activate_this.py", "pyvenv.cfg")
    bad = (
        "../evil",
        "bin/evil",
        "a b",
        "",
        "-rf",
        ".hidden",
        "evil.",
        "nul",
        "con.txt",
        "e\u0301vil",
        "x" * 300,
    )
    targets: tuple[str, ...] = (
        "widget",
        "widget:",
        ":main",
        "widget:main()",
        "widget:main; import os",
        "wid get:main",
    )
    targets += ("widget:main, os:remove", "widget.1:main", "../evil:main", "widget:main[0](1)")
    archives = {f"an entry point called {name}": script(name) for name in (*names, *bad)}
    archives |= {f"an entry point that leads to {target}": script("run", target) for target in targets}
    archives |= {
        "an entry point of a window called pythonw": script("pythonw", group="gui_scripts"),
        "two entry points of one name": info_file(
            "entry_points.txt", "[console_scripts]\nrun = widget:main\nrun = os:abort\n"
        ),
        "a line that is no entry point": info_file("entry_points.txt", "[console_scripts]\nrun\n"),
        "entry points with a byte order mark": info_file(
            "entry_points.txt", b"\xef\xbb\xbf[console_scripts]\nrun = widget:main\n"
        ),
        "entry points that are not UTF-8": info_file("entry_points.txt", b"[console_scripts]\nr\xff = a:b\n"),
        "an entry point that leads to 2,000 names": script("run", "widget:" + "main." * 2000 + "x"),
        "2,001 entry points": info_file(
            "entry_points.txt", "[console_scripts]\n" + "".join(f"s{n} = a:b\n" for n in range(2001))
        ),
    }
    places = {
        "an entry point that is also a script": wheel(
            entry_points={"console_scripts": {"run": "widget:main"}}, data_files={"scripts/run": EVIL}
        ),
        "an entry point that is also a script with .exe": wheel(
            entry_points={"console_scripts": {"run": "widget:main"}}, data_files={"scripts/Run.exe": EVIL}
        ),
        "two entry points that differ in case only": info_file(
            "entry_points.txt", "[console_scripts]\nrun = widget:main\nRun = os:abort\n"
        ),
        "an entry point and the same with .exe": info_file(
            "entry_points.txt", "[console_scripts]\nrun = widget:main\nrun.exe = os:abort\n"
        ),
        "an entry point of a console and another of a window": info_file(
            "entry_points.txt", "[console_scripts]\nrun = widget:main\n[gui_scripts]\nrun = os:abort\n"
        ),
    }
    return [*table(ENTRY_POINTS, "entry-points", archives), *table(ENTRY_POINTS, "data-target", places)]


def _file_names() -> list[Hostile]:
    names = {
        "a wheel whose name has no tags": "widget-1.0.whl",
        "a wheel whose version is none": "widget-latest-py3-none-any.whl",
        "a wheel whose name has a build that is no number": "widget-1.0-final-py3-none-any.whl",
        "a wheel without a name": "-1.0-py3-none-any.whl",
        "a wheel whose version has 5,000 digits": f"widget-{'1' * 5000}-py3-none-any.whl",
        "a wheel called .exe": "widget-1.0.exe",
    }
    return [Hostile(FILE_NAMES, title, "file-name", wheel(), name) for title, name in names.items()]
