"""Whether a bundle has all that each driver needs for each target, by its own words. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from packaging.markers import UndefinedComparison, UndefinedEnvironmentName
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name, parse_wheel_filename
from packaging.version import Version

from driverenv.model.requirement import Target
from driverenv.repository.bundle import Aimed, Bundle, Item, Share, Use


def unmet(bundle: Bundle, share: Share) -> tuple[str, ...]:
    """What this driver would lack on its target, each as a sentence; of what is waived as well."""
    aimed = next((one for one in bundle.targets if one.name == share.target), None)
    if aimed is None:
        return (f"the target {share.target} is not described",)
    items = {one.filename: one for one in bundle.items}
    found = list(_Room(aimed, items, share.uses).unmet(share.requires, share.driver))
    built = {one.sdist for one in share.builds}
    sdists = [use.filename for use in _all_uses(share) if not use.filename.endswith(".whl")]
    found += [f"what {name} needs to be built is not listed" for name in sdists if name not in built]
    for build in share.builds:
        found += _Room(aimed, items, build.uses).unmet(build.requires, f"the build of {build.sdist}")
    return tuple(dict.fromkeys(found))


def needed(share: Share) -> frozenset[str]:
    """The names of all files that it needs, those for builds as well."""
    return frozenset(use.filename for use in _all_uses(share))


def _all_uses(share: Share) -> tuple[Use, ...]:
    return (*share.uses, *(use for build in share.builds for use in build.uses))


class _Room(NamedTuple):
    """Files that are installed together."""

    aimed: Aimed
    items: Mapping[str, Item]
    uses: Sequence[Use]

    def unmet(self, requires: Sequence[str], who: str) -> Iterator[str]:
        """What is lacking, or does not fit."""
        there = {one.project: one for use in self.uses if (one := self.items.get(use.filename)) is not None}
        yield from (f"{use.filename} is not listed" for use in self.uses if use.filename not in self.items)
        yield from self._missing(requires, ("",), who, there)
        for use in self.uses:
            item = self.items.get(use.filename)
            if item is not None:
                yield from self._misfit(item)
                yield from self._missing(item.requires or (), ("", *use.extras), use.filename, there)

    def _misfit(self, item: Item) -> Iterator[str]:
        target = Target(self.aimed.python, self.aimed.markers, self.aimed.tags)
        if item.filename.endswith(".whl"):
            try:
                tags = {str(tag) for tag in parse_wheel_filename(item.filename)[3]}
            except ValueError:  # InvalidWheelFilename, InvalidVersion, or more digits than Python converts
                tags = set()
            if not tags & set(self.aimed.tags):
                yield f"{item.filename} is not for {self.aimed.name}"
        if item.requires_python and not target.fits_python(item.requires_python):
            yield f"{item.filename} is for Python {item.requires_python}, not for {self.aimed.python}"

    def _missing(
        self, requires: Sequence[str], extras: Sequence[str], who: str, there: Mapping[str, Item]
    ) -> Iterator[str]:
        for text in requires:
            try:
                wanted = Requirement(text)
            except (ValueError, RecursionError):  # InvalidRequirement, mostly
                yield f"{who} needs {text!r}, which is no requirement"
                continue
            if not any(self._applies(wanted, extra) for extra in extras):
                continue
            item = there.get(canonicalize_name(wanted.name))
            if item is None:
                yield f"{who} needs {wanted.name}{wanted.specifier}, which is not there"
            elif not _fits(wanted, item.version):
                yield f"{who} needs {wanted.name}{wanted.specifier}, and {item.version} is there"

    def _applies(self, wanted: Requirement, extra: str) -> bool:
        if wanted.marker is None:
            return True
        try:
            return wanted.marker.evaluate({**self.aimed.markers, "extra": extra})
        except (UndefinedComparison, UndefinedEnvironmentName, ValueError, RecursionError):
            return False


def _fits(wanted: Requirement, version: str) -> bool:
    try:
        return wanted.specifier.contains(Version(version), prereleases=True)
    except ValueError:  # InvalidVersion, mostly
        return False
