"""What the site knows better than a release's own metadata (`Policy.corrections`), read and applied.

What was said of a release is kept as it was said; a correction is laid over it where somebody decides.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import NormalizedName, canonicalize_name
from packaging.version import Version

from driverenv.errors import SettingsInvalid, foreign, masked
from driverenv.model.amended import Amended
from driverenv.model.resolution import Corrected, Dependencies, Failed, Unusable
from driverenv.model.site import Correction, Policy

Corrections = Mapping[NormalizedName, tuple[Corrected, ...]]
Known = Dependencies | Unusable | Failed


def read(corrections: Iterable[Correction]) -> Corrections:
    """The corrections by project, in their order. Raises `SettingsInvalid` where one cannot be read."""
    found: dict[NormalizedName, tuple[Corrected, ...]] = {}
    for one in corrections:
        project = canonicalize_name(one.project)
        found[project] = (*found.get(project, ()), _read(one))
    return found


def of(corrections: Corrections, project: NormalizedName, version: Version) -> Corrected | None:
    """What is corrected of this release: of several corrections the last one counts, for each field by itself."""
    found = None
    for one in corrections.get(project, ()):
        if one.versions.contains(version, prereleases=True):
            found = one if found is None else _over(found, one)
    return found


def applied(known: Known | None, correction: Corrected | None) -> Known | None:
    """`known` with the correction laid over it; where that says what is needed, nothing has to be known."""
    if correction is None:
        return known
    python = correction.requires_python
    if correction.requires is None:
        return replace(known, requires_python=python) if isinstance(known, Dependencies) else known
    said = known if isinstance(known, Dependencies) else Dependencies(())
    return replace(
        said, requires=correction.requires, requires_python=said.requires_python if python is None else python
    )


def amended(policy: Policy, project: NormalizedName, version: Version) -> Amended:
    """What `policy` says in place of this release's own metadata. Raises `SettingsInvalid` as `read` does."""
    correction = of(read(policy.corrections), project, version) if policy.corrections else None
    named = (Requirement(text).name for text in policy.overrides)
    requires = correction is not None and correction.requires is not None
    return Amended(requires, frozenset(map(canonicalize_name, named)))


def shown(correction: Corrected) -> str:
    """What a correction says, on one line: "it requires lib<2, and Python >=3"."""
    told = []
    if correction.requires is not None:
        told.append(", ".join(foreign(one) for one in correction.requires) or "nothing")
    if correction.requires_python is not None:
        told.append(f"Python {foreign(correction.requires_python) or 'of any version'}")
    return f"it requires {', and '.join(told)}"


def _over(first: Corrected, last: Corrected) -> Corrected:
    return Corrected(
        last.versions,
        first.requires if last.requires is None else last.requires,
        first.requires_python if last.requires_python is None else last.requires_python,
    )


def _read(correction: Correction) -> Corrected:
    versions = _specifiers(correction, "versions", correction.versions)
    if correction.requires_python is not None:
        _specifiers(correction, "requires_python", correction.requires_python)
    requires = correction.requires
    return Corrected(
        versions,
        None if requires is None else tuple(_requirement(correction, text) for text in requires),
        correction.requires_python,
    )


def _specifiers(correction: Correction, field: str, text: str) -> SpecifierSet:
    try:
        return SpecifierSet(text)
    except InvalidSpecifier:
        raise _invalid(correction, field, text, "it is no specifier set (PEP 440)") from None


def _requirement(correction: Correction, text: str) -> Requirement:
    try:
        requirement = Requirement(text)
    except InvalidRequirement as error:
        why = foreign(masked(str(error).split("\n", maxsplit=1)[0]))
        raise _invalid(correction, "requires", text, why) from None
    if requirement.url is not None:
        raise _invalid(correction, "requires", text, "it names a URL, and so would go round the indexes")
    return requirement


def _invalid(correction: Correction, field: str, text: str, why: str) -> SettingsInvalid:
    return SettingsInvalid(
        f"corrections of the site's policy has an entry for {foreign(correction.project)} "
        f"with {field} that cannot be read: {foreign(masked(text))!r}",
        facts=(("because", why),),
        remedies=(
            "write versions and requires_python as >=1.0,<2, and each entry of requires as a name with versions",
        ),
        data={"setting": "corrections", "value": foreign(masked(text))},
    )
