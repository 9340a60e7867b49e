"""Files of users and passwords, as Apache's htpasswd makes them: written with salted SHA-512, read with whatever was used.

The only door to passlib, an optional part.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from driverenv import _fs

SCHEME = "sha512_crypt"
_ROUNDS = 60_000
"""A tenth of a second for each check: this is pure Python."""


class Unreadable(Exception):
    """The file is none of passwords, or has some that cannot be checked here; the text says why."""


def verifier(path: str) -> Callable[[str, str], bool]:
    """Whether a password is a user's; the file is read again when it changes. Raises `Unreadable`, `ImportError`."""
    found = _read(path)
    users = found.users()
    if not users:
        raise Unreadable(f"{path} has no user")
    for user in users:
        _probe(found, user, path)

    def verify(user: str, password: str) -> bool:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found.load_if_changed()
            return bool(found.check_password(user, password))

    return verify


def with_user(path: Path, user: str, password: str) -> bool:
    """Set a user's password in the file at `path`, made where it is missing; gives whether the user is new.

    Raises `Unreadable`, `ImportError`, `OSError`.
    """
    found = _read(str(path)) if path.exists() else _library()()
    is_new = user not in found.users()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found.set_password(user, password)
    _fs.write_atomically(path, found.to_string(), mode=0o600)
    return is_new


def without_user(path: Path, user: str) -> bool:
    """Take a user out; gives whether there was one. Raises `Unreadable`, `ImportError`, `OSError`."""
    found = _read(str(path))
    if not found.delete(user):
        return False
    _fs.write_atomically(path, found.to_string(), mode=0o600)
    return True


def _library() -> Any:  # noqa: ANN401 (it has no types)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it imports a module that later Pythons do not have
        from passlib.apache import HtpasswdFile, htpasswd_context  # noqa: PLC0415 (an optional part)

        context = htpasswd_context.copy(default=SCHEME, sha512_crypt__rounds=_ROUNDS)
    return partial(HtpasswdFile, context=context)


def _read(path: str) -> Any:  # noqa: ANN401
    library = _library()
    try:
        return library(os.path.abspath(path))
    except OSError as error:
        raise Unreadable(f"{path} cannot be read: {error.strerror or error}") from error
    except ValueError as error:  # never quoted: it may hold a password in clear
        raise Unreadable(f"{path} is no file of lines such as user:hash") from error


def _probe(found: Any, user: str, path: str) -> None:  # noqa: ANN401
    """Some kinds of hashes need more libraries: that should be known now, not at the first upload."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if found.context.identify(found.get_hash(user)) in (None, "plaintext"):
            raise Unreadable(f"{path}: the password of {user} is not hashed")
        try:
            found.check_password(user, "x")
        except Exception as error:
            why = f"{path}: the password of {user} cannot be checked here ({type(error).__name__})"
            raise Unreadable(why) from error
