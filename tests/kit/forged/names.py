"""Wheels with members whose names lead elsewhere, or whose places are somebody else's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from .case import DATA, EVIL, INFO, Hostile, added, data_file, file, raws, table, wheel
from .raw import UTF8, Raw, extra_field, zipped

PATHS, PLACES, PLANTING = "paths", ".data", "planting"
_LEADING = (
    "../evil.py",
    "../../evil.py",
    "../../../../../../../../etc/cron.d/evil",
    "widget/../../evil.py",
    "widget/../evil.py",
    "/etc/evil.py",
    "//server/share/evil.py",
    "widget//evil.py",
    "./evil.py",
    "widget/./evil.py",
    "..",
    "widget/..",
    ".",
)
_ODD = (
    "C:/evil.py",
    "c:evil.py",
    "..\\evil.py",
    "widget\\evil.py",
    "\\\\server\\share\\evil.py",
    "widget/evil.py:stream",
    "widget/a<b.py",
    "widget/a>b.py",
    'widget/a"b.py',
    "widget/a|b.py",
    "widget/a?b.py",
    "widget/a*b.py",
    "widget/a\tb.py",
    "widget/a\nb.py",
    "widget/evil.py\0.txt",
    "widget/\x1b[2Jevil.py",
    "widget/a\x7fb.py",
    "widget/\u202eyp.live",
    "widget/a\u200bb.py",
    "widget/a\u200db.py",
    "widget/a\u2028b.py",
    "widget/a\ufeffb.py",
    "widget/a\ue000b.py",
    "widget/a\x85b.py",
    "widget/nul.py",
    "CON",
    "widget/aux",
    "widget/com1.txt",
    "widget/LPT9",
    "widget/COM\u00b9",
    "conin$",
    "widget/prn.py.txt",
    "widget/con .py",
    "widget/evil.",
    "widget/evil ",
    "widget./evil.py",
    "widget /evil.py",
    "SITE-P~1/evil.py",
    "widget/__INIT~1.PY",
)
_TWINS = {
    "two members that differ in case only": ("widget/Evil.py", "widget/evil.py"),
    "two members that differ in Unicode form": ("widget/\u00e9.py", "widget/e\u0301.py"),
    "two members whose case folding meets": ("widget/stra\u00dfe.py", "widget/STRASSE.py"),
    "two members, one with a long s": ("widget/\u017fet.py", "widget/set.py"),
    "two members, one with a ligature": ("widget/\ufb01x.py", "widget/fix.py"),
    "two members, one with a Kelvin sign": ("widget/\u212aey.py", "widget/key.py"),
    "a file that is also a folder": ("widget/evil", "widget/evil/x.py"),
    "a file that is also a folder, in another case": ("widget/EVIL", "widget/evil/x.py"),
    "two folders that differ in case only": ("widget/Sub/a.py", "widget/sub/b.py"),
}
_DATA_TARGETS = (
    "bin/python",
    "bin/python3",
    "bin/evil",
    "bin/activate",
    "BIN/evil",
    "Scripts/evil.exe",
    "scripts/activate.bat",
    "pyvenv.cfg",
    "PYVENV.CFG",
    "pyvenv.cfg/x",
    "lib/python3.11/site-packages/evil.pth",
    "lib/python3.11/site-packages/other/__init__.py",
    "lib/python3.11/os.py",
    "Lib/site-packages/evil.py",
    "lib/pypy3.10/evil.py",
    "lib/evil.py",
    "lib/sitecustomize.py",
    "lib",
    "lib64/python3.11/evil.py",
    "lib64/libevil.so",
    "include/python3.11/Python.h",
    "include/evil.h",
)
_SCRIPTS = (
    "python",
    "python3",
    "python3.11",
    "python3.13t",
    "Python",
    "python.exe",
    "python.bat",
    "python.com",
    "pythonw.exe",
    "pypy3",
    "activate",
    "activate.ps1",
    "Activate.ps1",
    "activate.fish",
    "deactivate.bat",
    "activate_this.py",
)
_PLANTED = {
    "a second dist-info folder": "pip-99.0.dist-info/METADATA",
    "a dist-info folder of the same project and another version": "widget-0.9.dist-info/METADATA",
    "a dist-info folder in capitals": "pip-99.0.DIST-INFO/METADATA",
    "a file called like a dist-info folder": "pip-99.0.dist-info",
    "another distribution's dist-info in purelib": f"{DATA}/purelib/pip-99.0.dist-info/METADATA",
    "another distribution's dist-info in platlib": f"{DATA}/platlib/pip-99.0.dist-info/RECORD",
    "the own RECORD once more in purelib": f"{DATA}/purelib/{INFO}/RECORD",
    "the own entry points in purelib": f"{DATA}/purelib/{INFO}/entry_points.txt",
    "a dist-info folder in purelib in other letters": f"{DATA}/purelib/pip-99.0.Dist-Info/METADATA",
    "an egg-info folder of another project": "pip.egg-info/PKG-INFO",
    "an egg-info file of another project": "pip-99.0-py3.11.egg-info",
    "an egg-link": "pip.egg-link",
    "an egg": "pip-99.0-py3.11.egg/EGG-INFO/PKG-INFO",
    "an egg-info folder in platlib": f"{DATA}/platlib/pip.egg-info/PKG-INFO",
}


def hostile() -> list[Hostile]:
    """All of them."""
    return [*_paths(), *_places(), *_planting()]


def _paths() -> list[Hostile]:
    found = table(PATHS, "name-path", {f"a member called {name}": file(name) for name in _LEADING})
    found += table(PATHS, "name-portable", {f"a member called {name}": file(name) for name in _ODD})
    found += table(
        PATHS,
        "name-length",
        {
            "a part of a name with 241 bytes": file(f"widget/{'x' * 241}"),
            "a part of a name with 242 bytes in 121 letters": file("widget/" + "\u00e4" * 121),
            "a name with 1,001 bytes": file("/".join(["d" * 200] * 4 + ["e" * 197])),
            "a name with 20,000 bytes": file("/".join(["d" * 200] * 100)),
            "a name of 61 parts": file("/".join("d" * 61)),
        },
    )
    found += table(
        PATHS,
        "name-encoding",
        {
            "a name in Latin-1": added(Raw(b"widget/\xe4.py", EVIL)),
            "a name in UTF-8 that is not marked so": added(Raw("widget/\u00e4.py", EVIL, flags=0)),
            "a name marked as UTF-8 that is none": added(Raw(b"widget/\xff\xfe.py", EVIL, flags=UTF8)),
            "an overlong slash": added(Raw(b"widget/..\xc0\xafevil.py", EVIL, flags=UTF8)),
            "half a surrogate pair": added(Raw(b"widget/\xed\xa0\x80.py", EVIL, flags=UTF8)),
        },
    )
    twins = {title: wheel(files={one: EVIL, other: EVIL}) for title, (one, other) in _TWINS.items()}
    twice = [Raw("widget/evil.py", b"# harmless\n"), Raw("widget/evil.py", EVIL)]
    twins |= {
        "a member that is there twice": lambda: zipped([*raws(files={"widget/evil.py": EVIL}), twice[0]]),
        "a folder that is there twice": added(Raw("widget/sub/", mode=0o40755), Raw("widget/sub/x.py", EVIL)),
        "a folder and a file of one name": added(Raw("widget/evil/", mode=0o40755), Raw("widget/evil", EVIL)),
    }
    twins["a folder that is there twice"] = lambda: zipped(
        [*raws(), Raw("widget/sub/", mode=0o40755), Raw("widget/sub/", mode=0o40755)]
    )
    return [*found, *table(PATHS, "name-unique", twins)]


def _places() -> list[Hostile]:
    schemes = ("home/evil.py", "Scripts/evil", "stdlib/os.py", "PURELIB/evil.py", "evil.py", "scripts")
    found = table(
        PLACES,
        "data-scheme",
        {
            f"a member of .data in a scheme called {path.partition('/')[0]}": data_file(path)
            for path in schemes
        }
        | {
            "a script in a folder": data_file("scripts/bin/evil"),
            "the .data folder of another project": file("pip-99.0.data/scripts/evil"),
            "the .data folder of another version": file("widget-1.1.data/scripts/evil"),
            "the .data folder in other letters": file("Widget-1.0.data/scripts/evil"),
            "a .data folder in capitals": file("widget-1.0.DATA/scripts/evil"),
            "an empty folder in .data that is no scheme": added(Raw(f"{DATA}/home/", mode=0o40755)),
        },
    )
    found += table(
        PLACES, "data-target", {f"a data file at {path}": data_file(f"data/{path}") for path in _DATA_TARGETS}
    )
    found += table(
        PLACES, "entry-points", {f"a script called {name}": data_file(f"scripts/{name}") for name in _SCRIPTS}
    )
    found += table(
        PLACES,
        "entry-points",
        {"2,001 scripts": wheel(data_files={f"scripts/s{n}": "x" for n in range(2001)})},
    )
    own = "widget/__init__.py"
    meeting: dict[str, Callable[[], bytes]] = {
        "a module that is also in purelib": data_file(f"purelib/{own}"),
        "a module that is also in platlib, in other letters": data_file(f"platlib/{own.upper()}"),
        "one module in purelib and platlib": wheel(
            data_files={"purelib/evil.py": EVIL, "platlib/evil.py": b"# harmless\n"}
        ),
        "a script and the same with .exe": wheel(data_files={"scripts/run": EVIL, "scripts/run.exe": EVIL}),
        "a folder of modules that is a file in purelib": data_file("purelib/widget"),
    }
    return [*found, *table(PLACES, "data-target", meeting)]


def _planting() -> list[Hostile]:
    archives = {title: file(name) for title, name in _PLANTED.items()}
    archives |= {
        "an empty dist-info folder of another project": added(Raw("pip-99.0.dist-info/", mode=0o40755)),
        "no dist-info folder": lambda: zipped([one for one in raws() if INFO not in str(one.name)]),
        "the dist-info folder of another project": wheel(spelling="gadget"),
        "a dist-info folder whose name has a Kelvin sign": wheel(spelling="wid\u212aet"),
        "a dist-info folder without a version": lambda: zipped(
            [replace(one, name=str(one.name).replace(INFO, "widget.dist-info")) for one in raws()]
        ),
        "the dist-info folder of another version": lambda: zipped(
            [replace(one, name=str(one.name).replace(INFO, "widget-1.0.1.dist-info")) for one in raws()]
        ),
    }
    archives["entry points spelled otherwise"] = wheel(dist_info={"Entry_Points.txt": "[a]\nb = c:d\n"})
    second = extra_field(0x7075, b"\x01" + bytes(4) + b"evil.pth")
    found = table(PLANTING, "dist-info", archives)
    found += table(
        PLANTING,
        "zip-header",
        {"a module with a second name that is a .pth": added(Raw("widget/x.txt", EVIL, extra=second))},
    )
    return found
