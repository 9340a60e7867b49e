"""The warm lane: from a key to a finished environment, with almost no import.

This module imports `sys` facts it already has, `os` and one hash; nothing else.
A launch whose environment is ready passes through here only.

The record of an answered request is a small text file, ``<home>/asks/<key>``::

    driverenv-ask 1
    checked 1763766000.0        seconds since the epoch, when the indexes were last asked
    until 1763794800.0          the same clock: up to here nobody looks again
    run 5021.7 <boot>           the same moment by a clock that is never set, and the run of the machine it counts in
    field prefix /…             whatever `prepare` needs to hand the environment back
    input <blake2b> <path>      a file the answer depends on; "-" where it must not exist
    stamp <size> <mtime_ns> <path>   a file that must be as it was when the environment was made
    shipped <prefix>            every file that this environment was made with must be what it was
    synced <path>               in another run of the machine this file must be there: the disk has it all
    end                         a record that was cut by a power failure lacks it

What an environment was made with stands beside its prefix, ``shipped``; names on a line are separated by tabs::

    driverenv-shipped 1
    own <blake2b>               the stamps of the files on the lines that follow, up to the next such line
    e <folder> <name> ...       files below the prefix
    o <folder> <name> ...       the same, but whoever likes may edit them: they must be there
    wheel <path>                the same, but what the stamps must be stands below home, in the store: whoever
    s <folder> <name> ...       links one more environment to a file changes its ctime, and writes that down there
    hooks <folder> <name> ...   all that Python would run on its own at its start, and nothing else
    end

The stamp of a file is its size, its modification time, its inode and its ctime, which no program can set.
"""

import os
import sys
from marshal import dumps

try:
    from _blake2 import blake2b  # hashlib's own, without loading OpenSSL: 0.2 ms instead of 2.6 ms
except ImportError:  # another implementation of Python
    from hashlib import blake2b

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

HEADER = "driverenv-ask 1"
SHIPPED = "shipped"
"""The name of the record of what an environment was made with, beside its prefix."""
SHIPPED_HEADER = "driverenv-shipped 1"
STAMPS_HEADER = b"driverenv-stamps 1\n"
_ABSENT = "-"
_END = "end"
_DIGEST = 40
_SINCE = "since "
_TOLERANCE_SECONDS = 15
"""Where the system has no name for a run, its beginning stands for it; clocks are corrected by a little."""
_HAS_CTIME = sys.platform != "win32"  # there it is the time of a file's making
_BELOW = os.stat in os.supports_dir_fd
_POSIX = os.name == "posix"
_KIND, _LINK = 0o170000, 0o120000
_OTHERS_WRITE, _OTHERS_ENTER, _STICKY = 0o002, 0o001, 0o1000
_TRUSTED = ("asks", "environments", "lane", "wheels")
"""What a launch that finds all ready relies on, right below the home folder."""
_NOBODY = 65534  # whom a container shows where an account is not known in it: the machine's root, above all
_FOLDER = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0)
_READING = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0)
_CHUNK = 1 << 18


def key(parts: "tuple[bytes, ...]") -> str:
    """Hash `parts`, each framed by its length, so that no two different tuples meet.

    Returns 40 hexadecimal digits (BLAKE2b, RFC 7693, 20 bytes).
    """
    digest = blake2b(digest_size=20)
    for part in parts:
        digest.update(b"%d:" % len(part))
        digest.update(part)
    return digest.hexdigest()


def unsafe(home: str, within: "tuple[str, ...]" = _TRUSTED) -> "tuple[str, str]":
    """Who else could change what is below `home`, or put another folder in its place: a path, and why; "" if nobody.

    Every folder from the root down to it must belong to this account or to the system's, and nobody else may
    write there, but where only the owner of a file may take it away. The same goes for links on the way, and for
    what lies right in it, of which the names `within` are looked at; where others cannot enter, its mode does not count.
    That its group may write is the site's decision. On Windows nothing is known of this. Never raises.
    """
    if not _POSIX:
        return "", ""
    path, why, has_links = _look_upwards(os.path.abspath(home))
    if has_links and not why:
        path, why, _ = _look_upwards(os.path.realpath(home))
    return (path, why) if why else _look_within(home, within)


