"""Random universes as a whole path meets them, and an oracle that knows the rule by its words alone.

An index that has any page for a name owns the name. One that cannot answer stops everything. Only where all
indexes before it have proved that they lack the name is public asked, and offline never.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from fnmatch import fnmatch
from typing import TypeVar, cast, get_args

from hypothesis import strategies as st
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

from tests.kit import Asked, File, IndexData, Pin, Scenario
from tests.kit.pages import Style
from tests.kit.scenario import Asking, Expected, Mode
from tests.kit.universe import Fault, Project, Universe
from tests.scenarios.playing import RUNNING

T = TypeVar("T")
NAMES = ("acme-core", "beta", "gamma-x", "delta", "omega-lib")
SPELLINGS: tuple[Callable[[str], str], ...] = (
    str,
    str.upper,
    str.title,
    lambda name: name.replace("-", "_"),
    lambda name: name.replace("-", ".").capitalize(),
)
SPECIFIERS = ("", "", "", ">=1.5", "<2", "==1", "==2", ">=2", ">=9")
LOCAL_VERSIONS, PUBLIC_VERSIONS = ("1", "1.5", "2"), ("1", "2", "9")
FOREIGN = "cp27-cp27m-win_amd64"
FAULTS: dict[str, Fault] = {
    "ERROR": Fault(status=503),
    "AUTH": Fault(status=403),
    "DOWN": Fault(kind="reset"),
    "TIMEOUT": Fault(kind="hang"),
    "TRUNCATED": Fault(kind="cut"),
    "NOT_AN_INDEX": Fault(body="<html><title>Log in</title><a href='/login'>here</a></html>"),
}
"""By what follows "LOCAL_" in the error's code."""
HEALED = Fault(status=503, times=1)
UNFIT = ("yanked", "foreign", "sdist", "unparsable")
PLAIN, SIMPLE = "plain", "simple"
"""Local indexes: one whose address has no /simple/, so that its root is asked first, and one whose address has."""
NO_ANSWER = frozenset(
    {"LOCAL_NO_MATCH", "NOT_FOUND", "ABSENT_OFFLINE", "CONFLICT"}
    | {"BUILD_FORBIDDEN", "PUBLIC_FORBIDDEN", "PUBLIC_NO_MATCH"}
)
"""The errors of requirements that nothing can meet, though every index has answered."""


@st.composite
def scenarios(draw: st.DrawFn) -> Scenario:
    """A request for one to three lines, of one or two local indexes and public, in either mode."""
    some = _Drawing(draw, NAMES[: draw(st.integers(2, len(NAMES)))])
    called = some.one_of((PLAIN,), (SIMPLE,), (PLAIN, SIMPLE), (SIMPLE, PLAIN))
    universe = Universe(local=tuple(some.local(name) for name in called), public=some.public())
    asking = Asking(
        requirements=tuple(some.stated() for _ in range(draw(st.integers(1, 3)))),
        mode=some.one_of("online", "online", "online", "offline"),
        python=RUNNING,
        policy={"builds": "never", "private": some.one_of((), (), ("beta",), ("acme-*", "delta"))},
    )
    return Scenario(title="drawn", rows=("A",), request=asking, universe=universe, expect=Expected(pins={}))


