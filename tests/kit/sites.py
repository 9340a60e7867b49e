"""What an index answers to a request: no sockets, so that fakes and real servers say the same."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import NamedTuple, Protocol
from urllib.parse import quote, unquote, urlsplit

from packaging.utils import (
    InvalidSdistFilename,
    InvalidWheelFilename,
    NormalizedName,
    canonicalize_name,
    parse_sdist_filename,
    parse_wheel_filename,
)

from .pages import HTML, PYPI_HTML, PYPI_JSON, Stored, project_html, project_json, root_html, root_json
from .universe import Fault, IndexData, Universe


class Request(NamedTuple):
    """A request as an index sees it; header names are lower case, the path has no query."""

    method: str
    path: str
    headers: Mapping[str, str] = {}
    query: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    @classmethod
    def redirect(cls, to: str, status: int = 302) -> Answer:
        """A redirect."""
        return cls(status, {"Location": to})


class TransportFault(Exception):
    """Not an answer: the fault's kind says what happens to the connection."""

    def __init__(self, fault: Fault, answer: Answer | None = None) -> None:
        super().__init__(fault.kind)
        self.fault = fault
        self.answer = answer
        """The answer to be cut short, for the kind "cut"."""


class Site(Protocol):
    """Anything that answers requests."""

    def answer(self, request: Request) -> Answer: ...


@dataclass(frozen=True, slots=True)
class Logged:
    """One request that came in; `number` counts from 0 over the whole log."""

    number: int
    origin: str
    request: Request

    @property
    def path(self) -> str:
        return self.request.path

    @property
    def project(self) -> NormalizedName | None:
        """The project whose page was asked, if it was one (JSON API of pypiserver included)."""
        parts = [part for part in self.request.path.split("/") if part]
        if "simple" in parts[:-1]:
            return canonicalize_name(unquote(parts[parts.index("simple") + 1]))
        if len(parts) == 2 and parts[1] == "json":
            return canonicalize_name(unquote(parts[0]))
        return None


class RequestLog:
    """Every request in order; safe for threads."""

    def __init__(self) -> None:
        self._rows: list[Logged] = []
        self._changed = threading.Condition()

    def add(self, origin: str, request: Request) -> Logged:
        """Write one down."""
        with self._changed:
            row = Logged(len(self._rows), origin, request)
            self._rows.append(row)
            self._changed.notify_all()
            return row

    def wait_for(self, count: int, timeout: float = 30.0) -> None:
        """Until so many requests have come."""
        with self._changed:
            if not self._changed.wait_for(lambda: len(self._rows) >= count, timeout):
                msg = f"expected {count} requests, saw {[row.path for row in self._rows]}"
                raise AssertionError(msg)

    def clear(self) -> None:
        """Forget all."""
        with self._changed:
            self._rows.clear()

    def of(self, origin: str) -> list[Logged]:
        """The requests to one origin (an index's name, with `Web`)."""
        return [row for row in self if row.origin == origin]

    def paths(self) -> list[str]:
        """The paths, in order."""
        return [row.path for row in self]

    def projects(self, origin: str | None = None) -> set[NormalizedName]:
        """The projects whose pages were asked."""
        rows = self if origin is None else self.of(origin)
        return {row.project for row in rows if row.project is not None}

    def __iter__(self) -> Iterator[Logged]:
        with self._changed:
            return iter(list(self._rows))

    def __len__(self) -> int:
        with self._changed:
            return len(self._rows)


