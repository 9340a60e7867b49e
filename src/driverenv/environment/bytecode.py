"""Byte code, compiled once in the store by the target interpreter, shared by every environment.

The compiler is one process of low priority without input and output, so that it can go on when
the launch that started it is long over: for each wheel it takes a lock that dies with it, compiles
into a folder of its own and renames that into place. Whatever is interrupted is simply not there.

Every file of the store has one fixed modification time, and so have links to it and the copies
that `link` makes of code: the stamps in the byte code hold in every environment (PEP 3147).
"""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from driverenv.model.requirement import Interpreter

PROGRAM = r"""
import os, shutil, sys, uuid
tag, wait, base = sys.argv[1:4]
if hasattr(os, "nice"):
    os.nice(10)
import py_compile


def locked(path):
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        if os.name == "nt":
            import msvcrt
            msvcrt.locking(handle, msvcrt.LK_LOCK if wait == "wait" else msvcrt.LK_NBLCK, 1)
        else:
            import fcntl
            fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait == "wait" else fcntl.LOCK_NB))
    except OSError:
        os.close(handle)
        return None
    return handle


def compile_file(source, target):
    options = {"invalidation_mode": py_compile.PycInvalidationMode.TIMESTAMP} if sys.version_info >= (3, 7) else {}
    try:
        py_compile.compile(source, cfile=target, doraise=True, **options)
        os.chmod(target, 0o444)
    except Exception:
        pass


def compile_wheel(files, staged):
    os.makedirs(staged)
    for folder, folders, names in os.walk(files):
        folders.sort()
        for name in sorted(names):
            if name.endswith(".py"):
                cache = os.path.join(staged, os.path.relpath(folder, files), "__pycache__")
                compile_file(os.path.join(folder, name), os.path.join(cache, "%s.%s.pyc" % (name[:-3], tag)))


def serve(root):
    place = os.path.join(root, "bytecode")
    final = os.path.join(place, tag)
    if os.path.isdir(final) or not os.path.isdir(root):
        return
    os.makedirs(place, exist_ok=True)
    handle = locked(os.path.join(place, "%s.lock" % tag))
    if handle is None:
        return
    try:
        if os.path.isdir(final):
            return
        for name in os.listdir(place):
            if name.startswith(".%s." % tag):
                shutil.rmtree(os.path.join(place, name), ignore_errors=True)
        staged = os.path.join(place, ".%s.%s" % (tag, uuid.uuid4().hex))
        compile_wheel(os.path.join(root, "files"), staged)
        os.rename(staged, final)
    finally:
        os.close(handle)


for wheel in sys.argv[4:]:
    try:
        serve(os.path.join(base, wheel))
    except OSError:
        pass
"""
CACHE = "__pycache__"
"""Where byte code lies beside its source (PEP 3147): "a/b.py" -> "a/__pycache__/b.cpython-312.pyc"."""

_WHEELS_AT_ONCE = 200  # Windows takes command lines of at most 32,767 characters
_TIMEOUT_SECONDS = 600.0


def compile_for(roots: Iterable[str | Path], interpreter: Interpreter, *, wait: bool) -> int:
    """Have the byte code of the wheels at `roots` (folders of the store) compiled, those that lack it.

    With `wait` it is there on return; without, a process does it on its own, and this one may end.
    Python 2.7 keeps byte code beside the source: nothing is shared there. Gives the number of wheels
    that lacked it. What cannot be compiled has no byte code, which is no error.
    """
    missing = list(_missing(roots, interpreter))
    for first in range(0, len(missing), _WHEELS_AT_ONCE):
        _start(missing[first : first + _WHEELS_AT_ONCE], interpreter, wait=wait)
    return len(missing)


def _missing(roots: Iterable[str | Path], interpreter: Interpreter) -> Iterator[Path]:
    if interpreter.cache_tag is None:
        return
    for root in dict.fromkeys(map(Path, roots)):
        if not (root / "bytecode" / interpreter.cache_tag).is_dir():
            yield root


def _start(roots: list[Path], interpreter: Interpreter, *, wait: bool) -> None:
    base = roots[0].parent.parent
    names = [root.relative_to(base).as_posix() for root in roots]
    tag = interpreter.cache_tag or ""
    command = [
        interpreter.executable,
        "-I",
        "-S",
        "-B",
        "-c",
        PROGRAM,
        tag,
        "wait" if wait else "skip",
        str(base),
        *names,
    ]
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=base,
        **_detached(wait=wait),
    )
    if not wait:
        # Somebody must take the exit code, or a zombie stays; a daemon thread does not hold the process up.
        threading.Thread(target=process.wait, name="driverenv-byte-code", daemon=True).start()
        return
    with process:
        try:
            process.wait(_TIMEOUT_SECONDS)
        except BaseException:
            process.kill()
            raise


def _detached(*, wait: bool) -> dict[str, Any]:
    if sys.platform == "win32":
        low = subprocess.BELOW_NORMAL_PRIORITY_CLASS | subprocess.CREATE_NO_WINDOW
        return {"creationflags": low if wait else low | subprocess.CREATE_NEW_PROCESS_GROUP}
    return {} if wait else {"start_new_session": True}
