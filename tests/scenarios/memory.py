"""The first way: pure rooms only. Pages are text in memory; nothing is asked of any disk or network."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import pytest
from packaging import tags as packaging_tags
from packaging.requirements import Requirement
from packaging.utils import NormalizedName, canonicalize_name

from driverenv import resolve
from driverenv.errors import DriverEnvError
from driverenv.index.page import NotAnIndex, only_of, parse_page
from driverenv.model.answers import Absent, Found, NowhereFound
from driverenv.model.requirement import Requirements, Target
from driverenv.model.resolution import (
    Available,
    Candidate,
    Conflict,
    Dependencies,
    Facts,
    Questions,
)
from driverenv.model.site import Policy
from driverenv.policy import Ask, next_step
from driverenv.policy.terms import settled
from driverenv.stories.resolving import terms
from tests.kit import Asked, File, IndexData, Pin, Scenario, Universe, Web
from tests.kit.pages import Stored
from tests.scenarios.outcome import Outcome

_TRANSPORT = "in memory there is no transport to fail"
_FETCHED = "in memory nothing is downloaded"
_OPENED = "in memory no archive is opened"
_CLAIM = "in memory there is no index room to judge a page without files of the project"
_BUILT = "in memory nothing is built"


def why_not(scenario: Scenario) -> list[str]:
    """What memory has not: a home, and indexes with terms of their own."""
    reasons = ["memory remembers nothing"] if scenario.before else []
    if scenario.universe.files_past_indexes:
        reasons.append("memory knows files of indexes alone")
    if scenario.universe.extra or any(one.terms for one in scenario.universe.indexes):
        reasons.append("in memory every index is asked on the same terms")
    if scenario.request.policy.get("confusable") == "fail":
        reasons.append("memory compares no names")
    if "exclude_newer" in scenario.request.policy:
        reasons.append("in memory pages are HTML, which says nothing of when files were uploaded")
    return reasons


def play(scenario: Scenario, requirements: Requirements, policy: Policy, web: Web) -> Outcome:
    """Ask and solve in memory; skips what only a transport, an archive or a build can play."""
    policy = settled(policy, time.time())
    world = _World(scenario.universe, web, policy)
    target = target_of(scenario.request.python)
    try:
        pins = _solve(world, requirements, policy, target)
    except DriverEnvError as error:
        return Outcome(error=error, asked=world.asked)
    return Outcome(pins=pins, asked=world.asked)


def _solve(world: _World, requirements: Requirements, policy: Policy, target: Target) -> dict[str, Pin]:
    by, memory = terms(requirements, target, policy), resolve.Memory()
    sieve, rules, demands = by.sieve, by.rules, by.demands
    listings: dict[NormalizedName, Available | NowhereFound] = {}
    dependencies: dict[str, Dependencies] = {}
    while True:
        facts = Facts(dict(listings), dict(dependencies))
        result = resolve.solve(demands, facts, target, rules, memory=memory)
        if isinstance(result, Conflict):
            raise resolve.explain(result, facts, target, rules, policy=policy)
        if not isinstance(result, Questions):
            chosen = [pin.candidate for pin in result.pins]
            return {one.project: Pin(str(one.version), one.index.name) for one in chosen}
        for project in result.projects:
            answer = world.listing(project)
            listings[project] = sieve.sift(project, answer) if isinstance(answer, Found) else answer
        dependencies |= {one.key: world.dependencies(one) for one in result.candidates}


class _Held(NamedTuple):
    file: File
    stored: Stored


@dataclass
class _World:
    """The universe, answering without a transport."""

    universe: Universe
    web: Web
    policy: Policy
    asked: set[Asked] = field(default_factory=set)

    def listing(self, project: NormalizedName) -> Found | NowhereFound:
        answers: list[Found | Absent] = []
        while True:
            step = next_step(self.policy, project, answers)
            if not isinstance(step, Ask):
                return step
            answers.append(self._answer(project, step))

    def _answer(self, project: NormalizedName, ask: Ask) -> Found | Absent:
        data = self.universe.index(ask.index.name)
        self.asked.add(Asked(data.name, project))
        held = data.projects.get(project)
        if data.fault or (held and held.fault) or (held is None and data.root_fault):
            pytest.skip(_TRANSPORT)
        if held and not held.files:
            pytest.skip(_CLAIM)
        if held is None:
            return Absent(
                project, ask.index, self._proof(data, project, public=ask.public), public=ask.public
            )
        url = f"{self.web.bases[data.name]}/simple/{project}/"
        page = self.web.ask("GET", url)
        files = parse_page(page.body, page.headers["Content-Type"], url, project)
        try:
            mine, notes = only_of(files, project)
        except NotAnIndex:
            pytest.skip(_CLAIM)
        return Found(project, ask.index, mine, page_url=url, public=ask.public, notes=notes)

    def _proof(self, data: IndexData, project: NormalizedName, *, public: bool) -> str:
        if public:
            return "404"
        how = f"303 to {self.web.PUBLIC}/simple/{project}/, its fallback" if data.fallback else "404"
        count = len(data.projects)
        names = "1 project" if count == 1 else f"{count} projects"
        listed = f"its root lists {names} without it" if count else "its root lists no project at all"
        return f"{how}, and {listed}"

    def dependencies(self, candidate: Candidate) -> Dependencies:
        data = self.universe.index(candidate.index.name)
        file = next(file for _, file, stored in data.files() if stored.filename == candidate.file.filename)
        if file.fault:
            pytest.skip(_TRANSPORT)
        if candidate.public and file.algorithm != "sha256":
            pytest.skip(_FETCHED)
        if file.named or file.junk is not None or file.sidecar in ("lie", "missing"):
            pytest.skip(_OPENED)
        if file.sdist and ((file.metadata_version or "2.2") < "2.2" or file.dynamic):
            pytest.skip(_BUILT)
        requires = [Requirement(one) for one in file.requires]
        for extra, wanted in file.extras.items():
            for one in wanted:
                marker = f'extra == "{extra}"'
                requirement = Requirement(one)
                if requirement.marker:
                    marker = f"({requirement.marker}) and {marker}"
                    requirement.marker = None
                requires.append(Requirement(f"{requirement} ; {marker}"))
        return Dependencies(
            tuple(requires), file.requires_python, frozenset(canonicalize_name(one) for one in file.extras)
        )


def target_of(python: str) -> Target:
    """A CPython of this version on Linux, as data."""
    major, minor = map(int, python.split("."))
    platforms = ["linux_x86_64", *(f"manylinux_2_{older}_x86_64" for older in range(35, 4, -1))]
    abi, version = f"cp{major}{minor}", (major, minor)
    found = [
        *packaging_tags.cpython_tags(version, [abi], platforms),
        *packaging_tags.compatible_tags(version, abi, platforms),
    ]
    full = f"{python}.7"
    markers: Mapping[str, str] = {
        "implementation_name": "cpython",
        "implementation_version": full,
        "os_name": "posix",
        "platform_machine": "x86_64",
        "platform_release": "6.1.0",
        "platform_system": "Linux",
        "platform_version": "#1 SMP",
        "python_full_version": full,
        "platform_python_implementation": "CPython",
        "python_version": python,
        "sys_platform": "linux",
    }
    return Target(full, markers, tuple(map(str, found)))
