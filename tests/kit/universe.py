"""A universe as data: what the local indexes and the public one hold, and how they misbehave.

    [[local]]
    name = "local"
    projects.six = ["1.16.0", { version = "1.15.0", yanked = "broken" }]
    projects.widget = { files = [{ version = "2.0", requires = ["six<2"] }], fault = { status = 503 } }

    [public.projects]
    six = ["1.17.0"]

A file is a version, or a table: see `File`. `[[extra]]` are further indexes, asked between the local ones
and public; `terms` of an index are what the site's policy says of it. `[elsewhere]` is a host that is no index
of the site and has files all the same, `[bundled]` are wheels in the driver's folder `wheels`. Nothing here
opens a socket.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from functools import lru_cache
from pathlib import Path
from typing import Literal, cast, get_args

from packaging.utils import canonicalize_name

from .checked import ScenarioError, Table
from .pages import Stored, Style
from .sdists import Backend, Format, Sdist
from .wheels import Archive, Wheel

FaultKind = Literal["answer", "refused", "reset", "close", "cut", "hang"]
Sidecar = Literal["auto", "none", "missing", "lie"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What an index does instead of answering well; `times` = 0: always."""

    kind: FaultKind = "answer"
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str | None = None
    times: int = 0

    @classmethod
    def parse(cls, table: Table) -> Fault:
        """From `{status=503}`, `{redirect="..."}`, `{body="..."}`, `{refused=true}`, `{reset=true}`, ..."""
        headers = table.string_table("headers")
        redirect, content_type = table.maybe_text("redirect"), table.maybe_text("content_type")
        headers |= {"Location": redirect} if redirect is not None else {}
        headers |= {"Content-Type": content_type} if content_type is not None else {}
        kinds = [kind for kind in get_args(FaultKind)[1:] if table.flag(kind)]
        status, body = table.whole("status", 302 if redirect is not None else 200), table.maybe_text("body")
        times = table.whole("times", 0)
        table.done("status", "redirect", "body", "content_type", "headers", "times", *get_args(FaultKind)[1:])
        if len(kinds) > 1:
            msg = f"{table.place}: only one of {', '.join(kinds)}"
            raise ScenarioError(msg)
        kind = cast("FaultKind", kinds[0]) if kinds else "answer"
        return cls(kind=kind, status=status, headers=headers, body=body, times=times)


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """One distribution file of a project."""

    version: str = ""
    requires: tuple[str, ...] = ()
    requires_python: str | None = None
    extras: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    tag: str = "py3-none-any"
    build: str = ""
    sdist: bool = False
    format: str = "tar.gz"
    backend: str = "kit"
    build_requires: tuple[str, ...] = ()
    fail: str | None = None
    metadata_version: str | None = None
    dynamic: tuple[str, ...] = ()
    yanked: bool | str = False
    spelling: str | None = None
    filename: str | None = None
    named: str | None = None
    """The project's name inside the file, where it is another one."""
    text: str = ""
    """Put into the module, so that two files of one version differ."""
    junk: str | None = None
    """The whole content instead of an archive (needs `filename`)."""
    algorithm: str | None = "sha256"
    sidecar: str = "auto"
    upload_time: str = "2020-01-01T00:00:00.000000Z"
    fault: Fault | None = None
    """Of the download."""

    @classmethod
    def parse(cls, data: object, place: str) -> File:
        """A version, or a table of these fields."""
        if isinstance(data, str):
            return cls(version=data)
        table = Table(data, place)
        if "filename" not in table:
            table.need("version")
        extras = table.table("extras")
        values: dict[str, object] = {"extras": {one: extras.strings(one) for one in extras.names()}}
        yanked = table.take("yanked", default=False)
        if not isinstance(yanked, (bool, str)):
            msg = f"{place}.yanked: expected true, false or a reason, found {yanked!r}"
            raise ScenarioError(msg)
        values |= {"yanked": yanked, "sdist": table.flag("sdist")}
        values["fault"] = Fault.parse(table.table("fault")) if "fault" in table else None
        values["format"] = table.choice("format", get_args(Format), "tar.gz")
        values["backend"] = table.choice("backend", get_args(Backend), "kit")
        values["sidecar"] = table.choice("sidecar", get_args(Sidecar), "auto")
        values["algorithm"] = table.choice("algorithm", ("sha256", "sha512", "md5", "none"), "sha256")
        values |= {
            name: table.strings(name) for name in ("requires", "build_requires", "dynamic") if name in table
        }
        known = [one.name for one in fields(cls)]
        values |= {name: table.text(name) for name in known if name not in values and name in table}
        table.done(*known)
        values["algorithm"] = None if values["algorithm"] == "none" else values["algorithm"]
        return cls(**values)  # type: ignore[arg-type]

    def archive(self, project: str) -> Archive:
        """The file's true bytes."""
        if self.junk is not None:
            return Archive(self.filename or f"{project}-{self.version}.whl", self.junk.encode(), b"")
        name = self.named or project
        files = {"kit.txt": self.text} if self.text else {}
        if self.sdist:
            return Sdist(
                name=name,
                version=self.version,
                format=cast("Format", self.format),
                requires=self.requires,
                requires_python=self.requires_python,
                extras=self.extras,
                files=files,
                backend=cast("Backend", self.backend),
                build_requires=self.build_requires,
                metadata_version=self.metadata_version or "2.2",
                dynamic=self.dynamic,
                spelling=self.spelling,
                filename=self.filename,
                fail=self.fail,
            ).archive()
        return Wheel(
            name=name,
            version=self.version,
            requires=self.requires,
            requires_python=self.requires_python,
            extras=self.extras,
            files=files,
            tag=self.tag,
            build=self.build,
            metadata_version=self.metadata_version or "2.1",
            spelling=self.spelling,
            filename=self.filename,
        ).archive()

    def stored(self, project: str, *, sidecars: bool) -> Stored:
        """The file as an index lists it."""
        archive = _archive(self, project)
        has_sidecar = sidecars and self.sidecar != "none" and not self.sdist and self.junk is None
        metadata = archive.metadata if has_sidecar else None
        if metadata is not None and self.sidecar == "lie":
            metadata += b"Requires-Dist: a-lie\n"
        return Stored(
            filename=archive.filename,
            data=archive.data,
            requires_python=self.requires_python,
            yanked=self.yanked,
            metadata=metadata,
            algorithm=self.algorithm,
            upload_time=self.upload_time,
        )

    def __hash__(self) -> int:
        return hash((self.version, self.requires, self.tag, self.build, self.sdist, self.filename))


