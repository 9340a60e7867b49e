"""The layout of a virtual environment for Python 2.7, which no maintained tool makes any more.

Python 2.7 knows no `pyvenv.cfg`. It takes for its prefix the folder above `lib/python2.7/os.py`, seen
from its own executable, and follows links while looking. So the executable is a real file of the
environment, `os.py` is there to be found, and a small `site.py` leads everything else to the
base interpreter, then runs the base's own `site`.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from driverenv.errors import InterpreterNotFound
from driverenv.model.requirement import Interpreter

_SITE = '''\
"""Lead this environment's Python to its base interpreter; see pyvenv.cfg."""
import sys


def _base():
    with open(sys.prefix + "/pyvenv.cfg") as config:
        for line in config:
            name, _, value = line.partition("=")
            if name.strip() == "base-prefix":
                return value.strip()
    raise SystemExit("pyvenv.cfg does not say where the base interpreter is")


_prefix, _real = sys.prefix, _base()
sys.path[:] = [_real + one[len(_prefix):] if one.startswith(_prefix + "/lib/python") else one for one in sys.path]
sys.real_prefix = sys.base_prefix = sys.base_exec_prefix = _real
_library = "%s/lib/python%d.%d/" % (_real, sys.version_info[0], sys.version_info[1])
__file__ = _library + "site.py"
with open(__file__) as _source:
    exec(compile(_source.read(), __file__, "exec"))
'''


def make_legacy_layout(interpreter: Interpreter, made: Path) -> None:
    """Make the environment `made` for a Python 2.7. Raises `InterpreterNotFound` on Windows."""
    if interpreter.windows:
        raise InterpreterNotFound(
            "environments for Python 2.7 cannot be made on Windows yet",
            facts=(("python", interpreter.executable),),
            remedies=("name a Python 3: --python PATH_OR_VERSION, or `python` in the settings file",),
            data={"executable": interpreter.executable},
        )
    version = ".".join(interpreter.target.python_full_version.split(".")[:2])
    library = made / "lib" / f"python{version}"
    scripts = made / "bin"
    for folder in (library / "site-packages", scripts, made / "include"):
        folder.mkdir(parents=True)
    shutil.copy2(os.path.realpath(interpreter.executable), scripts / "python")
    for name in (f"python{version}", "python2"):
        os.symlink("python", scripts / name)
    base = Path(interpreter.base_prefix)
    os.symlink(base / "lib" / f"python{version}" / "os.py", library / "os.py")
    os.symlink(base / "lib" / f"python{version}" / "lib-dynload", library / "lib-dynload")
    os.symlink(base / "include" / f"python{version}", made / "include" / f"python{version}")
    (library / "site.py").write_text(_SITE, encoding="ascii")
    config = [
        f"home = {os.path.dirname(interpreter.executable)}",
        "implementation = CPython",
        f"version = {interpreter.target.python_full_version}",
        f"base-prefix = {interpreter.base_prefix}",
        f"base-executable = {interpreter.executable}",
        "include-system-site-packages = false",
        "",
    ]
    (made / "pyvenv.cfg").write_text("\n".join(config), encoding="utf-8")
