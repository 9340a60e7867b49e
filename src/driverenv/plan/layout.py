"""Where schemes land, and what nobody may land on."""

from __future__ import annotations

import re
from dataclasses import dataclass

from driverenv.errors import ArchiveRejected, foreign
from driverenv.model.plan import LIBRARY, Arrival
from driverenv.model.requirement import Interpreter

ROOTS = ("", "/", "\\")
_DESCRIBING = ".dist-info"
_OLD_DESCRIBING = ".egg-info"
_PROTECTED = re.compile(
    r"(?:pythonw?|pypyw?|venvw?launcher)[\d.]*t?(?:_d)?(?:\.exe|\.dll|\.bat|\.cmd|\.com)?"
    r"|(?:de)?activate(?:_this)?(?:\.\w+)?"
)


@dataclass(frozen=True, slots=True)
class Layout:
    """Where schemes land; `/`-separated, with a slash at the end where there is a folder."""

    library: str
    scripts: str
    include: str
    windows: bool
    folds_case: bool

    @classmethod
    def of(cls, interpreter: Interpreter) -> Layout:
        """The layout of environments for `interpreter`."""

        def slashed(path: str) -> str:
            return (path.replace("\\", "/") if interpreter.windows else path).rstrip("/") + "/"

        platform = interpreter.target.markers.get("sys_platform", "")
        return cls(
            library=slashed(interpreter.site_packages),
            scripts=slashed(interpreter.scripts),
            include=slashed(interpreter.include),
            windows=interpreter.windows,
            folds_case=platform in ("win32", "darwin", "cygwin"),
        )

    def folder(self, scheme: str, project: str) -> str:
        """Where the files of a scheme go."""
        if scheme in LIBRARY:
            return self.library
        return {"scripts": self.scripts, "headers": f"{self.include}{project}/"}.get(scheme, "")

    def fold(self, target: str) -> str:
        """`target` as the file system compares it."""
        return target.casefold() if self.folds_case else target

    def check(self, arrival: Arrival, path: str, target: str, *, scheme: str) -> None:
        """Refuse what would land outside, on a file of the environment itself, or among modules from elsewhere.

        For what does not belong into site-packages; `check_path` and `check_description` are for what does.
        """
        check_path(arrival, path)
        folded = target.casefold()
        folder, _, name = folded.rpartition("/")
        in_scripts = folder == self.scripts.rstrip("/").casefold()
        if folded == "pyvenv.cfg" or (in_scripts and _PROTECTED.fullmatch(name)):
            raise refused(arrival, target, "would replace a file of the environment itself")
        elsewhere = (self.library, self.scripts) if scheme == "data" else (self.library,)
        if folded.startswith(tuple(one.casefold() for one in elsewhere)):
            raise refused(
                arrival, target, "would land among modules or scripts, where its kind does not belong"
            )


def check_path(arrival: Arrival, path: str) -> None:
    """Refuse what would land outside."""
    if not path or path[0] in ROOTS or path[1:2] == ":" or ".." in path.replace("\\", "/").split("/"):
        raise refused(arrival, path, "lands outside the environment")


def check_description(arrival: Arrival, path: str, others: frozenset[str]) -> None:
    """Refuse a file of site-packages that would describe another distribution; `others` are the folded names of theirs.

    A stranger's dist-info makes a distribution seem to be there, or adds to what is.
    """
    top = path.partition("/")[0].casefold()
    if top.endswith(_DESCRIBING) and top != arrival.dist_info.casefold():
        raise refused(arrival, path, "would describe another distribution")
    if top.endswith(_OLD_DESCRIBING) and top.removesuffix(_OLD_DESCRIBING) + _DESCRIBING in others:
        raise refused(arrival, path, "would describe another distribution")


def refused(arrival: Arrival, path: str, why: str) -> ArchiveRejected:
    """The error for a file that may not be laid."""
    return ArchiveRejected(
        f"a file of {arrival} {why}",
        facts=(
            ("distribution", str(arrival)),
            ("file", foreign(path)),
            ("wheel", f"sha256 {arrival.sha256}"),
        ),
        remedies=(
            "take this release off the index, or exclude it by a constraint",
            "no package may touch the interpreter, pyvenv.cfg, the activation scripts, or another package",
        ),
        data={"project": arrival.project, "version": arrival.version, "path": path, "sha256": arrival.sha256},
    )