@dataclass(frozen=True, slots=True)
class _Drawing:
    """Parts of a universe, drawn."""

    draw: st.DrawFn
    names: tuple[str, ...]

    def one_of(self, *values: T) -> T:
        return self.draw(st.sampled_from(values))

    def stated(self) -> str:
        """A requirement, spelled somehow."""
        name = self.one_of(*SPELLINGS)(self.one_of(*self.names))
        return f"{name}{self.one_of('', '', '', '[more]', '[none]')}{self.one_of(*SPECIFIERS)}"

    def needs(self, limit: int) -> tuple[str, ...]:
        return tuple(self.stated() for _ in range(self.draw(st.integers(0, limit))))

    def file(self, name: str, version: str, kinds: tuple[str, ...]) -> File:
        kind = self.one_of(*kinds)
        if kind == "unparsable":
            return File(filename=f"{name}-v{version}-latest.tar.gz", junk="?")
        file = File(version=version, requires=self.needs(2), extras={"more": self.needs(1)})
        changes = {
            "yanked": {"yanked": "broken"},
            "foreign": {"tag": FOREIGN},
            "sdist": {"sdist": True},
            "broken": {"fault": Fault(status=500)},
        }
        return replace(file, **changes.get(kind, {}))  # type: ignore[arg-type]

    def files(self, name: str, versions: tuple[str, ...], kinds: tuple[str, ...]) -> tuple[File, ...]:
        chosen = [one for one in versions if self.one_of(True, False)] or [versions[0]]
        return tuple(self.file(name, one, kinds) for one in chosen)

    def local_project(self, name: str) -> Project:
        state = self.one_of(*("well",) * 8, "unfit", "empty", "healed", "fault")
        kinds = UNFIT if state == "unfit" else ("wheel",) * 10 + (*UNFIT, "broken")
        fault = {"healed": HEALED, "fault": self.one_of(*FAULTS.values())}.get(state)
        return Project(
            name=self.one_of(*SPELLINGS)(name),
            files=() if state == "empty" else self.files(name, LOCAL_VERSIONS, kinds),
            fault=fault,
            listed=self.one_of(True, True, True, False),
        )

    def local(self, called: str) -> IndexData:
        """A local index; where it has anything, its root lists some of it."""
        found = {name: self.local_project(name) for name in self.names if self.one_of(True, False)}
        if found and not any(one.listed for one in found.values()):
            found = {name: replace(one, listed=True) for name, one in found.items()}
        ill = self.one_of(*("",) * 12, "all", "root")
        return IndexData(
            name=called,
            projects=found,
            style=self.one_of(*get_args(Style)),
            fallback=self.one_of(True, False),
            fault=FAULTS["ERROR"] if ill == "all" else None,
            root_fault=FAULTS["ERROR"] if ill == "root" else None,
        )

    def public(self) -> IndexData:
        projects = {}
        for name in self.names:
            if self.one_of(True, True, False):
                files = self.files(name, PUBLIC_VERSIONS, ("wheel",) * 10 + UNFIT)
                fault = self.one_of(*(None,) * 14, FAULTS["ERROR"])
                projects[name] = Project(name=self.one_of(*SPELLINGS)(name), files=files, fault=fault)
        return IndexData(name="public", projects=projects, style="full")


@dataclass(frozen=True, slots=True)
class Owner:
    """Who serves a name, by the words of the rule."""

    index: IndexData | None = None
    """None: nobody has it, or nobody can say."""
    code: str = ""
    """How a question about the name must end, where an index cannot answer it."""

    def files(self, name: str) -> tuple[File, ...]:
        """All that there are, fit or not."""
        return self.index.projects[name].files if self.index else ()


