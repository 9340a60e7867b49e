"""Byte code, compiled once in the store by the target interpreter, shared by every environment.

The compiler is one process of low priority without input and output, so that it can go on when
the launch that started it is long over: for each wheel it takes a lock that dies with it, compiles
into a folder of its own, notes size, digest and stamp of every file (`store.bytecode`, `store.stamps`), and
renames that into place. Whatever is interrupted is simply not there.

Every file of the store has one fixed modification time, and so have links to it and the copies
that `link` makes of code: the stamps in the byte code hold in every environment (PEP 3147).
"""

from __future__ import annotations

import contextlib
import subprocess
import sys
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from driverenv.model.requirement import Interpreter
from driverenv.store.bytecode import FILE_NAME
from driverenv.store.manifest import BYTE_CODE

PROGRAM = r"""
import base64, hashlib, marshal, os, shutil, sys, uuid
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


def compile_file(source, target, shown):
    options = {"invalidation_mode": py_compile.PycInvalidationMode.TIMESTAMP} if sys.version_info >= (3, 7) else {}
    try:
        py_compile.compile(source, cfile=target, dfile=shown, doraise=True, **options)
        os.chmod(target, 0o444)
    except Exception:
        pass


def digests(root):
    with open(os.path.join(root, "manifest"), "rb") as file:
        lines = file.read().decode("utf-8", "surrogatepass").split("\n")
    rows = [line.split("\t") for line in lines[lines.index("files", 3) + 1:]]
    return {"%s/%s" % (row[0], row[1]): row[3] for row in rows}


def encoded(data):
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()


def checked_copy(source, target, wanted):
    # compiled is what was checked: an edit that is put back meanwhile must not live on in byte code
    with open(source, "rb") as file:
        data = file.read()
    if encoded(data) != wanted:
        raise OSError("edited: %s" % source)
    with open(target, "wb") as file:
        file.write(data)
    status = os.stat(source)
    os.utime(target, ns=(status.st_mtime_ns, status.st_mtime_ns))
    return target


def compile_wheel(root, staged):
    os.makedirs(staged)
    files, wanted, rows, stamps = os.path.join(root, "files"), digests(root), [], []
    scratch = os.path.join(staged, "source.py")
    for folder, folders, names in os.walk(files):
        folders.sort()
        below = os.path.relpath(folder, files)
        for name in sorted(names):
            if name.endswith(".py"):
                made = "%s/__pycache__/%s.%s.pyc" % (below.replace(os.sep, "/"), name[:-3], tag)
                path = os.path.join(staged, *made.split("/"))
                source = os.path.join(folder, name)
                copied = checked_copy(source, scratch, wanted.get("%s/%s" % (below.replace(os.sep, "/"), name)))
                compile_file(copied, path, source)
                if os.path.exists(path):
                    rows.append(note(path, made, stamps))
    if os.path.exists(scratch):
        os.unlink(scratch)
    describe(staged, rows, stamps)


def note(path, made, stamps):
    one = os.lstat(path)
    ctime = 0 if os.name == "nt" else one.st_ctime_ns
    stamps += (one.st_size, one.st_mtime_ns, ctime, one.st_ino)
    with open(path, "rb") as file:
        return "%d\t%s\t%s" % (one.st_size, encoded(file.read()), made)


def key(data):
    return hashlib.blake2b(b"%d:" % len(data) + data, digest_size=20).hexdigest().encode()


def describe(staged, rows, stamps):
    body, shared, other = "\n".join(rows).encode("utf-8", "surrogateescape"), marshal.dumps(stamps, 2), marshal.dumps([], 2)
    with open(os.path.join(staged, "manifest"), "wb") as file:
        file.write(b"driverenv-bytecode 1\n" + key(body) + b"\n" + body)
    os.chmod(file.name, 0o444)
    with open(os.path.join(staged, "stamps"), "wb") as file:
        file.write(b"driverenv-stamps 1\n" + b"%s\n%s\n%d\n" % (key(shared), key(other), len(shared)) + shared + other)


def is_there(final):
    return os.path.isfile(os.path.join(final, "manifest"))


def serve(root):
    place = os.path.join(root, "bytecode")
    final = os.path.join(place, tag)
    if is_there(final) or not os.path.isdir(root):
        return
    os.makedirs(place, exist_ok=True)
    handle = locked(os.path.join(place, "%s.lock" % tag))
    if handle is None:
        return
    try:
        if is_there(final):
            return
        for name in os.listdir(place):
            if name == tag or name.startswith(".%s." % tag):
                shutil.rmtree(os.path.join(place, name), ignore_errors=True)
        staged = os.path.join(place, ".%s.%s" % (tag, uuid.uuid4().hex))
        compile_wheel(root, staged)
        os.rename(staged, final)
    finally:
        os.close(handle)


for wheel in sys.argv[4:]:
    try:
        serve(os.path.join(base, wheel))
    except (OSError, ValueError):
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
    that lacked it; one that is not there lacks nothing. What cannot be compiled has no byte code, which is no error.
    """
    missing = list(_missing(roots, interpreter))
    for first in range(0, len(missing), _WHEELS_AT_ONCE):
        _start(missing[first : first + _WHEELS_AT_ONCE], interpreter, wait=wait)
    return len(missing)


def _missing(roots: Iterable[str | Path], interpreter: Interpreter) -> Iterator[Path]:
    if interpreter.cache_tag is None:
        return
    for root in dict.fromkeys(map(Path, roots)):
        if not (root / BYTE_CODE / interpreter.cache_tag / FILE_NAME).is_file() and root.is_dir():
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
    if not wait:
        on_its_own(command, cwd=base)
        return
    with _started(command, base, wait=True) as process:
        try:
            process.wait(_TIMEOUT_SECONDS)
        except BaseException:
            process.kill()
            raise


def on_its_own(command: list[str], *, cwd: Path, data: bytes = b"") -> None:
    """Start a process of low priority, without output, that goes on when this one has ended; `data` is its input."""
    process = _started(command, cwd, wait=False, reads=bool(data))
    if process.stdin is not None:
        with contextlib.suppress(OSError), process.stdin as told:  # it may end before it reads
            told.write(data)
    # Somebody must take the exit code, or a zombie stays; a daemon thread does not hold the process up.
    threading.Thread(target=process.wait, name="driverenv-afterwards", daemon=True).start()


def _started(command: list[str], cwd: Path, *, wait: bool, reads: bool = False) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        command,
        stdin=subprocess.PIPE if reads else subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=cwd,
        **_detached(wait=wait),
    )


def _detached(*, wait: bool) -> dict[str, Any]:
    if sys.platform == "win32":
        low = subprocess.BELOW_NORMAL_PRIORITY_CLASS | subprocess.CREATE_NO_WINDOW
        return {"creationflags": low if wait else low | subprocess.CREATE_NEW_PROCESS_GROUP}
    return {} if wait else {"start_new_session": True}
