"""The weakest layer of the settings: files of other tools that a settings file or a variable names."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any, NamedTuple

from driverenv.errors import SettingsInvalid, foreign
from driverenv.settings import imported
from driverenv.settings.imported import Imported
from driverenv.settings.place import Place, absolute

KEYS: Mapping[str, Callable[[bytes, str], Imported]] = {
    "pip_config": imported.pip_config,
    "customer_config": imported.customer_config,
}
"""The settings that name such a file, the weaker first, and how it is read."""
PASSWORDS = frozenset({imported.EXTRA_PASSWORD, imported.LOCAL_PASSWORD, imported.PROXY_PASSWORD})
"""Variables that such files come to: they may be set, whatever the file says today."""


class TakenOver(NamedTuple):
    """Such a file."""

    path: str
    found: Imported
    """What it says; nothing where it could not be read, which was told then."""

    def values(
        self, stronger: Collection[str], environ: Mapping[str, str]
    ) -> Iterator[tuple[str, Any, Place]]:
        """What it says of settings that no stronger place says: key, raw value, place."""
        for key, raw in self.found.table.items():
            if key not in stronger:
                source = f"file {self.path} key {foreign(self.found.sources[key])}"
                yield key, raw, Place(source, os.path.dirname(self.path), environ, textual=False)

    def notes(self, stronger: Collection[str] = ()) -> tuple[str, ...]:
        """What needs a person, but for settings that a stronger place says."""
        return tuple(note.text for note in self.found.notes if note.about not in stronger)


def find(
    tables: Mapping[str, Mapping[str, object] | None],
    environ: Mapping[str, str],
    cwd: str,
    wrong: list[SettingsInvalid],
    *,
    variables: bool,
) -> list[TakenOver]:
    """The files that the settings name, the weaker first.

    Args:
        tables: settings files by path, the weakest first; None is one that is not there.
        environ: the variables.
        cwd: relative paths of variables are relative to it.
        wrong: takes up what cannot be read.
        variables: whether variables may name such files.
    """
    found = []
    for key, read in KEYS.items():
        for path, source in _named(key, tables, environ, cwd if variables else None):
            try:
                found.append(TakenOver(path, read(content(path, ("named by", source)), path)))
            except SettingsInvalid as error:
                wrong.append(error)
                found.append(TakenOver(path, Imported({}, (), {})))
    return found


def _named(
    key: str,
    tables: Mapping[str, Mapping[str, object] | None],
    environ: Mapping[str, str],
    cwd: str | None,
) -> Iterator[tuple[str, str]]:
    """The file's path, and where it is named; a value that can be no path is told by the key's own reader."""
    named: list[tuple[object, str, str]] = [
        (table[key], os.path.dirname(path), f"file {path} key {key}")
        for path, table in tables.items()
        if table and key in table
    ]
    variable = f"DRIVERENV_{key.upper()}"
    if cwd is not None and environ.get(variable):
        named.append((environ[variable], cwd, f"variable {variable}"))
    for raw, folder, source in named[-1:]:
        if isinstance(raw, str) and raw.strip() and raw.isprintable():
            yield absolute(raw.strip(), folder, environ), source


def content(path: str, *facts: tuple[str, str]) -> bytes:
    """The bytes of the file at `path`, as many as there may be and one more. Raises `SettingsInvalid` with `facts`."""
    try:
        with open(path, "rb") as file:
            return file.read(imported.SIZE + 1)
    except OSError as error:
        raise SettingsInvalid(
            f"{foreign(os.path.basename(path))} cannot be read: {error.strerror or error}",
            facts=(("file", foreign(path)), *facts),
            remedies=("name a file that is there, and that this account may read",),
            data={"path": path},
        ) from error