class IndexSite:
    """An index of a universe, answering; paths are `/simple/...` and `/packages/FILE`."""

    def __init__(self, index: IndexData, *, files_base: str = "", fallback_url: str = "") -> None:
        self.index = index
        self.files_base = files_base
        self.fallback_url = fallback_url or "https://pypi.org/simple"
        self._played: dict[str, int] = {}
        self._lock = threading.Lock()

    def answer(self, request: Request) -> Answer:
        """The answer; raises `TransportFault` where the connection itself is to fail."""
        fault = self.index.fault
        if fault and not self._spares(request.path) and self._strikes(fault, "index"):
            return self._play(fault, lambda: self._well(request))
        return self._well(request)

    def _spares(self, path: str) -> bool:
        """Whether `path` was asked for while the index was still well: what is spared, and the root."""
        *_, folder, last = ["", "simple", *(unquote(part) for part in path.split("/") if part)]
        if last == "simple":
            return bool(self.index.spared)
        if folder == "packages":
            files = (stored.filename for name in self.index.spared for stored in self.index.stored(name))
            return last.removesuffix(".metadata") in files
        return canonicalize_name(last) in self.index.spared

    def _well(self, request: Request) -> Answer:  # noqa: PLR0911 -- one for each route
        parts = [unquote(part) for part in request.path.split("/")[1:]]
        match parts:
            case ["simple" | "packages"] | ["simple", _] if parts[-1]:
                return Answer.redirect(request.path + "/", 301)
            case ["simple", ""]:
                return self._root(request)
            case ["simple", project, ""]:
                return self._project(project, request)
            case ["packages", *_, filename]:
                return self._file(filename)
            case [""]:
                return Answer(
                    200, {"Content-Type": HTML}, b"<html><body>Welcome to the kit's index</body></html>"
                )
            case ["health"]:
                return Answer(200, {"Content-Type": HTML}, b"Ok")
            case [project] | [project, ""]:
                return Answer.redirect(f"/simple/{quote(project)}/", 303)
        return Answer(404, {"Content-Type": HTML}, b"Not Found")

    def _root(self, request: Request) -> Answer:
        listed = [key for key, project in self.index.projects.items() if project.listed]
        full = self.index.style != "pypiserver"

        def well() -> Answer:
            if self._wants_json(request):
                return Answer(200, {"Content-Type": PYPI_JSON}, root_json(listed))
            return Answer(200, {"Content-Type": self._html(request)}, root_html(listed, full=full))

        fault = self.index.root_fault
        return self._play(fault, well) if fault and self._strikes(fault, "root") else well()

    def _project(self, asked: str, request: Request) -> Answer:
        project = canonicalize_name(asked)
        if asked != project:
            return Answer.redirect(f"/simple/{quote(project)}/", 301)
        found = self.index.projects.get(project)
        if found is None:
            if self.index.fallback:
                return Answer.redirect(f"{self.fallback_url.rstrip('/')}/{project}/", 303)
            return Answer(404, {"Content-Type": HTML}, b"Not Found")
        fault = found.fault
        if fault and self._strikes(fault, project):
            return self._play(fault, lambda: self._page(project, request))
        return self._page(project, request)

    def _page(self, project: NormalizedName, request: Request) -> Answer:
        files = self.index.stored(project)
        if self._wants_json(request):
            return Answer(200, {"Content-Type": PYPI_JSON}, project_json(project, files, href=self._href))
        full = self.index.style != "pypiserver"
        page = project_html(project, files, href=self._href, full=full)
        return Answer(200, {"Content-Type": self._html(request)}, page)

    def _file(self, filename: str) -> Answer:
        for _, file, stored in self.index.files():
            if filename == stored.filename:
                answer = Answer(200, {"Content-Type": "application/octet-stream"}, stored.data)
                fault = file.fault
                return (
                    self._play(fault, partial(Answer, 200, answer.headers, stored.data))
                    if fault and self._strikes(fault, filename)
                    else answer
                )
            if filename == f"{stored.filename}.metadata" and stored.metadata is not None:
                if file.sidecar == "missing":
                    break
                return Answer(200, {"Content-Type": "application/octet-stream"}, stored.metadata)
        return Answer(404, {"Content-Type": HTML}, b"Not Found")

    def _href(self, stored: Stored) -> str:
        return f"{self.files_base}/packages/{quote(stored.filename)}"

    def _html(self, request: Request) -> str:
        wants = PYPI_HTML in request.headers.get("accept", "") and self.index.style == "full"
        return PYPI_HTML if wants else HTML

    def _wants_json(self, request: Request) -> bool:
        return self.index.style == "full" and PYPI_JSON in request.headers.get("accept", "")

    def _strikes(self, fault: Fault, place: str) -> bool:
        with self._lock:
            played = self._played[place] = self._played.get(place, 0) + 1
        return not fault.times or played <= fault.times

    def _play(self, fault: Fault, well: Callable[[], Answer]) -> Answer:
        if fault.kind == "answer":
            if fault.body is None and fault.status == 200:
                return well()
            headers = {"Content-Type": HTML} | dict(fault.headers)
            return Answer(fault.status, headers, (fault.body or "").encode())
        raise TransportFault(fault, well() if fault.kind == "cut" else None)


