"""A simple repository over HTTP (PEP 503, PEP 691), pypiserver first of all: found, absent with proof, or an error.

A local index is believed to lack a project only if its root page is that of a live index and does
not have the project either, under no spelling and on no page of a name that was cut wrongly.
"""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Mapping
from typing import NamedTuple

from packaging.utils import NormalizedName

from driverenv._http import PAGE_LIMIT, Response, Transport, redacted, refusal
from driverenv.errors import IndexUnavailable
from driverenv.index import trouble
from driverenv.index.burden import Burden
from driverenv.index.filenames import Hiding, belongs
from driverenv.index.mentions import is_paged
from driverenv.index.once import Memo, Once
from driverenv.index.page import BrokenOff, NotAnIndex, TooManyLinks, only_of, parse_page
from driverenv.index.pages import Missing, Pages
from driverenv.index.root_page import Listed, RootPage, parse_beginning, parse_root, says_simple
from driverenv.index.trouble import Question
from driverenv.index.vanished import Memory
from driverenv.model.answers import Absent, Evidence, Found, ProjectFile
from driverenv.model.site import Index

ROOT_LIMIT = 4 * 1024 * 1024
"""Bytes of the public index's root page, which only shows where its pages are."""
_BEGINNING = 64 * 1024
_SAMPLES = 3
"""How many of the projects that an unmarked root page lists are looked at, until one has files."""
_NO_PROJECT = ("LOCAL_NOT_AN_INDEX", "LOCAL_REDIRECT")


class _Page(NamedTuple):
    files: tuple[ProjectFile, ...]
    """All of the page, whoever they belong to."""
    url: str


class _Root(NamedTuple):
    url: str
    listed: Mapping[NormalizedName, tuple[str, ...]]
    """The URLs of each project's pages."""
    named: Collection[NormalizedName] = ()
    """Further projects that it names, without a link to their pages."""
    partial: str = ""
    """Why it may not be the whole listing; "" where it is."""
    whole: bool = True
    """Whether all of it was read: there may be too much of it."""
    of_pypiserver: bool = False
    """Whether it is made of the very files that the projects' pages are made of."""