def _look_within(home: str, names: "tuple[str, ...]") -> "tuple[str, str]":
    is_open = None
    for name in names:
        path = f"{home}/{name}"
        try:
            found = os.lstat(path)
            if is_open is None:
                is_open = os.stat(home).st_mode & _OTHERS_ENTER
        except OSError:
            continue
        mode = 0 if not is_open or found.st_mode & _KIND == _LINK else found.st_mode
        why = _open_to_others(found.st_uid, mode, is_home=True)
        if why:
            return path, why
    return "", ""


def _look_upwards(home: str) -> "tuple[str, str, bool]":
    """A path on the way to `home`, absolute, and why it is unsafe; "" where none is. And whether links are among them."""
    path, above, has_links = home, "", False
    while path != above:
        try:
            found = os.lstat(path)
        except OSError:
            pass  # it is not there yet
        else:
            is_link = found.st_mode & _KIND == _LINK
            has_links = has_links or is_link
            why = _open_to_others(found.st_uid, 0 if is_link else found.st_mode, is_home=path == home)
            if why:
                return path, why, has_links
        above, path = path, os.path.dirname(path)
    return "", "", has_links


def _open_to_others(owner: int, mode: int, *, is_home: bool) -> str:
    if owner not in (os.geteuid(), 0) and (is_home or owner != _NOBODY):
        return f"it belongs to another account (number {owner})"
    if mode & _OTHERS_WRITE and (is_home or not mode & _STICKY):
        return f"anybody may write there (mode {mode & 0o7777:04o})"
    return ""


def ask_path(home: str, ask_key: str) -> str:
    """The path of the record of a request, below the home folder."""
    return os.path.join(home, "asks", ask_key)


def _content(path: str) -> bytes:
    """The content of a file; whatever else lies there, such as a pipe, holds no launch up. Raises `OSError`."""
    return drained(os.open(path, _READING))


def drained(file: int) -> bytes:
    """All that can be read of a descriptor, which is closed then. Raises `OSError`."""
    try:
        parts = []
        while part := os.read(file, _CHUNK):
            parts.append(part)
        return b"".join(parts)
    finally:
        os.close(file)


def fingerprint(path: str) -> str:
    """The content hash of the file at `path`, or "-" where there is none."""
    try:
        return key((_content(path),))
    except (FileNotFoundError, NotADirectoryError):
        return _ABSENT


def stamp(path: str) -> str:
    """Size in bytes and modification time in ns of `path`, as the record has them; "-" where there is none."""
    try:
        status = os.stat(path)
    except OSError:
        return f"{_ABSENT} {_ABSENT}"
    return f"{status.st_size} {status.st_mtime_ns}"


def measure(folder: str, names: "list[str]", into: "list[int]") -> None:
    """Append the stamps of the files `names` of `folder`, four numbers each; links are not followed.

    Size in bytes, modification time and ctime in ns (0 where the system has none), inode. Raises `OSError`.
    It runs for thousands of files at each launch: through the folder's descriptor it takes a third less.
    """
    stat = os.stat
    if _BELOW:
        below = os.open(folder, _FOLDER)
        try:
            for name in names:
                one = stat(name, dir_fd=below, follow_symlinks=False)
                into += (one.st_size, one.st_mtime_ns, one.st_ctime_ns, one.st_ino)
        finally:
            os.close(below)
    else:
        for name in names:
            one = stat(f"{folder}/{name}", follow_symlinks=False)
            into += (one.st_size, one.st_mtime_ns, one.st_ctime_ns if _HAS_CTIME else 0, one.st_ino)


def summary(stamps: "list[int]") -> str:
    """The hash of stamps, the same on every Python."""
    return key((dumps(stamps, 2),))


def is_hook(name: str) -> bool:
    """Whether Python runs, or reads, a file or folder of this name in site-packages on its own when it starts."""
    return name.endswith((".pth", ".start")) or name.split(".", 1)[0] in ("sitecustomize", "usercustomize")


