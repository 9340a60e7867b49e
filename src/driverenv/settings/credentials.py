"""User and password of an index that the settings do not hold themselves: from netrc, or from a keyring.

Both are opt-in for each index and looked up when it is first asked. No error quotes what was found.
"""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
from collections.abc import Mapping
from urllib.parse import urlsplit

from driverenv.errors import SettingsInvalid
from driverenv.model.site import Index

_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def find(index: Index, *, environ: Mapping[str, str], patience: float = 10.0) -> tuple[str, str] | None:
    """User and password of `index` (RFC 7617), by its `credentials`; None where it has none.

    - "given": what the index itself has.
    - "netrc": the entry of its host, else the default entry, in the file that the variable NETRC
      names, else ``.netrc``, else ``_netrc`` in the home folder. As with ftp and Python's own reader, the file
      must be the user's own and nobody else may read it; that is asked on POSIX only.
    - "keyring": what the command ``keyring get LOCATION USERNAME`` prints, within `patience` seconds.

    Raises `SettingsInvalid`: there is no such file, entry or command, or it cannot be used.
    """
    if index.credentials == "netrc":
        return _from_netrc(index, environ)
    if index.credentials == "keyring":
        return _from_keyring(index, environ, patience)
    return None if index.username is None else (index.username, index.password or "")


# --------------------------------------------------------------------------------------------- netrc


def _from_netrc(index: Index, environ: Mapping[str, str]) -> tuple[str, str]:
    import netrc  # noqa: PLC0415 (only where an index asks for it)

    path = _netrc_file(index, environ)
    _check_private(index, path)
    try:
        entries = netrc.netrc(path)
    except netrc.NetrcParseError as error:  # its text quotes the file
        place = f" at line {error.lineno}" if error.lineno else ""
        raise _invalid(
            index, f"the netrc file cannot be understood{place}", f"correct {path}", path
        ) from None
    except (OSError, UnicodeError):
        raise _invalid(
            index, "the netrc file cannot be read", f"let this account read {path}", path
        ) from None
    host = urlsplit(index.location).hostname or ""
    entry = entries.authenticators(host)
    if entry is None:
        summary = f"the netrc file has no entry for {host}"
        raise _invalid(index, summary, f"add `machine {host}` with its login and password to {path}", path)
    login, _, password = entry
    if index.username is not None and login != index.username:
        summary = f"the netrc file's entry for {host} is for another user than {index.username}"
        raise _invalid(index, summary, f"correct the entry in {path}, or the index's username", path)
    return login, password or ""


def _netrc_file(index: Index, environ: Mapping[str, str]) -> str:
    named = environ.get("NETRC")
    home = environ.get("HOME") or environ.get("USERPROFILE") or os.path.expanduser("~")
    paths = [named] if named else [os.path.join(home, name) for name in (".netrc", "_netrc")]
    for path in paths:
        if os.path.isfile(path):
            return path
    looked = " and ".join(paths)
    raise _invalid(index, "there is no netrc file", f"put the index's entry into {paths[0]}", looked)


def _check_private(index: Index, path: str) -> None:
    if os.name != "posix":
        return
    status = os.stat(path)
    if status.st_mode & _OTHERS:
        summary, remedy = "the netrc file can be read by others than its owner", f"chmod 600 {path}"
    elif status.st_uid not in (os.geteuid(), 0):
        summary, remedy = "the netrc file belongs to somebody else", f"let this account own {path}"
    else:
        return
    raise _invalid(index, summary, remedy, path)


# ------------------------------------------------------------------------------------------- keyring


def _from_keyring(index: Index, environ: Mapping[str, str], patience: float) -> tuple[str, str]:
    if index.username is None:
        summary = "the keyring is asked for a user's password, and the index has no username"
        raise _invalid(index, summary, "set the username of the index")
    command = f"keyring get {index.location} {index.username}"
    program = shutil.which("keyring", path=environ.get("PATH", os.defpath))
    if program is None or not os.path.isabs(program):
        summary = "the command keyring was not found"
        raise _invalid(index, summary, "install keyring for this account, or name a password_file instead")
    try:
        done = subprocess.run(
            [program, "get", index.location, index.username],
            env=dict(environ),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=patience,
            check=False,
        )
        words = done.stdout.decode("utf-8").splitlines()
    except subprocess.TimeoutExpired:
        problem = f"the keyring did not answer within {patience:g} seconds"
    except OSError as error:
        problem = f"the command keyring cannot be run: {error.strerror or type(error).__name__}"
    except UnicodeError:
        problem = "the keyring answered with something that is no UTF-8 text"
    else:
        if done.returncode == 0 and words and words[0]:
            return index.username, words[0]
        problem = "the keyring has no password for it"
        problem += f" (exit status {done.returncode})" if done.returncode else ""
    remedy = f"try it as the account that runs driverenv: {command}"
    raise _invalid(index, problem, remedy, program) from None


def _invalid(index: Index, summary: str, remedy: str, place: str = "") -> SettingsInvalid:
    return SettingsInvalid(
        f"no credentials for the index {index.name}: {summary}",
        facts=(
            ("index", str(index)),
            ("credentials", index.credentials),
            *((("looked in", place),) if place else ()),
        ),
        remedies=(remedy,),
        data={"index": index.location, "credentials": index.credentials, "place": place},
    )
