"""The same file name with another content than before: on a local index told, on a public one refused.

Developers overwrite files on their own index; public files never change.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from packaging.utils import NormalizedName

from driverenv._http import redacted
from driverenv.errors import IntegrityError, foreign
from driverenv.events import Listener, Warned
from driverenv.model.answers import ProjectFile
from driverenv.model.resolution import Candidate
from driverenv.model.site import Index
from driverenv.store import Store
from driverenv.store.names import Seen


class Memory(Protocol):
    """What outlives a launch: which contents files had."""

    def seen(self, index: Index, project: NormalizedName, *, public: bool = False) -> Seen | None:
        """What `index` had of `project`; None: it was never seen there."""

    def took(
        self,
        index: Index,
        project: NormalizedName,
        file: ProjectFile,
        sha256: str,
        size: int,
        *,
        public: bool,
    ) -> None:
        """Keep the sha256 and size of a file that was fetched from `index`."""


@dataclass(frozen=True)
class Past:
    """What files were before. `replaced` is the policy's word for local ones: "warn" or "fail"."""

    memory: Memory
    replaced: str
    on_event: Listener

    def check(self, candidates: Sequence[Candidate], digests: Mapping[str, str] | None = None) -> None:
        """Compare with what is remembered; `digests` by `Candidate.key` for those whose index gives none.

        Tells `Warned` (`REPLACED`). Raises `IntegrityError`.
        """
        for candidate in candidates:
            sha256 = (digests or {}).get(candidate.key) or candidate.file.digest("sha256")
            if sha256 is not None:
                self._compare(candidate, sha256)

    def keep(self, candidates: Sequence[Candidate], digests: Mapping[str, str], store: Store) -> None:
        """Remember what was fetched into `store`."""
        for candidate in candidates:
            sha256 = digests[candidate.key]
            archive = store.archive(sha256)
            size = archive.stat().st_size if archive is not None else 0
            self.memory.took(
                candidate.index, candidate.project, candidate.file, sha256, size, public=candidate.public
            )

    def _compare(self, candidate: Candidate, sha256: str) -> None:
        seen = self.memory.seen(candidate.index, candidate.project, public=candidate.public)
        before = seen.file(candidate.file.filename) if seen is not None else None
        if seen is None or before is None or before.sha256 in (None, sha256):
            return
        if candidate.public or self.replaced == "fail":
            raise _changed(candidate, before.sha256 or "", sha256, seen)
        text = (
            f"{candidate.file.filename} was replaced on {candidate.index.name} by another file of the same name: its "
            f"sha256 was {before.sha256} (remembered since {seen.first_day}) and is {sha256} now; the new one is used"
        )
        self.on_event(Warned("REPLACED", foreign(text, limit=600)))


def _changed(candidate: Candidate, was: str, sha256: str, seen: Seen) -> IntegrityError:
    project, index = candidate.project, candidate.index
    role = "public" if candidate.public else "local"
    safe = (
        (
            "compare both digests with what the project itself publishes: public files never change",
            "a proxy between here and the index may have changed the file, or its address is not the right one",
        )
        if candidate.public
        else (
            f"ask who uploads {project} why the file was replaced; a changed file needs a version of its own",
            "or put the former file back",
        )
    )
    return IntegrityError(
        f"{foreign(candidate.file.filename)} is not the file that the {role} index had under this name before",
        facts=(
            ("project", project),
            ("index", str(index)),
            ("file", foreign(redacted(candidate.file.url))),
            ("was", f"sha256 {was}, remembered since {seen.first_day}"),
            ("is", f"sha256 {foreign(sha256)}"),
            ("not used", "neither of them, nor any other file, version or index"),
        ),
        remedies=(*safe, f"if the new file is known to be right: driverenv release {project}"),
        data={
            "project": project,
            "index": index.location,
            "file": candidate.file.filename,
            "public": candidate.public,
            "was": was,
            "is": sha256,
        },
    )