def intact(home: str, prefix: str) -> bool:
    """Whether every file that the environment at `prefix` was made with is what it was, by its stamps.

    False is no proof of damage: whoever gets it looks closer. Never raises.
    """
    try:
        return _intact(home, prefix, _shipped(prefix))
    except (OSError, ValueError, IndexError):
        return False


def _shipped(prefix: str) -> "list[str]":
    path = os.path.join(os.path.dirname(prefix), SHIPPED)
    lines = _content(path).decode("utf-8", "surrogateescape").split("\n")
    if lines[0] != SHIPPED_HEADER or lines[-2:] != [_END, ""]:
        raise ValueError("this is no record of what an environment was made with")
    return lines[1:-1]


def shipped(prefix: str) -> "list[tuple[str, str, list[str]]]":
    """What the environment at `prefix` was made with: kind of a line ("e", "s", "o", "hooks", "wheel"), folder, names.

    The folder is below the prefix, of kinds "s" and "wheel" below home. Raises `OSError`, `ValueError`.
    """
    found = []
    for line in _shipped(prefix):
        kind, _, rest = line.partition(" ")
        if kind in ("e", "s", "o", "hooks"):
            folder, *names = rest.split("\t")
            found.append((kind, folder, names))
        elif kind == "wheel":
            folder, _, name = rest.rpartition("/")
            found.append((kind, folder, [name]))
    return found


def _intact(home: str, prefix: str, lines: "list[str]") -> bool:
    stamps: list[int] = []
    wanted = summary(stamps)
    for line in lines:
        kind, _, rest = line.partition(" ")
        if kind == "e":
            folder, *names = rest.split("\t")
            measure(f"{prefix}/{folder}", names, stamps)
        elif kind == "s":
            folder, *names = rest.split("\t")
            measure(f"{home}/{folder}", names, stamps)
        elif kind == "o":
            folder, *names = rest.split("\t")
            measure(f"{prefix}/{folder}", names, [])
        else:
            if summary(stamps) != wanted:
                return False
            stamps = []
            if kind == "own":
                wanted = rest
            elif kind == "wheel":
                wanted = recorded(f"{home}/{rest}")
            elif kind == "hooks":
                folder, *names = rest.split("\t")
                found = sorted(filter(is_hook, os.listdir(f"{prefix}/{folder}")))
                wanted = summary([]) if found == names else ""
            elif kind != _END:
                return False
    return True


def recorded(path: str) -> str:
    """What the stamps of a wheel's shared files hash to by the record at `path`. Raises `OSError`, `ValueError`."""
    file = os.open(path, _READING)
    try:
        head = os.read(file, len(STAMPS_HEADER) + _DIGEST)
    finally:
        os.close(file)
    if not head.startswith(STAMPS_HEADER):
        raise ValueError("this is no record of stamps")
    return head[len(STAMPS_HEADER) :].decode("ascii")


def same_run(one: str, other: str) -> bool:
    """Whether both name the same run of the machine (`boot.identity`); False where that is not known."""
    if one.startswith(_SINCE) and other.startswith(_SINCE):
        try:
            return abs(float(one[len(_SINCE) :]) - float(other[len(_SINCE) :])) <= _TOLERANCE_SECONDS
        except ValueError:
            return False
    return one == other != ""


def by_its_clock(times: "dict[str, str]", now: float, boot: str, uptime: float) -> float:
    """The present by the clock of a record: in the same run of the machine no set clock has a say in it.

    `times` are its lines "checked" and "run"; the others are the present. Seconds since the epoch.
    """
    seen, _, run = times.get("run", "").partition(" ")
    return float(times["checked"]) + uptime - float(seen) if same_run(run, boot) else now


