"""Start-up hooks: what Python runs by itself at every start, whatever the driver imports.

`site` reads each ``*.pth`` file of site-packages: a line that begins with ``import`` is run, any other is a
folder for `sys.path`. It imports `sitecustomize` and `usercustomize`, and calls what ``*.start`` files name
(PEP 829). Real packages need some of that: setuptools, pywin32, coverage, old namespaces. All of it is listed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from driverenv import warm
from driverenv.errors import foreign
from driverenv.model.plan import Hook, PlannedFile
from driverenv.plan.table import Table

_SHOWN = 120


def found_in(table: Table) -> tuple[Hook, ...]:
    """The hooks of a whole environment, sorted by project and file."""
    return tuple(sorted(_hooks(table)))


def _hooks(table: Table) -> Iterator[Hook]:
    library = table.layout.library
    seen: set[tuple[int, str]] = set()
    plain: set[str] = set()
    for number, what, row in table.owners.values():
        if row is None or not isinstance(what, PlannedFile) or not what.target.startswith(library):
            continue
        name, slash, _ = what.target[len(library) :].partition("/")
        if name in plain or (number, name) in seen:
            continue
        if not warm.is_hook(name):
            plain.add(name)
            continue
        arrival = table.arrivals[number]
        if name.endswith((".pth", ".start")):
            runs = () if slash else tuple(lines_of(name, table.content(arrival, row)))
        else:
            runs = (f"import {name.split('.', 1)[0]}",)
        if runs:
            seen.add((number, name))
            yield Hook(arrival.project, arrival.version, library + name, runs)


def lines_of(name: str, content: bytes) -> Iterable[str]:
    """What Python does with a ``*.pth`` or ``*.start`` file, line by line; nothing where it only names folders inside."""
    for raw in content.decode("utf-8-sig", "replace").splitlines():
        line = raw.strip()
        if not line or line.startswith("#"):
            continue
        if name.endswith(".start"):
            yield f"call {foreign(line, limit=_SHOWN)}"
        elif raw.startswith(("import ", "import\t")):
            yield foreign(line, limit=_SHOWN)
        elif _leads_out(line):
            yield f"add {foreign(line, limit=_SHOWN)} to sys.path"


def _leads_out(line: str) -> bool:
    path = line.replace("\\", "/")
    return path.startswith("/") or path[1:2] == ":" or ".." in path.split("/")
