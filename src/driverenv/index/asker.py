"""One resolve's snapshot of the indexes: each is asked about a project at most once, by whatever thread."""

from __future__ import annotations

import threading
from collections.abc import Collection

from packaging.utils import NormalizedName

from driverenv._http import Transport
from driverenv.index.burden import Burden
from driverenv.index.confusable import Lookalikes
from driverenv.index.crew import Crew
from driverenv.index.folder import FolderIndex
from driverenv.index.once import Memo
from driverenv.index.simple import SimpleIndex
from driverenv.index.vanished import Memory
from driverenv.model.answers import Absent, Found
from driverenv.model.site import Index, Policy


class Asker:
    """Remembers every answer (and every failure) of one resolve; safe for threads. Make a new one for the next.

    With a `memory` of names, what local indexes have outlives the resolve. `crew` are the threads that ask.
    """

    def __init__(
        self,
        policy: Policy,
        *,
        transport: Transport,
        memory: Memory | None = None,
        crew: Crew | None = None,
    ) -> None:
        self._policy = policy
        self.crew = crew or Crew()
        self._transport = transport
        self.memory = memory
        self._lock = threading.Lock()
        self._told: set[str] = set()
        self._burden = Burden()
        self._indexes: Memo[tuple[Index, bool], FolderIndex | SimpleIndex] = Memo(self._open)
        self._answers: Memo[tuple[Index, bool, NormalizedName], Found | Absent] = Memo(self._answer)
        self._names: Memo[Index, Lookalikes] = Memo(self._look_at)
        self._among: dict[Index, Collection[str]] = {}

    def ask(self, index: Index, project: NormalizedName, *, public: bool) -> Found | Absent:
        """Whether `index` has `project`.

        Raises `IndexUnavailable`, `LocalVersionMismatch` (`LOCAL_EMPTY`), `IntegrityError`.
        """
        return self._answers.get((index, public, project))

    def lookalikes(self, absent: Absent) -> tuple[str, ...]:
        """The names that the index of `absent` has, or had, and that look like the one that it lacks."""
        self._among.setdefault(absent.index, absent.among)
        return self._names.get(absent.index).of(absent.project)

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
        return SimpleIndex(
            index,
            public=public,
            transport=self._transport,
            public_index=self._policy.public,
            empty_page=self._policy.empty_page,
            burden=self._burden,
            memory=self.memory,
        )

    def _answer(self, key: tuple[Index, bool, NormalizedName]) -> Found | Absent:
        index, public, project = key
        answer = self._indexes.get((index, public)).answer(project)
        if self.memory is not None and not public:
            if isinstance(answer, Found):
                self.memory.remember(answer)
            else:
                self._note(answer)
        return answer

    def _note(self, answer: Absent) -> None:
        """Keep what an absence shows: the names that are there, and that this one is not."""
        if self.memory is None or not answer.among:
            return
        self.memory.note_listing(answer.index, answer.among)
        if not answer.index.is_folder:
            self.memory.note_absence(answer.index, answer.project)

    def _look_at(self, index: Index) -> Lookalikes:
        """All names of a local index, sorted out once."""
        before = self.memory.projects(index) if self.memory is not None else ()
        return Lookalikes({*self._among[index], *before})
