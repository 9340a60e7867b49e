"""Which repository is meant: a folder, a server, or the site's own local index."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from driverenv.cli.parser import UsageError
from driverenv.errors import foreign
from driverenv.model.site import Index

if TYPE_CHECKING:
    from driverenv.cli.commands import Call
    from driverenv.settings import Settings


def folder(call: Call, said: str | None, settings: Settings, *, option: str = "--to") -> str:
    """The folder that `said` names, else the site's own. Raises `UsageError` where there is none."""
    index = place(call, said, settings, option=option)
    if not index.is_folder:
        raise UsageError(
            f"{option}: {foreign(index)} is a server, and this needs a folder: name the folder that it serves "
            f"with {option}; driverenv index push sends files to a server"
        )
    return index.location


def place(call: Call, said: str | None, settings: Settings, *, option: str = "PLACE") -> Index:
    """The index that `said` names (by its name, address or folder), else the site's own."""
    policy = settings.policy()
    known = (*policy.local, *policy.extra)
    if said is None:
        return _own(policy.local, option)
    for index in known:
        if said in (index.name, index.location) or said.rstrip("/") == index.location.rstrip("/"):
            return index
    if said.startswith(("http://", "https://")):
        try:
            return Index(said)
        except ValueError as error:
            raise UsageError(f"argument {option}: {error}") from None
    return Index(os.path.normpath(os.path.join(call.shell.cwd, said)))


def _own(local: tuple[Index, ...], option: str) -> Index:
    folders = [index for index in local if index.is_folder]
    if len(folders) == 1:
        return folders[0]
    if len(local) == 1:
        return local[0]
    there = ", ".join(foreign(index) for index in local) or "none"
    raise UsageError(
        f"argument {option}: say which repository is meant; local indexes of the settings: {there}"
    )
