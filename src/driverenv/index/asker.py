"""One resolve's snapshot of the indexes: each is asked about a project at most once, by whatever thread."""

from __future__ import annotations

import threading

from packaging.utils import NormalizedName

from driverenv._http import Transport
from driverenv.index.folder import FolderIndex
from driverenv.index.once import Memo
from driverenv.index.simple import SimpleIndex
from driverenv.model.answers import Absent, Found
from driverenv.model.site import Index, Policy


class Asker:
    """Remembers every answer (and every failure) of one resolve; safe for threads. Make a new one for the next."""

    def __init__(self, policy: Policy, *, transport: Transport) -> None:
        self._policy = policy
        self._transport = transport
        self._lock = threading.Lock()
        self._told: set[str] = set()
        self._indexes: Memo[tuple[Index, bool], FolderIndex | SimpleIndex] = Memo(self._open)
        self._answers: Memo[tuple[Index, bool, NormalizedName], Found | Absent] = Memo(self._answer)

    def ask(self, index: Index, project: NormalizedName, *, public: bool) -> Found | Absent:
        """Whether `index` has `project`.

        Raises `IndexUnavailable`, `LocalVersionMismatch` (`LOCAL_EMPTY`), `IntegrityError`.
        """
        return self._answers.get((index, public, project))

    def is_news(self, note: str) -> bool:
        """Whether nobody was told of `note` before: an oddity of an index comes with each of its answers."""
        with self._lock:
            known = note in self._told
            self._told.add(note)
        return not known

    def look_ahead(self) -> None:
        """Ask the first local index for its root page, which the first absent project will need."""
        if self._policy.local and not self._policy.local[0].is_folder:
            first = self._indexes.get((self._policy.local[0], False))
            if isinstance(first, SimpleIndex):
                first.look_ahead()

    def _open(self, key: tuple[Index, bool]) -> FolderIndex | SimpleIndex:
        index, public = key
        if index.is_folder:
            return FolderIndex(index)
        return SimpleIndex(index, public=public, transport=self._transport, public_index=self._policy.public)

    def _answer(self, key: tuple[Index, bool, NormalizedName]) -> Found | Absent:
        index, public, project = key
        return self._indexes.get((index, public)).answer(project)