@lru_cache(maxsize=4096)
def _archive(file: File, project: str) -> Archive:
    return file.archive(project)


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """A project of an index; no files is a page without files."""

    name: str
    files: tuple[File, ...] = ()
    fault: Fault | None = None
    """Of the project's page."""
    listed: bool = True
    """Is it on the root page?"""

    @classmethod
    def parse(cls, name: str, data: object, place: str) -> Project:
        """A list of files, or a table."""
        table = Table({"files": data} if isinstance(data, list) else data, place)
        files = tuple(File.parse(one, f"{place}.files[{n}]") for n, one in enumerate(table.rows("files")))
        fault = Fault.parse(table.table("fault")) if "fault" in table else None
        listed = table.flag("listed", default=True)
        table.done("files", "fault", "listed")
        return cls(name=name, files=files, fault=fault, listed=listed)


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexData:
    """The content of one index."""

    name: str
    projects: Mapping[str, Project] = field(default_factory=dict)
    """By normalised name."""
    style: Style = "pypiserver"
    """"pypiserver": plain HTML; "html": HTML with all attributes; "full": JSON, HTML and sidecars."""
    fallback: bool = False
    """Unknown projects are answered with a 303 to public, as pypiserver does by default."""
    terms: Mapping[str, object] = field(default_factory=dict)
    """What the policy says of it besides name and place: `probe`, `file_hosts`, ..."""
    fault: Fault | None = None
    """Of everything."""
    spared: frozenset[str] = frozenset()
    """Projects (normalised) that `fault` does not touch, nor the root then: it was well when they were asked for."""
    root_fault: Fault | None = None
    """Of the root page alone."""

    @classmethod
    def parse(cls, data: object, place: str, *, name: str, style: Style) -> IndexData:
        """From a table of a scenario."""
        table = Table(data, place)
        name = table.text("name", name)
        chosen = cast("Style", table.choice("style", get_args(Style), style))
        rows = table.table("projects")
        projects: dict[str, Project] = {}
        for one in rows.names():
            key = canonicalize_name(one)
            if key in projects:
                msg = f"{rows.place}: {one!r} and {projects[key].name!r} are one project"
                raise ScenarioError(msg)
            projects[key] = Project.parse(one, rows.take(one), f"{rows.place}.{one}")
        fallback, spared = table.flag("fallback"), table.strings("spared")
        faults = {
            key: Fault.parse(table.table(key)) if key in table else None for key in ("fault", "root_fault")
        }
        terms = table.free_table("terms")
        table.done("name", "style", "projects", "fallback", "terms", "spared", "fault", "root_fault")
        return cls(
            name=name,
            projects=projects,
            style=chosen,
            fallback=fallback,
            terms=terms,
            spared=frozenset(canonicalize_name(one) for one in spared),
            **faults,
        )

    @property
    def owned(self) -> frozenset[str]:
        """The projects (normalised) that it has: any file, any page, any name on its root."""
        return frozenset(
            name for name, one in self.projects.items() if one.files or one.listed or not one.fault
        )

    def with_file(self, project: str, file: File) -> IndexData:
        """The same index with one more project that has this file, spared by its faults."""
        name = canonicalize_name(project)
        projects = {**self.projects, name: Project(name=project, files=(file,))}
        return replace(self, projects=projects, spared=self.spared | {name})

    def stored(self, project: str) -> tuple[Stored, ...]:
        """The files of a project, as this index lists them."""
        found = self.projects.get(canonicalize_name(project))
        sidecars = self.style == "full"
        return tuple(one.stored(found.name, sidecars=sidecars) for one in found.files) if found else ()

    def files(self) -> Iterator[tuple[Project, File, Stored]]:
        """Every file."""
        for key, project in self.projects.items():
            yield from zip((project,) * len(project.files), project.files, self.stored(key), strict=True)

    def write_folder(self, folder: Path) -> Path:
        """Write all files out, as in a local folder or under a pypiserver."""
        folder.mkdir(parents=True, exist_ok=True)
        for _, _, stored in self.files():
            (folder / stored.filename).write_bytes(stored.data)
        return folder

    def needs_a_fake(self) -> tuple[str, ...]:
        """What a real pypiserver cannot play: reasons, empty if it can."""
        reasons = []
        if self.fault or self.root_fault:
            reasons.append(f"index {self.name} has a fault")
        if self.style != "pypiserver":
            reasons.append(f"index {self.name} is of style {self.style}")
        for project in self.projects.values():
            if project.fault or not project.listed:
                reasons.append(f"{project.name} has a fault or is unlisted")
            if not project.files:
                reasons.append(f"{project.name} has an empty page")
            reasons += [
                f"{project.name} {file.version} is yanked, faulty or has no sha256"
                for file in project.files
                if file.fault or file.yanked is not False or file.algorithm != "sha256"
            ]
        return tuple(reasons)


