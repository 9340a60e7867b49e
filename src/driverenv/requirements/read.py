"""Find a driver's requirements file, read it with all that it includes, and judge every line."""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from driverenv.errors import RequirementsInvalid, foreign
from driverenv.model.requirement import Requirements
from driverenv.model.site import Policy
from driverenv.requirements.direct import is_inside
from driverenv.requirements.draft import NOTHING, Draft
from driverenv.requirements.embedded import Malformed, Stated, project, script
from driverenv.requirements.forms import take_lock, take_stated
from driverenv.requirements.limits import LENGTH, SIZE, Enough
from driverenv.requirements.line import VARIABLE, requirement
from driverenv.requirements.lockfile import is_lockfile
from driverenv.requirements.options import Place, options
from driverenv.requirements.problem import (
    INCLUDE,
    INCLUDED_GONE,
    INCLUDED_PATH,
    MISSING,
    REMEDIES,
    SYNTAX,
    Problem,
    complaint,
)
from driverenv.requirements.text import Logical, Undecodable, decode, logical_lines

NAME = "requirements.txt"
PROJECT = "pyproject.toml"
SCRIPTS = (".py", ".pyw")
HEADER = b"# /// script"
NONE: Mapping[str, str | None] = MappingProxyType({})
DEPTH = 10
"""How deep ``-r`` may nest."""

_NEARLY = (NAME, "requirement.txt", f"{NAME}.txt", "requirements", "requirements.in")
"""What people and editors call it by mistake, in any case of letters."""
_DRIVER_FILES = ("driver.py", "drivermetadata.xml", "main.py", "__main__.py")


def find(driver: Path) -> Path | None:
    """The requirements file of a driver's folder: at its top, or one folder down; None where there is none.

    One folder down counts only where the top is not itself the driver (has no ``driver.py``, ...).

    Raises:
        RequirementsInvalid: `REQUIREMENTS_MISSING`: the folder is not there or not readable, or
            several folders one down have a requirements file.
    """
    try:
        entries = sorted(os.listdir(driver))
    except OSError as error:
        raise unreadable(str(driver), error) from error
    if NAME in entries and (driver / NAME).is_file():
        return driver / NAME
    if any(name in entries for name in _DRIVER_FILES):
        return None
    below = [driver / name / NAME for name in entries if (driver / name / NAME).is_file()]
    if len(below) > 1:
        places = ", ".join(foreign(path.relative_to(driver)) for path in below[:10])
        raise RequirementsInvalid(
            f"{foreign(driver)} has no {NAME} at its top, and several one folder down: {places}",
            code=MISSING,
            remedies=("give the path of the driver's own folder, or of the requirements file",),
        )
    return below[0] if below else None


def read(
    path: Path,
    *,
    shown: str | None = None,
    policy: Policy = NOTHING,
    groups: Sequence[str] = (),
    variables: Mapping[str, str | None] = NONE,
) -> Requirements:
    """Everything a requirements file says, or that of a driver's folder (none there: nothing is required).

    Args:
        path: a requirements file in pip's format, a driver's folder, a script (its header, PEP 723, else
            the requirements file beside it), ``pyproject.toml`` (PEP 621) or ``pylock.toml`` (PEP 751).
        shown: what messages call the file or folder; by default its path as given.
        policy: the site's: options that name one of its indexes are no-ops, and it says which files lines may name
            themselves.
        groups: of ``pyproject.toml``: the dependency groups (PEP 735) or extras that are wanted as well.
        variables: those that the file may use as ``${NAME}``, with their values; None: it is not set.

    Raises:
        RequirementsInvalid: `REQUIREMENTS_SYNTAX` or `REQUIREMENTS_MISSING`, with every line that is wrong;
            `REQUIREMENTS_MISSING` where groups are wanted of anything but a ``pyproject.toml``.
        PolicyViolation: well-formed, but lines ask for what the site does not allow.
    """
    path = Path(path)
    if groups and path.name != PROJECT:
        raise _no_groups(str(path) if shown is None else shown, groups)
    draft = Draft(policy=policy, variables=variables)
    file: Path | None = path
    if path.suffix.lower() in SCRIPTS and not path.is_dir():
        file = None if _take_header(draft, path, str(path) if shown is None else shown) else path.parent
    if file is not None and file.is_dir():
        draft.inputs.append(os.path.abspath(file / NAME))
        folder, file = file, find(file)
        draft.notes += [] if file is not None else _not_read(folder)
    if file is None:
        return _whole(draft, str(path) if shown is None else shown)
    if shown is not None and file != path:
        shown = f"{shown}/{file.relative_to(path if path.is_dir() else path.parent).as_posix()}"
    shown = str(file) if shown is None else shown
    draft.stands_in(file, shown)
    data = _read(file, shown)
    with contextlib.suppress(Enough):
        if is_lockfile(file):
            _take_text(draft, file, data, lambda text: take_lock(draft, text, shown), shown)
        elif file.name == PROJECT:
            _take_text(
                draft, file, data, lambda text: take_stated(draft, project(text, groups), shown), shown
            )
        else:
            _take(draft, _File(file, shown, constraint=False, parents=()), data)
    return _whole(draft, shown)


