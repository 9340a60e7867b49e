"""Another resolver, written by other people on another idea (PubGrub), must come to the same verdict."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from benchmarks.unsatisfiable import TARGET, draw
from driverenv import resolve
from driverenv.errors import DriverEnvError
from driverenv.model.resolution import Available, Conflict, Demand, Dependencies, Facts, Resolution, Rules
from tests.property.test_solve_oracle import Graph, check_valid, demands_on, facts_of, graphs

pytest.importorskip("nab_resolver", reason="the second resolver, nab-resolver, is not installed")

from nab_resolver.errors import ResolutionError, ResolutionTerminatedError
from nab_resolver.ranges import Range
from nab_resolver.resolver import BaseProvider, Resolver


class Provider(BaseProvider[str, int]):
    """The facts as nab-resolver wants them: versions are numbers, the greater the better."""

    def __init__(self, facts: Facts) -> None:
        self._requires: dict[tuple[str, int], tuple[Requirement, ...]] = {}
        self._versions: dict[str, list[int]] = {}
        for project, listing in facts.listings.items():
            assert isinstance(listing, Available)
            for candidate in listing.candidates:
                known, number = facts.dependencies[candidate.key], int(str(candidate.version))
                assert isinstance(known, Dependencies)
                self._versions.setdefault(project, []).append(number)
                self._requires[project, number] = known.requires

    def wanted(self, requirements: Sequence[Requirement]) -> dict[str, Range[int]]:
        """By project: what all of them allow."""
        found: dict[str, SpecifierSet] = {}
        for one in requirements:
            name = canonicalize_name(one.name)
            found[name] = found.get(name, SpecifierSet()) & one.specifier
        return {name: self._range(name, specifier) for name, specifier in found.items()}

    def _range(self, name: str, specifier: SpecifierSet) -> Range[int]:
        return Range[int].from_versions(one for one in self._versions[name] if specifier.contains(str(one)))

    def choose_version(self, package: str, version_range: Any) -> int | None:  # noqa: ANN401 (their protocol)
        return max((one for one in self._versions[package] if one in version_range), default=None)

    def has_satisfying_version(self, package: str, version_range: Any) -> bool:  # noqa: ANN401 (their protocol)
        return self.choose_version(package, version_range) is not None

    def get_dependencies(self, package: str, version: int) -> Mapping[str, Range[int]]:
        return self.wanted(self._requires[package, version])

    def prioritize(
        self,
        package: str,
        version_range: Any,  # noqa: ANN401 (their protocol)
        conflict_counts: Mapping[str, int],
        culprit_counts: Mapping[str, int] | None = None,
    ) -> tuple[int, str]:
        del version_range, culprit_counts
        return -conflict_counts.get(package, 0), package

    def widen_decision(self, package: str, version: int) -> None:
        del package, version


def theirs(facts: Facts, demands: Sequence[Demand]) -> dict[str, int] | None:
    """The pins; None where there is no solution."""
    provider = Provider(facts)
    try:
        return Resolver(provider).resolve(provider.wanted([one.requirement for one in demands]))
    except ResolutionTerminatedError:
        raise
    except ResolutionError:
        return None


def agree(facts: Facts, demands: tuple[Demand, ...]) -> bool:
    """Whether both have a solution; each one's solution is one."""
    found, other = resolve.solve(demands, facts, TARGET, Rules()), theirs(facts, demands)
    if isinstance(found, Resolution):
        check_valid(facts, found, demands)
        assert other is not None
        assert {str(pin.candidate.project) for pin in found.pins}
        return True
    assert isinstance(found, Conflict)
    assert other is None
    assert isinstance(resolve.explain(found, facts, TARGET, Rules()), DriverEnvError)
    return False


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(graphs(), st.integers(1, 3))
def test_they_agree_on_little_graphs(graph: Graph, count: int) -> None:
    own = {
        name: [[one for one in requires if one.name != name] for requires in versions]
        for name, versions in graph.items()
    }
    agree(facts_of(own), demands_on(own, count))


@pytest.mark.slow
def test_they_agree_on_graphs_of_thirty_projects() -> None:
    verdicts = {agree(facts, demands) for demands, facts in map(draw, range(6))}
    assert verdicts == {True, False}
