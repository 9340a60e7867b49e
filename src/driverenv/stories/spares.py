"""Where environments lie that were made ahead for a launch that wants one of its own, and how one is taken.

An environment cannot be moved, so a spare lies where it will be used, like any other: what is taken is a small file,
``<home>/spares/<key of the model>/<key of the spare>``, which becomes `INSTANCE` beside the spare's prefix by one rename.
Whoever does it holds the spare's lease already, so that nobody removes it in between.

That file has the key of the model in its first line, and then a record like that of an answered request (`warm`), by
which a launch knows that the spare is what it was made, as it knows it of any environment that it finds.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from driverenv import _fs, boot, environment, lease, warm
from driverenv.environment.naming import INSTANCE
from driverenv.model.launch import Environment, held

FOLDER = "spares"
_FOR_EVER = float("inf")


def waiting(home: str, model: str) -> list[str]:
    """The keys of the spares of an environment, by its key."""
    return _names(os.path.join(home, FOLDER, model))


def offer(home: str, model: str, spare: Environment, witnesses: tuple[str, ...], now: float) -> None:
    """Let the next launch have an environment that is there, whole. Raises `HomeUnusable`.

    Args:
        home: the home folder.
        model: the key of the environment that it is like.
        spare: the environment.
        witnesses: the files whose stamps say, with those of all that it was made with, that it is what it is now.
        now: in seconds since the epoch.
    """
    at = Path(home, FOLDER, model, spare.key)
    try:
        record = warm.render(
            checked=now,
            until=_FOR_EVER,
            fields={name: str(getattr(spare, name)) for name in spare.__slots__},
            inputs=(),
            stamps=witnesses,
            shipped=spare.prefix,
            run=(boot.uptime(), boot.identity(now)),
            synced=environment.synced_at(Path(spare.prefix)),
        )
        _fs.write_atomically(at, mark(model) + record.encode("utf-8", "surrogateescape"))
    except ValueError:  # a path with a line break: each launch makes its own
        return
    except OSError as error:
        raise _fs.unusable(at, error) from error


def mark(model: str) -> bytes:
    """What stands beside an instance: the key of the environment that it is like."""
    return f"{model}\n".encode()


def take(home: str, model: Environment, now: float) -> Environment | None:
    """A spare of `model`, which is nobody else's now, and held; None where there is none that is what it was made."""
    for key in waiting(home, model.key):
        found, ticket = at(model, key), _ticket(home, model, key)
        if not (held(found, lease.hold(lease.path_of(found.prefix))) and _is_like(home, found, model, now)):
            with contextlib.suppress(OSError):  # it is as good as gone: the collection removes it
                os.unlink(ticket)
            continue
        with contextlib.suppress(OSError):  # another launch was faster
            os.rename(ticket, os.path.join(os.path.dirname(found.prefix), INSTANCE))
            return found
    return None


def _is_like(home: str, found: Environment, model: Environment, now: float) -> bool:
    """Whether it is what it was made, and that is what `model` is: who may write to the folder could name another."""
    folders = (Path(found.prefix).parent, Path(model.prefix).parent)
    try:
        head, _, record = _fs.read(_ticket(home, model, found.key)).partition(b"\n")
        has, wanted = map(environment.wheels_of, folders)
        if head + b"\n" != mark(model.key) or has != wanted:
            return False
        fields = warm.holding(home, record, now, boot=boot.identity(now), uptime=boot.uptime())
        return fields is not None and Environment(**fields) == found
    except (OSError, ValueError, TypeError):
        return False


def _ticket(home: str, model: Environment, key: str) -> str:
    return os.path.join(home, FOLDER, model.key, key)


def at(model: Environment, key: str) -> Environment:
    """The environment that is like `model` and has this key."""
    prefix = os.path.join(os.path.dirname(os.path.dirname(model.prefix)), key, model.name)
    places = {
        name: prefix + getattr(model, name)[len(model.prefix) :]
        for name in ("python", "bin", "site_packages")
    }
    return model.replace(prefix=prefix, key=key, **places)


def models(home: str) -> dict[str, str]:
    """The keys of all spares, and of what they are spares of."""
    return {spare: model for model in _names(os.path.join(home, FOLDER)) for spare in waiting(home, model)}


def tidy(home: str) -> None:
    """Forget spares that are not there any more."""
    for spare, model in models(home).items():
        if not os.path.isdir(os.path.join(home, "environments", spare)):
            with contextlib.suppress(OSError):
                os.unlink(os.path.join(home, FOLDER, model, spare))
    for folder in _folders(home):
        with contextlib.suppress(OSError):  # spares are left in it
            os.rmdir(folder)


def _folders(home: str) -> Iterator[str]:
    for name in _names(os.path.join(home, FOLDER)):
        yield os.path.join(home, FOLDER, name)


def _names(folder: str) -> list[str]:
    try:
        return sorted(name for name in os.listdir(folder) if not name.startswith("."))
    except OSError:
        return []