def parse_lines(
    texts: Sequence[str], *, file: str = "requirements", policy: Policy = NOTHING
) -> Requirements:
    """The same for lines that stand in no file of their own, such as ``build-system.requires``.

    Raises:
        RequirementsInvalid: a line is malformed.
        PolicyViolation: a line asks for what the site does not allow.
    """
    draft = Draft(policy=policy)
    with contextlib.suppress(Enough):
        for text in texts:
            for line in logical_lines(text):
                _line(draft, _File(None, file, constraint=False, parents=()), line)
    draft.problems = [problem._replace(line=0) for problem in draft.problems]
    return _whole(draft, file)


def _take_header(draft: Draft, script_file: Path, shown: str) -> bool:
    """Take what a script's header says; False where it has none."""
    data = _read(script_file, shown)
    if HEADER not in data:
        draft.inputs.append(os.path.abspath(script_file))
        return False
    found: list[Stated] = []

    def take(text: str) -> None:
        stated = script(text)
        if stated is not None:
            found.append(stated)
            take_stated(draft, stated, shown)

    draft.stands_in(script_file, shown)
    with contextlib.suppress(Enough):
        _take_text(draft, script_file, data, take, shown)
    return bool(found or draft.problems)


def _take_text(
    draft: Draft, file: Path, data: bytes, take: Callable[[str], None], shown: str | None = None
) -> None:
    draft.inputs.append(os.path.abspath(file))
    shown = str(file) if shown is None else shown
    draft.end(draft.spent.file(len(data)), shown)
    text = decode(data)
    if isinstance(text, Undecodable):
        message = f"the file cannot be read as text: {text.detail}"
        draft.problems.append(Problem(SYNTAX, shown, text.line, text.column, text.raw, message))
        return
    try:
        take(text)
    except Malformed as wrong:
        lines = text.splitlines()
        raw = lines[wrong.line - 1] if 0 < wrong.line <= len(lines) else ""
        draft.problems.append(Problem(SYNTAX, shown, wrong.line, 1, raw, wrong.detail, reason=wrong.reason))


def _read(file: Path, shown: str) -> bytes:
    try:
        return _bytes(file)
    except OSError as error:
        raise unreadable(shown, error) from error


def _not_read(folder: Path) -> Iterator[str]:
    """What lies there, is not read, and may be meant."""
    if (folder / PROJECT).is_file():
        yield f"there is no {NAME}, and {PROJECT} is read only where it is named itself"
    for name in sorted(os.listdir(folder)):
        if name != NAME and name.lower() in _NEARLY:
            yield f"there is no {NAME}, and {name} is not read: rename it, if it is meant"


class _File:
    """A file that is being read, and those that included it."""

    def __init__(
        self, path: Path | None, shown: str, *, constraint: bool, parents: tuple[_File, ...]
    ) -> None:
        self.path = path
        self.shown = shown
        self.constraint = constraint
        self.parents = parents
        self.real = os.path.realpath(path) if path else ""


def _whole(draft: Draft, shown: str) -> Requirements:
    if draft.require_hashes and not any(root.hashes for root in draft.roots):
        file, line = draft.require_hashes[0]
        draft.complain((file, line, 0), SYNTAX, "--require-hashes, and no line has a --hash")
    if draft.problems:
        raise complaint(draft.problems, shown)
    return draft.finished()


def _bytes(path: Path, *, plain: bool = False) -> bytes:
    """The file's bytes, and one more than there may be; where it must be a `plain` one, no pipe keeps us waiting."""
    if plain and path.exists() and not path.is_file():
        raise OSError(errno.EINVAL, "it is no regular file")
    with open(path, "rb") as stream:
        return stream.read(SIZE + 1)


