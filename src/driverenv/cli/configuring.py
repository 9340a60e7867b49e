"""`driverenv config`: every setting and where it came from; the settings of other tools as a settings file."""

from __future__ import annotations

import json
import os
from pathlib import Path, PureWindowsPath
from typing import TYPE_CHECKING, Any

from driverenv.cli import formats
from driverenv.cli.parser import UsageError
from driverenv.cli.printing import wrapped
from driverenv.errors import foreign
from driverenv.settings.place import absolute

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from driverenv.cli.commands import Call
    from driverenv.settings import Settings
    from driverenv.settings.imported import Imported

_ABOUT_OTHERS = ("local", "public", "mode", "python", "home", "config")


def execute(call: Call, settings: Callable[[Call], Settings]) -> int:
    """Do what the options say; gives the exit code."""
    if call.options.config_command == "import":
        _import(call)
        return 0
    described = settings(call).describe()
    call.say(
        json.dumps(described, indent=2) + "\n" if call.options.json else formats.settings_toml(described)
    )
    return 0


def _import(call: Call) -> None:
    from driverenv import settings as settings_room  # noqa: PLC0415 (only here)
    from driverenv.settings import imported, layer  # noqa: PLC0415

    for name in _ABOUT_OTHERS:
        if getattr(call.options, name) is not None:
            option = call.options.mode if name == "mode" else name
            raise UsageError(f"argument --{option}: import reads the FILE it is given, and no other setting")
    at = _output(call)
    path = absolute(call.options.file, str(call.shell.cwd), call.shell.environ)
    kind, found = imported.read(layer.content(path), call.options.file)
    settings_room.check(path, found, call.shell.environ)
    table = _in_order(found, os.path.dirname(path), call.shell.environ)
    text = _toml(table, os.path.basename(path))
    if at is not None:
        _write(at, text)
    if call.options.json:
        told = {"file": path, "kind": kind, "settings": table, "notes": [note.text for note in found.notes]}
        call.say(json.dumps({**told, "output": None if at is None else str(at)}, indent=2) + "\n")
        return
    if at is None:
        call.say(text)
    _tell(call, found, at)


def _in_order(found: Imported, folder: str, environ: Mapping[str, str]) -> dict[str, Any]:
    """The table in the order of the reference; folders absolute, since the new file may stand elsewhere."""
    from driverenv.settings.reading import READERS  # noqa: PLC0415

    table = {key: found.table[key] for key in READERS if key in found.table}
    if "local" in table:
        table["local"] = [
            {**index, "location": _absolute(index["location"], folder, environ)} for index in table["local"]
        ]
    if "public" in table:
        table["public"] = {
            **table["public"],
            "ca_file": _absolute(table["public"]["ca_file"], folder, environ),
        }
    return table


def _absolute(location: str, folder: str, environ: Mapping[str, str]) -> str:
    if "://" in location or PureWindowsPath(location).is_absolute():
        return location
    return absolute(location, folder, environ)


def _toml(table: Mapping[str, Any], name: str) -> str:
    """Simple values first, as TOML wants it; then each index as a table of its own, however short it is."""
    from tomli_w import dumps  # noqa: PLC0415 (only here)

    parts = [f"# imported from {foreign(name)}\n"]
    parts[0] += dumps({key: said for key, said in table.items() if not isinstance(said, dict | list)})
    for key, said in table.items():
        if isinstance(said, list):
            parts += [f"[[{key}]]\n{dumps(index)}" for index in said]
        elif isinstance(said, dict):
            parts.append(dumps({key: said}))
    return "\n".join(parts)


def _output(call: Call) -> Path | None:
    """Where the file goes; None for stdout. Raises `UsageError` where that cannot be."""
    from driverenv.cli.locks import in_a_folder  # noqa: PLC0415

    if call.options.output in (None, "-"):
        return None
    at = in_a_folder(call, "output", "-o/--output")
    if os.path.lexists(at):
        raise _there_already(at)
    return at


def _there_already(at: Path) -> UsageError:
    return UsageError(
        f"argument -o/--output: {at} is there already and was left as it is; "
        "name a new file, or leave out -o and copy what is wanted from stdout"
    )


def _write(at: Path, text: str) -> None:
    from driverenv import _fs  # noqa: PLC0415 (only here)

    try:
        _fs.write_new(str(at), [text.encode("utf-8")])
    except FileExistsError:
        raise _there_already(at) from None
    except OSError as error:
        raise UsageError(f"argument -o/--output: cannot write {at}: {error.strerror or error}") from error


def _tell(call: Call, found: Imported, at: Path | None) -> None:
    """What needs a person goes to stderr, quiet or not."""
    lines = [f"note: {note.text}" for note in found.notes]
    if not found.table:
        lines.append("note: nothing in this file is a setting of driverenv")
    if at is not None and not call.options.quiet:
        lines.append(f"wrote {at}; to see what it decides: driverenv policy check {_quoted(at)}")
    width = call.shell.width
    for line in lines:
        call.shell.err.write("\n".join(wrapped(line, width, "  ")) + "\n")
    call.shell.err.flush()


def _quoted(at: Path) -> str:
    import shlex  # noqa: PLC0415
    import subprocess  # noqa: PLC0415

    return subprocess.list2cmdline([str(at)]) if os.name == "nt" else shlex.quote(str(at))