class FolderSite:
    """A folder of distribution files as an index, read anew at each request."""

    def __init__(self, folder: Path, *, full: bool = True) -> None:
        self.folder = folder
        self.full = full

    def answer(self, request: Request) -> Answer:
        """The answer."""
        wants_json = self.full and PYPI_JSON in request.headers.get("accept", "")
        parts = [unquote(part) for part in request.path.split("/")[1:]]
        match parts:
            case ["simple", ""]:
                names = {name for name, _ in self._files()}
                body = root_json(names) if wants_json else root_html(names, full=self.full)
            case ["simple", project, ""]:
                files = [stored for name, stored in self._files() if name == project]
                if not files:
                    return Answer(404, {"Content-Type": HTML}, b"Not Found")
                render = project_json if wants_json else project_html
                body = render(project, files, href=_packages)
            case ["packages", filename] if filename in {path.name for path in self.folder.iterdir()}:
                data = (self.folder / filename).read_bytes()
                return Answer(200, {"Content-Type": "application/octet-stream"}, data)
            case _:
                return Answer(404, {"Content-Type": HTML}, b"Not Found")
        return Answer(200, {"Content-Type": PYPI_JSON if wants_json else HTML}, body)

    def _files(self) -> Iterator[tuple[NormalizedName, Stored]]:
        for path in sorted(self.folder.iterdir()):
            try:
                if path.suffix == ".whl":
                    name = parse_wheel_filename(path.name)[0]
                else:
                    name = parse_sdist_filename(path.name)[0]
            except (InvalidWheelFilename, InvalidSdistFilename):
                continue
            yield name, Stored(path.name, path.read_bytes())


def _packages(stored: Stored) -> str:
    return f"/packages/{quote(stored.filename)}"


class Web:
    """A whole universe behind URLs, for fake transports: give a URL, get an answer or a fault.

    Origins: `http://<local name>.test:8036` and `https://pypi.org`, whose files are on
    `https://files.pythonhosted.org`; `https://files.test` is elsewhere. The log names the index, not the origin.
    """

    PUBLIC = "https://pypi.org"
    PUBLIC_FILES = "https://files.pythonhosted.org"
    ELSEWHERE = "https://files.test"

    def __init__(self, universe: Universe, *, bases: Mapping[str, str] | None = None) -> None:
        self.universe = universe
        self.log = RequestLog()
        self.bases = {one.name: f"http://{one.name}.test:8036" for one in (*universe.local, *universe.extra)}
        self.bases |= {universe.public.name: self.PUBLIC} | dict(bases or {})
        self._sites: dict[str, tuple[str, Site]] = {}
        public = self.bases[universe.public.name]
        for one in universe.indexes:
            is_public = one is universe.public
            files = self.PUBLIC_FILES if is_public and public == self.PUBLIC else self.bases[one.name]
            site = IndexSite(one, files_base=files if is_public else "", fallback_url=f"{public}/simple")
            self._sites[self.bases[one.name]] = self._sites[files] = (one.name, site)
        if universe.elsewhere is not None:
            self._sites[self.ELSEWHERE] = (universe.elsewhere.name, IndexSite(universe.elsewhere))

    def ask(
        self, method: str, url: str, headers: Mapping[str, str] | Sequence[tuple[str, str]] = ()
    ) -> Answer:
        """Answer, logged; raises `TransportFault`, and `UnknownOriginError` for a foreign origin."""
        parts = urlsplit(url)
        found = self._sites.get(f"{parts.scheme}://{parts.netloc}")
        request = Request(method, parts.path or "/", lowered(headers), parts.query)
        self.log.add(found[0] if found else parts.netloc, request)
        if found is None:
            raise UnknownOriginError(url)
        answer = found[1].answer(request)
        return Answer(answer.status, answer.headers) if method == "HEAD" else answer


class UnknownOriginError(AssertionError):
    """Something asked an origin that is not part of the universe."""


def lowered(headers: Mapping[str, str] | Sequence[tuple[str, str]]) -> dict[str, str]:
    """Headers with names in lower case."""
    rows = headers.items() if isinstance(headers, Mapping) else headers
    return {name.lower(): value for name, value in rows}