def unreadable(shown: str, error: OSError) -> RequirementsInvalid:
    """The error of a driver's file that cannot be read: `REQUIREMENTS_MISSING`."""
    why = "is not there" if isinstance(error, FileNotFoundError) else f"cannot be read: {error.strerror}"
    return RequirementsInvalid(f"{foreign(shown)} {why}", code=MISSING, remedies=(REMEDIES[MISSING],))


def _no_groups(shown: str, groups: Sequence[str]) -> RequirementsInvalid:
    named = ", ".join(map(foreign, groups))
    return RequirementsInvalid(
        f"{foreign(shown)} has no groups, and {named} is asked for: only a {PROJECT} has groups",
        code=MISSING,
        remedies=(f"name the {PROJECT} itself as the driver", f"or leave the group out: {named}"),
        data={"groups": list(groups)},
    )


def _take(draft: Draft, file: _File, data: bytes) -> None:
    def take(text: str) -> None:
        draft.end(draft.spent.text(max(text.count("\n"), text.count("\r"))), file.shown)
        for line in logical_lines(text):
            _line(draft, file, line)

    _take_text(draft, file.path or Path(), data, take, file.shown)


def _line(draft: Draft, file: _File, line: Logical) -> None:
    expanded = _expanded(draft, file.shown, line)
    if expanded is None:
        return
    longest = max(len(expanded.text), *(len(piece.raw) for piece in line.pieces))
    if longest > LENGTH:
        draft.end(
            f"a line has at most {LENGTH:,} characters, and this one has {longest:,}", file.shown, line.line
        )
    if line.text.startswith("-"):
        options(draft, file.shown, expanded, lambda place, constraint: _include(place, file, constraint))
    else:
        numbered = file.path is not None
        folder = os.path.dirname(os.path.abspath(file.path)) if file.path else ""
        requirement(
            draft,
            file.shown,
            expanded,
            constraint=file.constraint,
            numbered=numbered,
            stated=line.text,
            folder=folder,
        )


def _expanded(draft: Draft, shown: str, line: Logical) -> Logical | None:
    """The line with the variables that the site allows put in; None where it has another one."""
    parts, end = [], 0
    for found in VARIABLE.finditer(line.text):
        name = found.group(1)
        value = draft.variables.get(name)
        if value is None:
            message = f"the variable {name} of this machine is not put in; its value was not read"
            if name in draft.variables:
                message = f"the variable {name}, which the site allows, is not set"
            draft.complain((shown, line, found.start()), "POLICY_ENV", message)
            return None
        parts += [line.text[end : found.start()], value]
        end = found.end()
    return line._replace(text="".join([*parts, line.text[end:]]))


def _include(place: Place, file: _File, constraint: bool) -> None:  # noqa: FBT001 (the seam's shape)
    if file.path is None:
        place.complain(SYNTAX, f"{place.name} stands in files only")
        return
    given = place.value.replace("\\", "/")
    path = file.path.parent / given
    shown = os.path.normpath(os.path.join(os.path.dirname(file.shown), given)).replace("\\", "/")
    line = (*file.parents, file)
    child = _File(path, shown, constraint=constraint or file.constraint, parents=line)
    if not is_inside(os.path.dirname(line[0].real), child.real):
        place.complain("POLICY_PATH", f"{place.name} leads out of the driver's folder", reason=INCLUDED_PATH)
    elif child.real in {parent.real for parent in line}:
        place.complain(SYNTAX, _circle(line, child), reason=INCLUDE)
    elif len(line) > DEPTH:
        place.complain(SYNTAX, f"files include each other more than {DEPTH} deep", reason=INCLUDE)
    else:
        _take_included(place, child, given)


def _circle(line: tuple[_File, ...], child: _File) -> str:
    """Which file includes which, round to the first."""
    start = [parent.real for parent in line].index(child.real)
    names = [foreign(file.shown) for file in line[start:]]
    if len(names) == 1:
        return f"{names[0]} includes itself"
    onward = ", which includes ".join((*names[1:], names[0]))
    return f"files include each other in a circle: {names[0]} includes {onward}"


def _take_included(place: Place, child: _File, given: str) -> None:
    try:
        data = _bytes(Path(child.real), plain=True)
    except OSError as error:
        place.draft.inputs.append(os.path.abspath(child.path or ""))
        why = "is not there" if isinstance(error, FileNotFoundError) else "cannot be read"
        place.complain(MISSING, f"{foreign(given)} {why}", reason=INCLUDED_GONE)
    else:
        _take(place.draft, child, data)