class SimpleIndex:
    """One resolve's view of a simple repository: each page is asked for once; safe for threads."""

    def __init__(
        self,
        index: Index,
        *,
        public: bool,
        transport: Transport,
        public_index: Index | None = None,
        empty_page: str = "fail",
        burden: Burden | None = None,
        memory: Memory | None = None,
    ) -> None:
        self._index = index
        self._memory = None if public or index.probe == "root" else memory
        self._public = public
        self._empty_is_absent = empty_page == "absent" and not public
        self._limit = ROOT_LIMIT if public else PAGE_LIMIT
        self._pages = Pages(index, public=public, transport=transport, public_index=public_index)
        self._burden = burden or Burden()
        self._root = Once(self._find_root)
        self._hiding = Once(lambda: Hiding(self._root.get().listed))
        self._known: Memo[tuple[NormalizedName, str], _Page | Missing] = Memo(self._read)

    def answer(self, project: NormalizedName) -> Found | Absent:
        """Whether the index has `project`. Raises `IndexUnavailable`, `LocalVersionMismatch` (`LOCAL_EMPTY`)."""
        url = f"{self._base(project)}{project}/"
        page = self._still_missing(project) or self._known.get((project, url))
        if isinstance(page, _Page):
            if page.files or not self._empty_is_absent:
                return self._found(project, page)
            page = Missing("a page without a file", is_empty=True)
        if self._public:
            evidence = Evidence(redacted(url), page.how)
            return Absent(project, self._index, page.how, evidence, public=True)
        return self._proof(project, page, url)

    def look_ahead(self) -> None:
        """Ask for the root page now, so that it is there when an absence must be proven."""
        if not self._public:
            with contextlib.suppress(IndexUnavailable):  # raised again, should it ever be needed
                self._root.get()

    def listed(self) -> tuple[Mapping[NormalizedName, tuple[str, ...]], str]:
        """Every project of the root page, with the URLs of its pages; and why it may not be the whole listing.

        Raises `IndexUnavailable`.
        """
        root = self._root.get()
        return root.listed, root.partial

    def page(self, name: NormalizedName, url: str) -> tuple[ProjectFile, ...]:
        """All files of a page that the root lists, whoever they belong to. Raises `IndexUnavailable`."""
        page = self._known.get((name, url))
        return page.files if isinstance(page, _Page) else ()

    def _base(self, project: NormalizedName) -> str:
        """Where the projects' pages are: as configured if that says "simple", else found by asking."""
        base = self._index.location.rstrip("/") + "/"
        return base if says_simple(base) else self._root_for(project).url

    def _root_for(self, project: NormalizedName) -> _Root:
        try:
            return self._root.get()
        except IndexUnavailable as error:
            raise trouble.about(error, project) from error

    def _question(self, project: NormalizedName | None, url: str) -> Question:
        return Question(project, self._index, self._public, url)

    def _read(self, key: tuple[NormalizedName, str]) -> _Page | Missing:
        project, url = key
        question = self._question(project, url)
        self._check_burden(question)
        response = self._pages.ask(question)
        if isinstance(response, Missing):
            return response
        try:
            with self._burden.reading:
                self._check_burden(question)
                content_type = response.headers.get("content-type", "")
                files = parse_page(response.body, content_type, response.url, project)
                self._burden.take(files)
                self._check_burden(question)
        except NotAnIndex as error:
            raise _not_an_index(question, error) from error
        finally:
            response.done()
        return _Page(files, response.url)

    def _check_burden(self, question: Question) -> None:
        if self._burden.is_over:
            raise trouble.unavailable(question, "too-large", self._burden.told())

    def _found(self, project: NormalizedName, page: _Page) -> Found:
        question = self._question(project, page.url)
        if not page.files and not self._public:
            raise trouble.empty(question)
        try:
            files, notes = only_of(page.files, project)
        except NotAnIndex as error:
            raise _not_an_index(question, error) from error
        self._check_origins(question, files)
        return Found(project, self._index, files, redacted(page.url), public=self._public, notes=notes)

    def _check_origins(self, question: Question, files: tuple[ProjectFile, ...]) -> None:
        """Refuse a page whose files lie where the index may not send us."""
        for url in {"/".join(file.url.split("/", 3)[:3]): file.url for file in files}.values():
            reason = refusal(self._index, url, public=self._public, what="file")
            if reason:
                raise trouble.unavailable(
                    question, "link", f"the page has a link to {redacted(url)}: {reason}"
                )

    def _page_for(self, project: NormalizedName, key: tuple[NormalizedName, str]) -> _Page | Missing:
        """Another project's page, asked for the sake of `project`."""
        try:
            return self._known.get(key)
        except IndexUnavailable as error:
            raise trouble.about(error, project) from error

    # ------------------------------------------------------------------------------------- absence

    def _still_missing(self, project: NormalizedName) -> Missing | None:
        """What was absent by its own page not long ago, and is not on a pypiserver's listing now, is absent.

        The page would cost such a server as much as any other: it looks through all of its files for each.
        """
        if self._memory is None or not self._memory.was_absent(self._index, project):
            return None
        root = self._root_for(project)
        is_whole = root.whole and not root.partial
        if root.of_pypiserver and is_whole and project not in root.listed and project not in root.named:
            return Missing("no page of it when it was asked for last")
        return None

    def _proof(self, project: NormalizedName, missing: Missing, url: str) -> Found | Absent:
        root = self._root_for(project)
        is_empty = missing.is_empty
        if project in root.listed:
            found = self._listed(project, missing, url, root.listed[project])
            if found is not None:
                return found
            is_empty = True
        if project in root.named and project not in root.listed:
            detail = (
                f"{missing.how} for the project's page, though the root page of the index names the project"
            )
            raise trouble.unavailable(self._question(project, root.url), "named", detail)
        hidden = self._hidden(project, root)
        if hidden is not None:
            return hidden
        told = self._told(project, missing, root)
        notes = []
        if is_empty:
            notes.append(
                f"the local index {self._index} has a page of {project} without a file, "
                "which counts as absent here (empty_page = absent)"
            )
        lists_nothing = not root.listed and not root.partial
        if lists_nothing:
            notes.append(f"the local index {self._index} lists no project at all")
        return Absent(
            project,
            self._index,
            f"{missing.how}, and {told}",
            Evidence(redacted(url), missing.how, told),
            notes=tuple(notes),
            among=root.listed.keys(),
            lists_nothing=lists_nothing,
        )

    def _told(self, project: NormalizedName, missing: Missing, root: _Root) -> str:
        """What the root page adds to a proof of absence. Raises `IndexUnavailable`: it is not the whole listing."""
        if root.partial and self._index.probe == "project":
            return "its root page is that of an index, which is enough for it (probe = project)"
        if not root.whole:
            detail = f"{missing.how} for the project's page, and the root page is too large to be read"
            raise trouble.unavailable(self._question(project, root.url), "too-large", detail)
        if root.partial:
            detail = f"{missing.how} for the project's page, and the root page is not the whole listing: {root.partial}"
            raise trouble.unavailable(self._question(project, root.url), "partial", detail)
        count = len(root.listed)
        if project in root.listed:
            return "no page with a file of it is listed on its root"
        names = f"{count} projects" if count != 1 else "1 project"
        return f"its root lists {names} without it" if count else "its root lists no project at all"

    def _listed(
        self, project: NormalizedName, missing: Missing, url: str, others: tuple[str, ...]
    ) -> Found | None:
        """The root lists the project: a page at a URL of its own decides (an un-normalised folder name).

        None: there are but pages without a file, and these count as absent.
        """
        is_empty = missing.is_empty
        for other in others:
            if other != url and not refusal(self._index, other, public=False, what="page"):
                page = self._known.get((project, other))
                if isinstance(page, _Page):
                    if page.files or not self._empty_is_absent:
                        return self._found(project, page)
                    is_empty = True
        if is_empty:
            return None
        detail = f"{missing.how} for the project's page, though the root page of the index lists the project"
        raise trouble.unavailable(self._question(project, url), "error", detail)

    def _hidden(self, project: NormalizedName, root: _Root) -> Found | None:
        """Files of the project on the pages of names that the index may have cut wrongly."""
        files: dict[ProjectFile, str] = {}
        for name in self._hiding.get().of(project):
            for url in root.listed[name]:
                page = self._page_for(project, (name, url))
                if isinstance(page, _Page):
                    files |= {file: page.url for file in page.files if belongs(file.filename, project)}
        if not files:
            return None
        page_url = next(iter(files.values()))
        self._check_origins(self._question(project, page_url), tuple(files))
        note = (
            f"the index lists the files of {project} under another name, at {page_url}; they count as its own"
        )
        return Found(project, self._index, tuple(files), page_url, notes=(note,))

    # ---------------------------------------------------------------------------------------- root

    def _find_root(self) -> _Root:
        """The root page, below ``/simple/`` first where the address does not say. Raises `IndexUnavailable`."""
        base = self._index.location.rstrip("/") + "/"
        candidates = (base,) if says_simple(base) else (f"{base}simple/", base)
        told: list[str] = []
        for url in candidates:
            response = self._pages.ask(self._question(None, url), limit=self._limit, is_root=True)
            try:
                return self._read_root(url, response)
            except BrokenOff as error:
                raise _not_an_index(self._question(None, url), error) from error
            except NotAnIndex as error:
                told.append(f"{url} {error.detail}")
        raise trouble.unavailable(self._question(None, candidates[-1]), "not-an-index", "; ".join(told))

    def _read_root(self, url: str, response: Response | Missing) -> _Root:
        if isinstance(response, Missing):
            raise NotAnIndex(f"is not there ({response.how})")
        page, whole = self._parse_root(response)
        if not page.sure and not self._public and not self._has_files(page.listed):
            raise NotAnIndex("has links, but no project's files were found behind the first of them")
        if not whole:
            return _Root(url, {}, partial=page.partial, whole=False)
        partial = page.partial
        if not partial and is_paged(response.headers.get("link", "")):
            partial = "its header links to a further page"
        listed: dict[NormalizedName, tuple[str, ...]] = {}
        for name, link in page.listed:
            listed[name] = (*listed.get(name, ()), link)
        return _Root(url, listed, page.named, partial, of_pypiserver=page.of_pypiserver)

    def _parse_root(self, response: Response) -> tuple[RootPage, bool]:
        """The root page, and whether all of it was read."""
        content_type = response.headers.get("content-type", "")
        try:
            if response.whole and len(response.body) < self._limit:
                with contextlib.suppress(TooManyLinks), self._burden.reading:
                    return parse_root(response.body, content_type, response.url), True
            return parse_beginning(response.body[:_BEGINNING], content_type, response.url), False
        finally:
            response.done()

    def _has_files(self, listed: tuple[Listed, ...]) -> bool:
        """Whether one of the first projects that a page seems to list has a page with files of its own."""
        for name, url in sorted(listed)[:_SAMPLES]:
            try:
                page = self._known.get((name, url))
            except IndexUnavailable as error:
                if error.code not in _NO_PROJECT:
                    raise
            else:
                if isinstance(page, _Page) and any(belongs(file.filename, name) for file in page.files):
                    return True
        return False


def _not_an_index(question: Question, error: NotAnIndex) -> IndexUnavailable:
    kinds = {TooManyLinks: "too-large", BrokenOff: "truncated"}
    kind = kinds.get(type(error), "not-an-index")
    return trouble.unavailable(question, kind, f"the page {error.detail}")
