"""How long the solver takes to prove that there is no answer: ``python -m benchmarks.unsatisfiable``.

Random graphs of 30 projects, drawn until enough of them have no solution. What is timed is all that a launch does
between the last answer of an index and the error text: solving with fresh memory, and explaining. It waits for
nothing, so the time is the processor's: what else the machine does is not in it.
"""

from __future__ import annotations

import argparse
import random
import statistics
import time
from collections.abc import Iterator

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from driverenv import resolve
from driverenv.model.answers import Found, ProjectFile
from driverenv.model.requirement import Source, Target
from driverenv.model.resolution import Available, Candidate, Conflict, Demand, Dependencies, Facts, Rules
from driverenv.model.site import Index

INDEX = Index("https://index.test/simple/", name="public")
TARGET = Target("3.11.5", {"python_version": "3.11"}, ("py3-none-any",))
PROJECTS = 30
VERSIONS = 12
ROOTS = 6

Problem = tuple[tuple[Demand, ...], Facts]


def draw(seed: int) -> Problem:
    """One random graph, with what is asked of it; the same for the same seed."""
    rng = random.Random(seed)  # noqa: S311 (random data, not secrets)
    names = [canonicalize_name(f"project-{number:02}") for number in range(PROJECTS)]
    width = rng.randint(2, 5)
    reach = rng.randint(1, 4)
    listings, dependencies = {}, {}
    for name in names:
        candidates = []
        for number in range(VERSIONS, 0, -1):
            file = ProjectFile(f"{name}-{number}-py3-none-any.whl", f"https://index.test/{name}-{number}.whl")
            candidate = Candidate(name, Version(str(number)), file, INDEX, True, True, 0)
            candidates.append(candidate)
            needed = rng.sample(names, rng.randint(1, width))
            dependencies[candidate.key] = Dependencies(tuple(_range(rng, one, reach) for one in needed))
        found = Found(name, INDEX, (), f"https://index.test/simple/{name}/", public=True)
        listings[name] = Available(name, found, tuple(candidates), ())
    lines = [f"{name}>={rng.randint(1, 3)}" for name in rng.sample(names, ROOTS)]
    roots = tuple(
        Demand(Requirement(line), None, Source("requirements.txt", at, line))
        for at, line in enumerate(lines, 1)
    )
    return roots, Facts(listings, dependencies)


def _range(rng: random.Random, name: str, reach: int) -> Requirement:
    """Mostly a window of versions, as real requirements are; now and then a bound or a pin."""
    low = rng.randint(1, VERSIONS)
    high = min(VERSIONS, low + rng.randint(0, reach))
    window = f"{name}>={low},<={high}"
    return Requirement(
        rng.choice((window, window, window, f"{name}<={high}", f"{name}>={low}", f"{name}=={low}"))
    )


def unsatisfiable(count: int, first: int = 0) -> Iterator[tuple[int, Problem, Conflict]]:
    """The first `count` problems from seed `first` on that have no solution."""
    seed = first
    while count:
        problem = draw(seed)
        result = resolve.solve(*problem, TARGET, Rules())
        if isinstance(result, Conflict):
            yield seed, problem, result
            count -= 1
        seed += 1


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=200, help="how many problems (default: 200)")
    arguments = parser.parse_args()
    taken: list[tuple[float, float, int]] = []
    for seed, (roots, facts), _ in unsatisfiable(arguments.count):
        start = time.process_time()
        result = resolve.solve(roots, facts, TARGET, Rules())
        solved = time.process_time()
        assert isinstance(result, Conflict)
        str(resolve.explain(result, facts, TARGET, Rules()))
        taken.append((solved - start, time.process_time() - start, seed))
    for label, place in (("solving", 0), ("with the explanation", 1)):
        seconds = sorted(one[place] for one in taken)
        cuts = statistics.quantiles(seconds, n=100, method="inclusive")
        shown = f"p50 {cuts[49]:.3f}  p95 {cuts[94]:.3f}  p99 {cuts[98]:.3f}  worst {seconds[-1]:.3f}"
        print(f"{label:<22}{shown}  (seconds, {len(seconds)} graphs of {PROJECTS} projects)")
    print(f"worst seed {max(taken)[2]}")


if __name__ == "__main__":
    main()
