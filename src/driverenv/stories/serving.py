"""The story of a served folder: a pypiserver until somebody ends it."""

from __future__ import annotations

import contextlib
import os
import signal
import stat
from collections.abc import Callable, Iterator
from os import PathLike
from pathlib import Path
from types import FrameType

from driverenv.errors import ServerFailed, foreign
from driverenv.events import Listener, Warned, ignore
from driverenv.repository import passwords as passwords_room
from driverenv.repository.folder import Folder
from driverenv.repository.server import ANYWHERE, Served, Terms, served

MISSING = "what checks passwords is not installed"
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


class Ended(BaseException):
    """Somebody wants this process to end."""


def serve(
    terms: Terms,
    *,
    on_ready: Callable[[Served], None],
    on_event: Listener = ignore,
) -> None:
    """Serve a folder until this process is asked to end (Ctrl+C, SIGTERM); then the server is ended, too.

    `on_ready` is called when it answers. Raises `ServerFailed`, also where it ends by itself, and
    `RepositoryRefused` where the folder is not there.
    """
    Folder(Path(terms.folder))
    for text in _cautions(terms):
        on_event(Warned("SERVED_OPENLY", text))
    with contextlib.suppress(KeyboardInterrupt, Ended), _ending(), served(terms) as server:
        on_ready(server)
        while not server.wait(1.0):  # short waits: a signal is only looked at in between on Windows
            pass


@contextlib.contextmanager
def _ending() -> Iterator[None]:
    """SIGTERM ends the block as Ctrl+C does."""

    def end(_number: int, _frame: FrameType | None) -> None:
        raise Ended

    try:
        before = signal.signal(signal.SIGTERM, end)
    except ValueError:  # not in the main thread: whoever called us looks after signals
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _cautions(terms: Terms) -> Iterator[str]:
    if terms.host in ANYWHERE and "download" not in terms.protect:
        yield "every machine that reaches this one may read the packages; --protect all asks for a password"
    path = terms.passwords
    if path is not None and os.name == "posix" and os.path.exists(path) and os.stat(path).st_mode & _OTHERS:
        yield f"the file of passwords can be read by others: chmod 600 {foreign(path)}"


def set_password(path: str | PathLike[str], user: str, password: str | None) -> bool:
    """Set a user's password in a file for `serve`, or take the user out (None); gives whether the user is new, or was there.

    Raises `ServerFailed` (`SERVER_PASSWORDS`, `SERVER_MISSING`).
    """
    try:
        if password is None:
            return passwords_room.without_user(Path(path), user)
        return passwords_room.with_user(Path(path), user, password)
    except ImportError as error:
        raise ServerFailed(
            MISSING,
            code="SERVER_MISSING",
            facts=(("because", foreign(error)),),
            remedies=("install it: pip install 'driverenv[server]'",),
        ) from error
    except (passwords_room.Unreadable, OSError, ValueError) as error:
        why = error.strerror or str(error) if isinstance(error, OSError) else str(error)
        raise ServerFailed(
            f"the file of passwords cannot be changed: {foreign(why)}",
            code="SERVER_PASSWORDS",
            facts=(("file", foreign(path)),),
            remedies=("name a file of lines such as user:hash, or a new one in a folder that is there",),
        ) from error
