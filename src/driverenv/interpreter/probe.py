"""The question that a Python is asked, as a program for 2.7 and 3.6 onwards, and the reading of its answer.

It must not be led astray: no code from the current folder, no user site, no `PYTHON*` variables; the
answer is framed, since `sitecustomize` and start-up hooks of real sites print whatever they like.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

from driverenv.errors import InterpreterNotFound, foreign

TIMEOUT_SECONDS = 30.0
OPENING = "<<<driverenv-facts "
CLOSING = " driverenv-facts>>>"
OPTIONS = ("-E", "-s", "-B")

PROGRAM = r"""
import sys
sys.path[:] = [folder for folder in sys.path if folder not in ("", ".")]
import json, os, platform, struct, subprocess, sysconfig


def text(value):
    if isinstance(value, bytes) and not isinstance(value, str):
        return value.decode("utf-8", "replace")
    if isinstance(value, bytes):
        return value.decode(sys.getfilesystemencoding() or "utf-8", "replace")
    return value


def var(name):
    try:
        return text(sysconfig.get_config_var(name))
    except Exception:
        return None


def implementation_version():
    info = sys.implementation.version
    version = "%d.%d.%d" % info[:3]
    return version if info[3] == "final" else version + info[3][0] + str(info[4])


def scheme():
    if "venv" in sysconfig.get_scheme_names():
        return "venv"
    return "nt" if os.name == "nt" else "posix_prefix"


def inside(name):
    root = os.sep + "prefix"
    bases = dict.fromkeys(("base", "platbase", "installed_base", "installed_platbase"), root)
    return sysconfig.get_path(name, scheme(), bases)[len(root) + 1:]


def glibc():
    try:
        name, version = os.confstr("CS_GNU_LIBC_VERSION").rsplit(None, 1)
        return version if name == "glibc" else None
    except Exception:
        pass
    try:
        import ctypes
        asked = ctypes.CDLL(None).gnu_get_libc_version
        asked.restype = ctypes.c_char_p
        return asked().decode("ascii")
    except Exception:
        return None


def musl():
    try:
        with open("/proc/self/maps") as maps:
            loaders = [line.split()[-1] for line in maps if "ld-musl-" in line]
        told = subprocess.Popen([loaders[0]], stderr=subprocess.PIPE).communicate()[1].decode("ascii", "replace")
        return told.split("Version ", 1)[1].split()[0]
    except Exception:
        return None


def mac():
    version, _, machine = platform.mac_ver()
    if version.startswith("10.16"):
        code = "import platform; print(platform.mac_ver()[0])"
        asked = subprocess.Popen([sys.executable, "-sS", "-c", code],
                                 env={"SYSTEM_VERSION_COMPAT": "0"}, stdout=subprocess.PIPE)
        version = asked.communicate()[0].decode("ascii").strip()
    return [version, machine]


modern = hasattr(sys, "implementation")
facts = {
    "executable": text(sys.executable),
    "base_executable": text(getattr(sys, "_base_executable", None)),
    "prefix": text(sys.prefix),
    "base_prefix": text(getattr(sys, "real_prefix", None) or getattr(sys, "base_prefix", sys.prefix)),
    "version": list(sys.version_info[:3]),
    "cache_tag": sys.implementation.cache_tag if modern else None,
    "implementation": sys.implementation.name if modern else platform.python_implementation().lower(),
    "markers": {
        "implementation_name": sys.implementation.name if modern else "",
        "implementation_version": implementation_version() if modern else "0",
        "os_name": os.name,
        "platform_machine": platform.machine(),
        "platform_release": platform.release(),
        "platform_system": platform.system(),
        "platform_version": platform.version(),
        "python_full_version": platform.python_version(),
        "platform_python_implementation": platform.python_implementation(),
        "python_version": ".".join(platform.python_version_tuple()[:2]),
        "sys_platform": sys.platform,
    },
    "site_packages": text(inside("purelib")),
    "scripts": text(inside("scripts")),
    "platform": sysconfig.get_platform(),
    "bits": struct.calcsize("P") * 8,
    "version_nodot": var("py_version_nodot"),
    "ext_suffix": var("EXT_SUFFIX"),
    "debug": var("Py_DEBUG"),
    "counts_references": hasattr(sys, "gettotalrefcount"),
    "gil_disabled": var("Py_GIL_DISABLED"),
    "pymalloc": var("WITH_PYMALLOC"),
    "wide_unicode": var("Py_UNICODE_SIZE") == 4 or (not var("Py_UNICODE_SIZE") and sys.maxunicode > 65535),
    "host_type": var("HOST_GNU_TYPE") or var("MULTIARCH"),
    "glibc": glibc() if sys.platform.startswith("linux") else None,
    "musl": musl() if sys.platform.startswith("linux") and not glibc() else None,
    "mac": mac() if sys.platform == "darwin" else None,
}
sys.stdout.write("\n@OPENING@" + json.dumps(facts) + "@CLOSING@\n")
sys.stdout.flush()
""".replace("@OPENING@", OPENING).replace("@CLOSING@", CLOSING)

Facts = dict[str, Any]


def ask(executable: Path) -> Facts:
    """Run `executable` once and return what it says about itself.

    Raises `InterpreterNotFound`: it does not start, does not end within 30 s, or does not answer.
    """
    command = [str(executable), *OPTIONS, "-c", PROGRAM]
    try:
        with subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        ) as process:
            try:
                out, err = process.communicate(timeout=TIMEOUT_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                raise _silent(executable, f"no end within {TIMEOUT_SECONDS:.0f} s", b"", b"") from None
    except OSError as error:
        raise _silent(executable, f"could not be started: {error.strerror or error}", b"", b"") from error
    facts = read(out.decode("utf-8", "replace"))
    if facts is None:
        raise _silent(executable, f"exit code {process.returncode}, no answer", out, err)
    return facts


def read(output: str) -> Facts | None:
    """The framed answer in `output`, or None where there is none."""
    _, opened, rest = output.rpartition(OPENING)
    answer, closed, _ = rest.partition(CLOSING)
    if not (opened and closed):
        return None
    try:
        facts = json.loads(answer)
    except ValueError:
        return None
    return facts if isinstance(facts, dict) and "markers" in facts else None


def _silent(executable: Path, came: str, out: bytes, err: bytes) -> InterpreterNotFound:
    said = "\n".join(
        foreign(line) for line in (err or out).decode("utf-8", "replace").strip().splitlines()[-6:]
    )
    return InterpreterNotFound(
        f"{executable} could not be asked which Python it is",
        facts=(
            ("ran", f"{executable} {' '.join(OPTIONS)} -c <a small question>"),
            ("came back", came),
            *((("it said", said),) if said else ()),
        ),
        remedies=(
            f'run it by hand: {executable} {" ".join(OPTIONS)} -c "import sysconfig; print(sysconfig.get_platform())"',
            "or name another interpreter: --python PATH_OR_VERSION, DRIVERENV_PYTHON or `python` in the settings file",
        ),
        data={"executable": str(executable), "came_back": came},
    )
