"""What must be done to make an environment, as data: the nouns between the plan and its execution."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from packaging.utils import NormalizedName

CODE = "code"
"""Shared with the store where the policy says so: nobody edits it in place on purpose. Metadata counts as code."""
DATA = "data"
"""Always a copy of its own: admins and drivers edit such files inside site-packages."""
OVERLAY = "overlay"
"""A copy of its own whose edits are no damage: the site lets people edit it in place, and keeps what they do."""
SCRIPT = "script"
"""From a wheel's `.data/scripts`: its first line may have to name the environment's Python."""
BYTE_CODE = "bytecode"
"""Compiled in the store, and shared like code; no wheel brings it."""

LIBRARY = frozenset({"purelib", "platlib"})
"""The schemes that land in site-packages."""
_CODE_SUFFIXES = (".py", ".pyi", ".pyc", ".so", ".pyd", ".dll", ".dylib")


def kind_of(scheme: str, path: str, own_info: str) -> str:
    """`CODE`, `DATA` or `SCRIPT`: what a wheel's file is; `own_info` is its dist-info folder with a "/" at the end."""
    if scheme in LIBRARY:
        is_code = path.endswith(_CODE_SUFFIXES) or ".so." in path or path.startswith(own_info)
        return CODE if is_code else DATA
    return SCRIPT if scheme == "scripts" else DATA


class WheelFile(Protocol):
    """A file of a wheel in the store; the store's own rows fit."""

    @property
    def scheme(self) -> str:
        """`purelib`, `platlib`, `headers`, `scripts` or `data`."""

    @property
    def path(self) -> str:
        """Relative to the scheme's folder, `/`-separated."""

    @property
    def size(self) -> int:
        """Bytes."""

    @property
    def sha256(self) -> str:
        """As RECORD writes it: base64url without padding."""

    @property
    def executable(self) -> bool:
        """Whether the wheel says that it is a program."""

    @property
    def kind(self) -> str:
        """`CODE`, `DATA` or `SCRIPT`."""


class EntryPoint(Protocol):
    """A script that an entry point asks for."""

    @property
    def name(self) -> str:
        """The command."""

    @property
    def module(self) -> str:
        """Dotted."""

    @property
    def attribute(self) -> str:
        """Dotted; what is called."""

    @property
    def gui(self) -> bool:
        """Without a console, where that makes a difference."""


class UnpackedWheel(Protocol):
    """A wheel in the store; the store's own noun fits."""

    @property
    def root(self) -> object:
        """Its folder: a path, or its text."""

    @property
    def sha256(self) -> str:
        """Of the archive, hexadecimal."""

    @property
    def project(self) -> str:
        """As the wheel spells it."""

    @property
    def version(self) -> str:
        """As the wheel spells it."""

    @property
    def dist_info(self) -> str:
        """The dist-info folder's name."""

    @property
    def entries(self) -> Sequence[WheelFile]:
        """Every file but RECORD."""

    @property
    def scripts(self) -> Sequence[EntryPoint]:
        """The console and GUI scripts to be made."""


class OriginFile(NamedTuple):
    """The file of a dist-info folder that says where the distribution came from (PEP 710)."""

    name: str
    content: bytes


class Arrival(NamedTuple):
    """A distribution that is to be in the environment; its wheel is in the store."""

    project: NormalizedName
    version: str
    sha256: str
    dist_info: str
    """The name of its dist-info folder, as the wheel spells it."""
    files: Sequence[WheelFile]
    scripts: Sequence[EntryPoint] = ()
    root: str = ""
    """The wheel's folder in the store."""
    requested: bool = False
    """Whether the driver's own file asks for it (PEP 376's REQUESTED)."""
    origin: OriginFile | None = None
    public: bool = False
    """Whether it came from a public index: where two bring the same file, it gives way to a local one."""

    def __str__(self) -> str:
        """Project and version."""
        return f"{self.project} {self.version}"


class PlannedFile(NamedTuple):
    """One file of the environment."""

    target: str
    """Relative to the prefix, `/`-separated."""
    source: str
    """Relative to the wheel's files in the store, `/`-separated: the scheme, then the path."""
    size: int
    sha256: str
    """As RECORD writes it: base64url without padding."""
    executable: bool
    kind: str
    """`CODE`, `DATA`, `OVERLAY` or `SCRIPT`."""


class PlannedScript(NamedTuple):
    """One script that is generated for an entry point."""

    target: str
    """Relative to the prefix, `/`-separated, with `.exe` on Windows."""
    name: str
    module: str
    attribute: str
    gui: bool


@dataclass(frozen=True, slots=True)
class PlannedWheel:
    """What one distribution brings."""

    project: NormalizedName
    version: str
    sha256: str
    dist_info: str
    """Relative to the prefix, `/`-separated."""
    root: str
    """The wheel's folder in the store."""
    requested: bool
    files: tuple[PlannedFile, ...]
    scripts: tuple[PlannedScript, ...]
    shared: tuple[str, ...]
    """Targets that it brings as well, but that another distribution's file (or script) serves."""
    origin: OriginFile | None = None
    entries: Sequence[WheelFile] = ()
    """All files of the wheel, laid or not."""
    public: bool = False
    """Whether it came from a public index."""


class Hook(NamedTuple):
    """Something that Python runs by itself at every start of this environment."""

    project: NormalizedName
    version: str
    target: str
    """The file or folder that says so; relative to the prefix, `/`-separated."""
    runs: tuple[str, ...]
    """What it does, line by line, safe for a terminal."""

    def __str__(self) -> str:
        """Project, version, and the file's name."""
        return f"{self.project} {self.version}: {self.target.rpartition('/')[2]}"


class Note(NamedTuple):
    """Something a person should look at; the launch goes on."""

    code: str
    text: str


@dataclass(frozen=True, slots=True)
class Plan:
    """An environment, before it is there."""

    key: str
    name: str
    """The readable name: the last folder of `sys.prefix`."""
    wheels: tuple[PlannedWheel, ...]
    notes: tuple[Note, ...]
    hooks: tuple[Hook, ...] = ()
