"""From what a requirements file and the policy say to what the solver takes: demands and rules."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import NormalizedName, canonicalize_name

from driverenv.errors import SettingsInvalid, Unresolvable, foreign, masked
from driverenv.model.requirement import Requirements, Root, Source, Target
from driverenv.model.resolution import Demand, Rules
from driverenv.model.site import Correction
from driverenv.policy.corrections import read
from driverenv.resolve.want import applies

BASELINE = "the site's baseline"
POLICY = "the site's policy"


def demands(requirements: Requirements, baseline: Sequence[str] = ()) -> tuple[Demand, ...]:
    """The roots, as demands, in the file's order, then those of the site; markers are left to the solver.

    `baseline` is what the policy says every driver has besides its own requirements (PEP 508); a lock
    is installed as it is, so nothing is added to one (see `rules`).
    Raises `SettingsInvalid` where one of them is no requirement, or names a URL.
    """
    own = (Demand(root.requirement, None, root.source) for root in requirements.roots)
    stated = _stated("baseline", () if requirements.exact else baseline)
    return (*own, *(Demand(one, None, Source(BASELINE, 0, text)) for text, one in stated))


def rules(
    requirements: Requirements,
    target: Target,
    *,
    prereleases: str = "if-necessary",
    yanked: str = "pinned",
    constraints: Sequence[str] = (),
    overrides: Sequence[str] = (),
    baseline: Sequence[str] = (),
    corrections: Sequence[Correction] = (),
) -> Rules:
    """The rules of one solve: what the requirements file says about choosing, and the policy's words.

    ``--pre`` widens `prereleases` unless it is "never". `constraints` and `overrides` are those of the
    policy (PEP 508). An override takes the place of a file's constraints too, never of the site's own.
    No version of a lock (`Requirements.exact`) is changed: there overrides and `baseline` refuse what
    they do not allow, as constraints do. `corrections` are what the policy knows better.
    Raises `SettingsInvalid` where one of them is no requirement, or names a URL.
    """
    exact = requirements.exact
    instead = {} if exact else _overrides(overrides, target)
    narrowing = [
        Demand(root.requirement, None, root.source)
        for root in requirements.constraints
        if root.project not in instead
    ]
    narrowing += _of_site("constraints", constraints, POLICY)
    if exact:
        narrowing += _of_site("overrides", overrides, POLICY)
        narrowing += _of_site("baseline", baseline, BASELINE)
    by_project: dict[NormalizedName, tuple[Demand, ...]] = {}
    for demand in narrowing:
        if applies(demand.requirement, target, ""):
            project = canonicalize_name(demand.requirement.name)
            by_project[project] = (*by_project.get(project, ()), demand)
    widened = requirements.prereleases and prereleases != "never"
    return Rules(
        prereleases="allow" if widened else prereleases,
        constraints=by_project,
        hashes=_hashes(requirements, target) if requirements.hash_checking else None,
        overrides=instead,
        yanked=yanked,
        exact=exact,
        groups=requirements.groups,
        corrections=read(corrections),
    )


def named_files(requirements: Requirements, target: Target) -> Mapping[NormalizedName, Root]:
    """The lines that name a file themselves and hold for `target`, by project.

    Raises `Unresolvable` (`CONFLICT`) where two of them name different files of one project.
    """
    found: dict[NormalizedName, Root] = {}
    groups = requirements.groups if requirements.exact else None
    for root in requirements.roots:
        if root.direct is None or not applies(root.requirement, target, "", groups):
            continue
        other = found.setdefault(root.project, root)
        if other.direct != root.direct:
            raise _two_files(other, root)
    return found


def _two_files(one: Root, other: Root) -> Unresolvable:
    lines = [foreign(root.source) for root in (one, other)]
    return Unresolvable(
        f"{one.project} is named by two files, and one of them alone can be installed",
        facts=tuple(("required by", line) for line in lines),
        remedies=("take one of the two lines out, or give them markers that do not hold at once",),
        data={"project": one.project, "lines": lines},
    )


def _of_site(key: str, texts: Iterable[str], whose: str) -> list[Demand]:
    return [Demand(one, None, Source(whose, 0, text)) for text, one in _stated(key, texts)]


def _stated(key: str, texts: Iterable[str]) -> list[tuple[str, Requirement]]:
    found = []
    for text in texts:
        why, requirement = "it names a URL, and so would go round the indexes", None
        try:
            requirement = Requirement(text)
        except InvalidRequirement as error:
            why = foreign(masked(str(error).split("\n", maxsplit=1)[0]))
        if requirement is None or requirement.url is not None:
            raise SettingsInvalid(
                f"{key} of the site's policy has an entry that is no requirement: {foreign(masked(text))!r}",
                facts=(("because", why),),
                remedies=(f"write each entry of {key} as a name with versions, such as lib>=1.2,<2",),
                data={"setting": key, "value": foreign(masked(text))},
            )
        found.append((text, requirement))
    return found


def _overrides(texts: Iterable[str], target: Target) -> dict[NormalizedName, Requirement]:
    """Where two entries hold for one project, both must be met."""
    instead: dict[NormalizedName, Requirement] = {}
    for _, requirement in _stated("overrides", texts):
        if applies(requirement, target, ""):
            project = canonicalize_name(requirement.name)
            known = instead.get(project)
            extras = requirement.extras | (known.extras if known else set())
            versions = requirement.specifier & (known.specifier if known else SpecifierSet())
            named = f"[{','.join(sorted(extras))}]" if extras else ""
            instead[project] = Requirement(f"{project}{named}{versions}")
    return instead


def _hashes(requirements: Requirements, target: Target) -> dict[NormalizedName, frozenset[tuple[str, str]]]:
    """Where two lines name hashes of one project, a file must be among those of both.

    Two entries of a lock that hold at once are a matter of their versions: their hashes are not held together.
    """
    allowed: dict[NormalizedName, frozenset[tuple[str, str]]] = {}
    groups = requirements.groups if requirements.exact else None
    for root in (*requirements.roots, *requirements.constraints):
        own = root.hashes or (root.direct.hashes if root.direct else ())
        if own and applies(root.requirement, target, "", groups):
            found = frozenset(own)
            known = allowed.get(root.project, found)
            allowed[root.project] = known | found if requirements.exact else known & found
    return allowed