class Oracle:
    """Everything about one drawn request that can be known without driverenv."""

    def __init__(self, scenario: Scenario) -> None:
        self.universe = scenario.universe
        self.mode: Mode = scenario.request.mode
        self.private = cast("tuple[str, ...]", scenario.request.policy["private"])
        self.lines = [Requirement(one) for one in scenario.request.requirements]
        self.owners = {name: self._owner(name) for name in NAMES}

    def _owner(self, name: str) -> Owner:
        for index in self.universe.local:
            held = index.projects.get(name)
            if index.fault or (index.root_fault and (held is None or index.name == PLAIN)):
                return Owner(code="LOCAL_ERROR")
            if held is None:
                continue
            if held.fault and not held.fault.times:
                return Owner(code=next(f"LOCAL_{code}" for code, one in FAULTS.items() if one is held.fault))
            return Owner(index) if held.files else Owner(code="LOCAL_EMPTY")
        private = any(fnmatch(name, pattern) for pattern in self.private)
        public = self.universe.public.projects.get(name)
        if self.mode == "offline" or private or public is None:
            return Owner()
        return Owner(code="PUBLIC_UNAVAILABLE") if public.fault else Owner(self.universe.public)

    @property
    def failing(self) -> set[str]:
        """The codes with which lines must fail, before anything else can be known."""
        return {owner.code for one in self.lines if (owner := self.owners[_name(one)]).code}

    def may_fail(self) -> set[str]:
        """The codes of whatever could be met on the way: names of any version's requirements, files that do not come."""
        todo, seen, codes = [_name(one) for one in self.lines], set[str](), set[str]()
        while todo:
            name = todo.pop()
            if name in seen:
                continue
            seen.add(name)
            codes.add(self.owners[name].code)
            for file in self.owners[name].files(name):
                codes |= {"LOCAL_ERROR"} if file.fault else set()
                every = itertools.chain(file.requires, *file.extras.values())
                todo += [_name(Requirement(one)) for one in every]
        return codes - {""}

    def solutions(self) -> Iterator[Mapping[str, File]]:
        """Every set of one fitting file a name that meets all lines, with nothing needless in it."""
        names = sorted(NAMES)
        for chosen in itertools.product(*([None, *self._fitting(name)] for name in names)):
            pins = {name: one for name, one in zip(names, chosen, strict=True) if one is not None}
            if self.is_solution(pins):
                yield pins

    def _fitting(self, name: str) -> list[File]:
        """The files that this machine could install; no build is allowed."""
        files = self.owners[name].files(name)
        return [one for one in files if one.junk is None and not one.sdist and one.tag != FOREIGN]

    def is_solution(self, pins: Mapping[str, File]) -> bool:
        """Whether `pins` meet the lines and one another."""
        todo, on, seen = list(self.lines), dict[str, list[SpecifierSet]](), set[tuple[str, str]]()
        for one in todo:
            name = _name(one)
            if name not in pins:
                return False
            on.setdefault(name, []).append(one.specifier)
            for extra in ("", *one.extras):
                if (name, extra) not in seen:
                    seen.add((name, extra))
                    file = pins[name]
                    todo += map(Requirement, file.extras.get(extra, ()) if extra else file.requires)
        return set(on) == set(pins) and all(self._may(name, pins, stated) for name, stated in on.items())

    def _may(self, name: str, pins: Mapping[str, File], stated: list[SpecifierSet]) -> bool:
        file, index = pins[name], self.owners[name].index
        withdrawn = (
            bool(file.yanked) and index is not None and index.style != "pypiserver"
        )  # it does not tell
        fits = all(one.contains(Version(file.version)) for one in stated)
        return fits and (not withdrawn or self._is_pinned(name, pins))

    def _is_pinned(self, name: str, pins: Mapping[str, File]) -> bool:
        """Whether somebody asks for an exact version of `name` who is there without it: no file vouches for itself."""
        todo, seen = list(self.lines), set[tuple[str, str]]()
        for one in todo:
            other = _name(one)
            if other == name:
                if any(specifier.operator == "==" for specifier in one.specifier):
                    return True
                continue
            for extra in ("", *one.extras):
                if (other, extra) not in seen:
                    seen.add((other, extra))
                    file = pins[other]
                    todo += map(Requirement, file.extras.get(extra, ()) if extra else file.requires)
        return False

    def file(self, name: str, pin: Pin) -> File | None:
        """The fitting file that a pin means, if its index is the right one."""
        index = self.owners[name].index
        if index is None or index.name != pin.index:
            return None
        return next((one for one in self._fitting(name) if one.version == pin.version), None)


def never_asked(scenario: Scenario, asked: set[Asked]) -> str:
    """What public was asked, and should not have been; empty if nothing."""
    public = scenario.universe.public.name
    told = {one.project for one in asked if one.index == public}
    strangers = {one.index for one in asked} - {one.name for one in scenario.universe.indexes}
    if strangers:
        return f"somebody was asked who is no index: {sorted(strangers)}"
    if told and scenario.request.mode == "offline":
        return f"offline, and asked of public: {sorted(told)}"
    private = {one for one in told if any(fnmatch(one, pattern) for pattern in Oracle(scenario).private)}
    if private:
        return f"private, and asked of public: {sorted(private)}"
    held = told & scenario.universe.owned
    return f"owned, and asked of public: {sorted(held)}" if held else ""


def locations(bases: Mapping[str, str]) -> dict[str, str]:
    """Where the policy says that the indexes are."""
    return {name: f"{base}/simple/" if name == SIMPLE else base for name, base in bases.items()}


def _name(requirement: Requirement) -> str:
    return str(canonicalize_name(requirement.name))