TABLES = ("local", "extra", "public", "elsewhere", "bundled")


def _numbered(table: Table, kind: str) -> Iterator[IndexData]:
    for number, row in enumerate(table.rows(kind)):
        name = kind if number == 0 else f"{kind}{number + 1}"
        yield IndexData.parse(row, f"{table.place}.{kind}[{number}]", name=name, style="pypiserver")


@dataclass(frozen=True, slots=True, kw_only=True)
class Universe:
    """The local indexes in their order, the extra ones in theirs, and the public one."""

    local: tuple[IndexData, ...] = ()
    extra: tuple[IndexData, ...] = ()
    public: IndexData = field(default_factory=lambda: IndexData(name="public", style="full"))
    elsewhere: IndexData | None = None
    bundled: IndexData | None = None

    @classmethod
    def parse(cls, data: object, place: str = "universe") -> Universe:
        """From its tables; other keys are errors."""
        table = Table(data, place)
        universe = cls.take(table)
        table.done(*TABLES)
        return universe

    @classmethod
    def take(cls, table: Table) -> Universe:
        """From the tables `TABLES` of a greater one."""
        local, extra = (tuple(_numbered(table, kind)) for kind in ("local", "extra"))
        place = f"{table.place}.public"
        public = IndexData.parse(table.take("public", {}), place, name="public", style="full")
        others = {
            name: IndexData.parse(table.take(name), f"{table.place}.{name}", name=name, style="pypiserver")
            for name in TABLES[3:]
            if name in table
        }
        names = [one.name for one in (*local, *extra, public)]
        if len(set(names)) < len(names):
            msg = f"{table.place}: two indexes of one name: {', '.join(names)}"
            raise ScenarioError(msg)
        return cls(local=local, extra=extra, public=public, **others)

    @property
    def indexes(self) -> tuple[IndexData, ...]:
        """All of them in the order of asking."""
        return (*self.local, *self.extra, self.public)

    @property
    def files_past_indexes(self) -> tuple[IndexData, ...]:
        """What has files, and is no index."""
        return tuple(one for one in (self.elsewhere, self.bundled) if one is not None)

    @property
    def owned(self) -> frozenset[str]:
        """The projects (normalised) that some index before public has."""
        return frozenset().union(*(one.owned for one in (*self.local, *self.extra)))

    @classmethod
    def loads(cls, text: str) -> Universe:
        """From TOML."""
        return cls.parse(tomllib.loads(text))

    def index(self, name: str) -> IndexData:
        """An index by its name."""
        for one in self.indexes:
            if one.name == name:
                return one
        raise KeyError(name)

    def write_folder(self, folder: Path, index: str | None = None) -> Path:
        """Write the files of one index (the first local one by default) into a folder."""
        chosen = self.index(index) if index else self.local[0]
        return chosen.write_folder(folder)
