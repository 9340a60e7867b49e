"""``driverenv index serve`` and ``password``: a pypiserver over a folder, and who may upload to it."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

from driverenv.cli import places
from driverenv.cli.parser import UsageError
from driverenv.errors import foreign

if TYPE_CHECKING:
    from driverenv.cli.commands import Call
    from driverenv.repository.server import Served, Terms
    from driverenv.settings import Settings

_LONGEST = 1024
"""Characters of a password."""


def serve(call: Call, settings: Settings) -> int:
    """Serve until somebody ends it; gives the exit code."""
    from driverenv.settings import make_default_index  # noqa: PLC0415 (each command loads its own story)
    from driverenv.stories import serving  # noqa: PLC0415

    make_default_index(settings)
    terms = _terms(call, settings)

    def ready(server: Served) -> None:
        call.say(_told(call, terms, server))
        if not (call.options.quiet or call.options.json):
            call.shell.err.write("".join(f"{line}\n" for line in _explained(terms, server)))
            call.shell.err.flush()

    with call.steps() as steps:
        serving.serve(terms, on_ready=ready, on_event=steps)
    return 0


def _terms(call: Call, settings: Settings) -> Terms:
    from driverenv.repository.server import Terms  # noqa: PLC0415

    options = call.options
    protect_all = options.protect == "all"
    if protect_all and options.passwords is None:
        raise UsageError("argument --protect: all needs --passwords FILE: who else could read anything?")
    return Terms(
        folder=places.folder(call, options.folder, settings, option="FOLDER"),
        host=options.host,
        port=options.port,
        passwords=None if options.passwords is None else call.path(options.passwords),
        protect=("update", "download", "list") if protect_all else ("update",),
        verbose=options.verbose,
    )


def _told(call: Call, terms: Terms, server: Served) -> str:
    if not call.options.json:
        return f"{server.url}\n"
    told = {
        "url": server.url,
        "port": server.port,
        "folder": terms.folder,
        "pid": server.process.pid,
        "pypiserver": server.version,
        "uploads": terms.passwords is not None,
    }
    return json.dumps(told) + "\n"


def _explained(terms: Terms, server: Served) -> list[str]:
    uploads = (
        f"with a user and password of {foreign(terms.passwords)}"
        if terms.passwords
        else "refused (--passwords FILE lets users upload; `driverenv index password FILE USER` makes one)"
    )
    return [
        f"serving {foreign(terms.folder)} with pypiserver {server.version}; Ctrl+C ends it",
        f'  in the settings  local = ["{server.url}"]',
        f"  uploads          {uploads}",
    ]


def password(call: Call, settings: Settings) -> int:  # noqa: ARG001 (as all commands have it)
    """Set a user's password, or take the user out; gives the exit code."""
    from driverenv.stories import serving  # noqa: PLC0415

    options = call.options
    path, user = call.path(options.file), options.user
    if not user or ":" in user or not user.isprintable():
        raise UsageError("argument USER: a user's name is printable text without a colon")
    if options.remove:
        found = serving.set_password(path, user, None)
        word = "taken out" if found else "not there"
    else:
        found = serving.set_password(path, user, _asked(call, user))
        word = "added" if found else "changed"
    if options.json:
        call.say(json.dumps({"file": path, "user": user, "done": word}) + "\n")
    else:
        call.say(f"{word}: {foreign(user)} in {foreign(path)}\n")
    return 0


def _asked(call: Call, user: str) -> str:
    """The password: typed unseen on a terminal, else the first line of standard input."""
    stream = call.shell.stdin
    if stream.isatty():
        from getpass import getpass  # noqa: PLC0415 (only here)

        said = getpass(f"password of {foreign(user)}: ", stream=call.shell.err)
    else:
        said = stream.readline(_LONGEST + 2).rstrip("\r\n")
    if not said or len(said) > _LONGEST or "\0" in said:
        raise UsageError(
            "the password is the first line of standard input, and it is empty or too long: "
            f"driverenv index password FILE USER < {'con' if os.name == 'nt' else '/path/to/a/file'}"
        )
    return said
