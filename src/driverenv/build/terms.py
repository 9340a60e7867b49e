"""What one build goes by: the sdist, where it lands, and what the site's policy gives it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from packaging.requirements import Requirement

from driverenv.build.failures import Asked
from driverenv.build.process import Limits
from driverenv.events import Listener
from driverenv.model.amended import AS_IT_IS, Amended
from driverenv.model.build import BuildRecord, Sought, Toolchain
from driverenv.model.requirement import Interpreter
from driverenv.store import Store

ToolsFor = Callable[[Sequence[Requirement], str, Sequence[str]], Toolchain]
"""Makes the environment for these build requirements: whose they are, and what limits their versions besides."""


class Fleet(Protocol):
    """What other servers built: it gives what it has, or nothing, and raises nothing."""

    def find(self, sought: Sought, folder: Path) -> tuple[BuildRecord, Path] | None:
        """How it was built, and the wheel, written into `folder`; what it says was signed by somebody trusted."""

    def give(self, sought: Sought, record: BuildRecord, wheel: Path) -> None:
        """Have what was built here."""

    def refuse(self, sought: Sought, why: str) -> None:
        """Be told that what was found is not used; `why` ends a sentence."""


@dataclass(frozen=True, slots=True)
class Job:
    """One sdist to be built; the same for each attempt."""

    asked: Asked
    sdist: Path
    key: str
    """What it is filed under."""
    store: Store
    interpreter: Interpreter
    tools_for: ToolsFor
    on_event: Listener
    environ: Mapping[str, str]
    limits: Limits
    isolation: str
    network: bool
    constraints: tuple[str, ...]
    """What the policy says of the tools of this sdist's build."""
    amended: Amended = AS_IT_IS
    """What the policy says in place of the wheel's metadata."""

    @property
    def must_be_isolated(self) -> bool:
        """Whether it is built in isolation or not at all."""
        return self.isolation == "required"

    def log_name(self, step: str, attempt: int) -> str:
        """The name of the log of one step below ``home/logs``."""
        again = f"-{attempt}" if attempt > 1 else ""
        return f"build-{self.asked.project}-{self.asked.version}-{self.key[:12]}-{step}{again}.log"


@dataclass(frozen=True, slots=True)
class Place:
    """The private folder of one attempt; the code may write below `work` only."""

    folder: Path

    @property
    def work(self) -> Path:
        """The only part that the foreign code writes to."""
        return self.folder / "work"

    def prepared(self) -> Place:
        """The same, with its folders made."""
        for name in ("source", "home", "tmp", "wheel"):
            (self.work / name).mkdir(parents=True)
        return self
