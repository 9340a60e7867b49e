"""What a local index would answer if files were put into it, or taken out of it: laid over what it does answer."""

from __future__ import annotations

import threading
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from packaging.utils import NormalizedName

from driverenv.index.asker import Asker
from driverenv.index.burden import weight_of
from driverenv.index.filenames import claimants
from driverenv.model.answers import Absent, Found, ProjectFile
from driverenv.model.site import Index

KEPT = 256 * 1024 * 1024
"""Bytes, about, of public listings that are kept for all of many resolves."""


class PublicAnswers:
    """What public indexes answered, for many resolves; not without end. Safe for threads."""

    def __init__(self, limit: int = KEPT) -> None:
        self._lock = threading.Lock()
        self._left = limit
        self._known: dict[tuple[Index, NormalizedName], Found | Absent] = {}

    def ask(self, asker: Asker, index: Index, project: NormalizedName) -> Found | Absent:
        """As `Asker.ask`, which is asked unless the answer is known."""
        known = self._known.get((index, project))
        if known is not None:
            return known
        answer = asker.ask(index, project, public=True)
        weight = weight_of(answer.files) if isinstance(answer, Found) else 0
        with self._lock:
            if weight <= self._left:
                self._left -= weight
                self._known[index, project] = answer
        return answer


class Snapshot(Asker):
    """Many resolves go by one snapshot: `local` is asked of the site's own indexes, `own` of public ones.

    What public indexes list is too much to be kept for all; what is kept of it is in `shared`.
    """

    def __init__(self, own: Asker, local: Asker, shared: PublicAnswers) -> None:
        self.__dict__.update(own.__dict__)
        self._own, self._local, self._shared = own, local, shared

    def ask(self, index: Index, project: NormalizedName, *, public: bool) -> Found | Absent:
        """As `Asker.ask`."""
        if public:
            return self._shared.ask(self._own, index, project)
        return self._local.ask(index, project, public=False)


class Overlay(Asker):
    """Asks `beneath`, and answers for one index with some files more and some less. It remembers nothing.

    Args:
        beneath: who is really asked; what it remembers is what an absence is judged by.
        index: the local index that would change.
        added: the files that it would have besides, by project; their URLs say where they can be had now.
        removed: the names of files that it would not have any more.
    """

    def __init__(  # the base's own state is that of `beneath`
        self,
        beneath: Asker,
        *,
        index: Index,
        added: Mapping[NormalizedName, Sequence[ProjectFile]],
        removed: Collection[str] = (),
    ) -> None:
        self.__dict__.update(beneath.__dict__)
        self._beneath, self._index = beneath, index
        self._added, self._removed = added, frozenset(removed)

    @property
    def touched(self) -> frozenset[NormalizedName]:
        """The projects whose answer may be another one."""
        return frozenset(self._added) | {name for file in self._removed for name in claimants(file)}

    def ask(self, index: Index, project: NormalizedName, *, public: bool) -> Found | Absent:
        """As `Asker.ask`, with what would be there."""
        answer = self._beneath.ask(index, project, public=public)
        if public or index.location != self._index.location or project not in self.touched:
            return answer
        added = tuple(self._added.get(project, ()))
        names = {file.filename for file in added}
        files = (
            [file for file in answer.files if file.filename not in names] if isinstance(answer, Found) else []
        )
        left = (*(file for file in files if file.filename not in self._removed), *added)
        if isinstance(answer, Found) and left:
            return replace(answer, files=left)
        if left:
            return Found(project, index, left, index.location)
        if isinstance(answer, Absent):
            return answer
        return Absent(project, index, "all of its files would be taken out")
