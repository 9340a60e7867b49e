"""The warm lane: from a key to a finished environment, with almost no import.

This module imports `sys` facts it already has, `os` and one hash; nothing else.
A launch whose environment is ready passes through here only.

The record of an answered request is a small text file, ``<home>/asks/<key>``::

    driverenv-ask 1
    checked 1763766000.0        seconds since the epoch, when the indexes were last asked
    until 1763794800.0          the same clock: up to here nobody looks again
    field prefix /…             whatever `prepare` needs to hand the environment back
    input <blake2b> <path>      a file the answer depends on; "-" where it must not exist
    stamp <size> <mtime_ns> <path>   a file that must be as it was when the environment was made
    end                         a record that was cut by a power failure lacks it
"""

import os

try:
    from _blake2 import blake2b  # hashlib's own, without loading OpenSSL: 0.2 ms instead of 2.6 ms
except ImportError:  # another implementation of Python
    from hashlib import blake2b

HEADER = "driverenv-ask 1"
_ABSENT = "-"
_END = "end"


def key(parts: "tuple[bytes, ...]") -> str:
    """Hash `parts`, each framed by its length, so that no two different tuples meet.

    Returns 40 hexadecimal digits (BLAKE2b, RFC 7693, 20 bytes).
    """
    digest = blake2b(digest_size=20)
    for part in parts:
        digest.update(b"%d:" % len(part))
        digest.update(part)
    return digest.hexdigest()


def ask_path(home: str, ask_key: str) -> str:
    """The path of the record of a request, below the home folder."""
    return os.path.join(home, "asks", ask_key)


def fingerprint(path: str) -> str:
    """The content hash of the file at `path`, or "-" where there is none."""
    try:
        with open(path, "rb") as file:
            return key((file.read(),))
    except (FileNotFoundError, NotADirectoryError):
        return _ABSENT


def stamp(path: str) -> str:
    """Size in bytes and modification time in ns of `path`, as the record has them; "-" where there is none."""
    try:
        status = os.stat(path)
    except OSError:
        return f"{_ABSENT} {_ABSENT}"
    return f"{status.st_size} {status.st_mtime_ns}"


def render(
    *,
    checked: float,
    until: float,
    fields: "dict[str, str]",
    inputs: "tuple[str, ...]",
    stamps: "tuple[str, ...]",
) -> str:
    """The text of a record. Raises `ValueError` where a value has a line break in it."""
    lines = [HEADER, f"checked {checked!r}", f"until {until!r}"]
    lines += [f"field {name} {value}" for name, value in fields.items()]
    lines += [f"input {fingerprint(path)} {path}" for path in inputs]
    lines += [f"stamp {stamp(path)} {path}" for path in stamps]
    lines.append(_END)
    if any("\n" in line or "\r" in line for line in lines):
        raise ValueError("a path with a line break in it cannot be recorded")
    return "\n".join(lines) + "\n"


def find(home: str, ask_key: str, now: float) -> "dict[str, str] | None":
    """The fields of the record for `ask_key`, or None where there is work to do.

    `now` is in seconds since the epoch. None is answered where there is no record, where its
    validity is over (or begins in the future: the clock was set back), where an input changed,
    or where a stamped file is not what it was. Never raises.
    """
    try:
        with open(ask_path(home, ask_key), encoding="utf-8", errors="surrogateescape", newline="\n") as file:
            lines = file.read().split("\n")
        return _check(lines, now)
    except (OSError, ValueError, IndexError):
        return None


def _check(lines: "list[str]", now: float) -> "dict[str, str] | None":
    if lines[0] != HEADER or lines[-2:] != [_END, ""]:
        return None
    fields: dict[str, str] = {}
    for line in lines[1:-2]:
        kind, _, rest = line.partition(" ")
        if kind == "field":
            name, _, fields[name] = rest.partition(" ")
        elif kind == "input":
            seen, _, path = rest.partition(" ")
            if fingerprint(path) != seen:
                return None
        elif kind == "stamp":
            size, mtime, path = rest.split(" ", 2)
            if stamp(path) != f"{size} {mtime}" or size == _ABSENT:
                return None
        elif (kind == "checked" and now < float(rest)) or (kind == "until" and now > float(rest)):
            return None
    return fields
