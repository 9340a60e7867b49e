"""Entry points that become scripts (console_scripts and gui_scripts), and the names scripts may have."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from driverenv.archive.names import MAX_PART_BYTES, is_device
from driverenv.archive.rules import MAX_SCRIPTS, Label

_MAX_TARGET = 1000
"""Characters."""
_GROUPS = {"console_scripts": False, "gui_scripts": True}
_NAME = re.compile(r"[A-Za-z0-9_][\w.+-]*", re.ASCII)
_TARGET = re.compile(
    r"(?P<module>[^\W\d]\w*(?:\.[^\W\d]\w*)*)\s*:\s*(?P<attribute>[^\W\d]\w*(?:\.[^\W\d]\w*)*)\s*(?:\[[^\]]*\])?"
)
# The interpreter and the activation scripts, with any ending: Windows runs python.com before python.exe. Not
# what merely begins so (argcomplete has python-argcomplete-...).
_TAKEN = re.compile(
    r"(?:(?:lib)?python|pythonw|pypy|venvlauncher|venvwlauncher)[\d.]*t?(?:_d)?(?:\.[a-z][^.]*)?"
    r"|(?:de)?activate(?:_this)?(?:\..*)?"
    r"|pyvenv\.cfg|pydoc\.bat",
    re.IGNORECASE | re.ASCII,
)


class Script(NamedTuple):
    """A script to be made in an environment's scripts folder."""

    name: str
    module: str
    attribute: str
    """Dotted: "main" or "App.run"."""
    gui: bool = False


def check_name(name: str, label: Label, member: str) -> None:
    """Refuse a script's name that is the interpreter's or an activation script's."""
    if _TAKEN.fullmatch(name):
        label.refuse("entry-points", f"a script would replace {name}", member)


def parse(data: bytes, label: Label, member: str) -> tuple[Script, ...]:
    """The scripts of an entry_points.txt."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        label.refuse("entry-points", "entry_points.txt is not UTF-8", member)
    if text[:1] == "\ufeff":
        label.refuse("entry-points", "entry_points.txt begins with a byte order mark", member)
    found: dict[tuple[bool, str], Script] = {}
    for group, name, value in _rows(text):
        if group not in _GROUPS:
            continue
        target = _TARGET.fullmatch(value) if len(value) <= _MAX_TARGET else None
        if not _is_name(name) or target is None:
            label.refuse("entry-points", f"a script is malformed: {name} = {value}", member)
        check_name(name, label, member)
        script = Script(name, target["module"], target["attribute"], _GROUPS[group])
        if found.setdefault((script.gui, name), script) != script:
            label.refuse("entry-points", f"two scripts have the name {name}", member)
        if len(found) > MAX_SCRIPTS:
            label.refuse("entry-points", f"it has more than {MAX_SCRIPTS:,} scripts", member)
    return tuple(found.values())


def _is_name(name: str) -> bool:
    is_writable = name[-1:] != "." and len(name) <= MAX_PART_BYTES and not is_device(name)
    return is_writable and _NAME.fullmatch(name) is not None


def _rows(text: str) -> Iterator[tuple[str, str, str]]:
    group = ""
    for raw_line in text.splitlines():
        line = raw_line.strip()
        if not line or line[0] in "#;":
            continue
        if line[0] == "[" and line[-1] == "]":
            group = line[1:-1].strip()
            continue
        name, _, value = line.partition("=")
        yield group, name.strip(), value.strip()