def render(
    *,
    checked: float,
    until: float,
    fields: "dict[str, str]",
    inputs: "tuple[str, ...]",
    stamps: "tuple[str, ...]",
    shipped: str = "",
    run: "tuple[float, str] | None" = None,
    synced: str = "",
) -> str:
    """The text of a record; `shipped` is a prefix. Raises `ValueError` where a value has a line break in it."""
    lines = [HEADER, f"checked {checked!r}", f"until {until!r}"]
    if run is not None:
        lines.append(f"run {run[0]!r} {run[1]}")
    if synced:
        lines.append(f"synced {synced}")
    lines += [f"field {name} {value}" for name, value in fields.items()]
    lines += [f"input {fingerprint(path)} {path}" for path in inputs]
    lines += [f"stamp {stamp(path)} {path}" for path in stamps]
    if shipped:
        lines.append(f"shipped {shipped}")
    lines.append(_END)
    if any("\n" in line or "\r" in line for line in lines):
        raise ValueError("a path with a line break in it cannot be recorded")
    return "\n".join(lines) + "\n"


def find(
    home: str,
    ask_key: str,
    now: float,
    *,
    boot: str = "",
    uptime: float = 0.0,
    whole: "Callable[[str, str], bool]" = intact,
) -> "dict[str, str] | None":
    """The fields of the record for `ask_key`, or None where there is no record, or it does not hold. Never raises.

    Args:
        home: the home folder.
        ask_key: which record.
        now: in seconds since the epoch.
        boot: `driverenv.boot.identity`; without it the clock alone counts.
        uptime: `driverenv.boot.uptime`.
        whole: says of a home folder and a prefix whether that environment is what it was made.
    """
    try:
        record = _content(ask_path(home, ask_key))
    except OSError:
        return None
    return holding(home, record, now, boot=boot, uptime=uptime, whole=whole)


def holding(
    home: str,
    record: bytes,
    now: float,
    *,
    boot: str,
    uptime: float,
    whole: "Callable[[str, str], bool]" = intact,
) -> "dict[str, str] | None":
    """The fields of a record, or None where there is work to do; arguments as for `find`.

    None is answered where its validity is over (or begins in the future: the clock was set back), where an
    input changed, where a stamped file is not what it was, or where the machine was started anew before the
    disk was known to have it all. Never raises.
    """
    try:
        lines = record.decode("utf-8", "surrogateescape").split("\n")
        fields, seen = _current(lines, now, boot, uptime)
        return fields if all(_holds(home, kind, rest, whole) for kind, rest in seen) else None
    except (OSError, ValueError, KeyError, IndexError):
        return None


def _current(
    lines: "list[str]", now: float, boot: str, uptime: float
) -> "tuple[dict[str, str], list[tuple[str, str]]]":
    """The fields of a record, and what must still be so. Raises `ValueError` where its validity is over."""
    if lines[0] != HEADER or lines[-2:] != [_END, ""]:
        raise ValueError("this is no record of a request")
    times: dict[str, str] = {}
    fields: dict[str, str] = {}
    seen = []
    for line in lines[1:-2]:
        kind, _, rest = line.partition(" ")
        if kind == "field":
            name, _, fields[name] = rest.partition(" ")
        elif kind in ("checked", "until", "run", "synced"):
            times[kind] = rest
        else:
            seen.append((kind, rest))
    if not _is_in_time(times, now, boot, uptime):  # before anything of the environment is looked at
        raise ValueError("the validity is over")
    return fields, seen


def _is_in_time(times: "dict[str, str]", now: float, boot: str, uptime: float) -> bool:
    if not float(times["checked"]) <= by_its_clock(times, now, boot, uptime) <= float(times["until"]):
        return False
    if not boot or "synced" not in times or same_run(times["run"].partition(" ")[2], boot):
        return True
    return os.path.exists(times["synced"])


def _holds(home: str, kind: str, rest: str, whole: "Callable[[str, str], bool]") -> bool:
    """Whether what a line says is still so."""
    if kind == "input":
        seen, _, path = rest.partition(" ")
        return fingerprint(path) == seen
    if kind == "stamp":
        size, mtime, path = rest.split(" ", 2)
        return stamp(path) == f"{size} {mtime}" and size != _ABSENT
    return kind == "shipped" and whole(home, rest)
