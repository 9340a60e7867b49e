"""Files of a project's page, held against a target: which could be installed there, and why the others not.

Names are split here, with the project as hint; versions and tags are parsed only as far as needed,
each text once: a page may list thousands of files.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Hashable
from dataclasses import replace
from datetime import UTC, datetime
from typing import NamedTuple

from packaging.utils import BuildTag, NormalizedName, canonicalize_name
from packaging.version import Version

from driverenv.errors import foreign
from driverenv.model.answers import Found, ProjectFile
from driverenv.model.filenames import SDISTS, passed_by
from driverenv.model.requirement import Requirements, Target
from driverenv.model.resolution import Available, Candidate, Rejection
from driverenv.policy.corrections import Corrections, of
from driverenv.policy.patterns import matches

_BUILD = re.compile(r"(\d+)(.*)", re.ASCII)
_VERSION_STARTS = re.compile(r"[-_]v?\d")


class _Split(NamedTuple):
    """A file's name, cut into what it says."""

    version: Version
    tags: str
    """As written: "py2.py3-none-any"; empty for an sdist."""
    build: BuildTag


def sift(
    project: NormalizedName,
    listing: Found,
    target: Target,
    *,
    requirements: Requirements,
    builds: str,
    may_build: Collection[str] = (),
    exclude_newer: str | None = None,
) -> Available:
    """The candidates of `project` for `target`, one a version, best first; and a reason for each file that is none.

    For the policy's words see `Sieve`.
    """
    sieve = Sieve(
        target, requirements=requirements, builds=builds, may_build=may_build, exclude_newer=exclude_newer
    )
    return sieve.sift(project, listing)


class Sieve:
    """`sift` for many projects of one launch: what is parsed once stays known.

    Args:
        target: the interpreter that files are chosen for.
        requirements: what the requirements file says about wheels, sdists and hashes.
        builds: the policy's word: "allowed", "local" (sdists of local indexes only) or "never".
        may_build: patterns of projects whose sdists may be built all the same: dated exceptions.
        exclude_newer: an instant (ISO 8601 in UTC, ending in Z): public files that were uploaded later,
            or of which nobody says when, are none. What local indexes have is not touched, nor a file that
            a line of the driver names itself.
        corrections: what the site knows better than what pages say (`Rules.corrections`).
    """

    def __init__(
        self,
        target: Target,
        *,
        requirements: Requirements,
        builds: str,
        may_build: Collection[str] = (),
        exclude_newer: str | None = None,
        corrections: Corrections | None = None,
    ) -> None:
        self._target = target
        self._requirements = requirements
        self._builds = builds
        self._may_build = tuple(may_build)
        self._exclude_newer = exclude_newer
        self._newest = _seconds(exclude_newer) if exclude_newer is not None else None
        self._ranks = {tag: rank for rank, tag in reversed(list(enumerate(target.tags)))}
        self._heads: dict[tuple[str, str], tuple[Version, BuildTag] | Rejection] = {}
        self._names: dict[str, NormalizedName] = {}
        self._versions: dict[str, Version | None] = {}
        self._best_ranks: dict[str, int | None] = {}
        self._pythons: dict[str, bool] = {}
        self._hashes = _allowed(requirements)
        self._corrections: Corrections = corrections or {}
        self._sifted: dict[tuple[NormalizedName, int], Available] | None = None

    @property
    def key(self) -> Hashable:
        """Equal for sieves that sift alike."""
        target, wanted = self._target, self._requirements
        return (
            target.python_full_version,
            target.tags,
            (self._builds, self._may_build, self._exclude_newer),
            (wanted.only_binary, wanted.no_binary, wanted.prefer_binary),
            repr((self._corrections, self._hashes)),
        )

    def remembering(self) -> Sieve:
        """Itself; from now on the very same files are sifted once: for many resolves from one snapshot."""
        self._sifted = {}
        return self

    def sift(self, project: NormalizedName, listing: Found) -> Available:
        """See `sift`."""
        if self._sifted is None:
            return self._sift(project, listing)
        known = self._sifted.get((project, id(listing.files)))  # what is known keeps these files alive
        if known is None:
            known = self._sifted[project, id(listing.files)] = self._sift(project, listing)
        return known if known.listing is listing else replace(known, listing=listing)

    def _sift(self, project: NormalizedName, listing: Found) -> Available:
        chosen: dict[Version, Candidate] = {}
        rejections: list[Rejection] = []
        forbidden = self._forbidden(project, listing)
        for file in listing.files:
            found = self._candidate(project, listing, file, forbidden)
            if isinstance(found, Rejection):
                rejections.append(found)
                continue
            other = chosen.setdefault(found.version, found)
            if other is not found and self._is_better(found, other):
                chosen[found.version] = found
        candidates = [chosen[version] for version in sorted(chosen, reverse=True)]
        if self._requirements.prefer_binary:
            candidates.sort(key=lambda candidate: not candidate.is_wheel)
        rejections.sort(key=lambda rejection: rejection.filename)
        return Available(project, listing, tuple(candidates), tuple(rejections))

    def _candidate(
        self, project: NormalizedName, listing: Found, file: ProjectFile, forbidden: dict[bool, str]
    ) -> Candidate | Rejection:
        is_wheel = file.filename[-4:].lower() == ".whl"
        split = self._wheel(project, file.filename) if is_wheel else self._sdist(project, file.filename)
        if isinstance(split, Rejection):
            return split
        rank: int | None = len(self._target.tags)
        if is_wheel:
            rank = self._best_rank(split.tags)
        if rank is None:
            return Rejection(file.filename, split.version, "tag", f"it is for {split.tags}")
        python, by = self._python(project, split.version, file)
        if not self._fits_python(python):
            detail = f"it requires Python {foreign(python, limit=80)}{by}"
            return Rejection(file.filename, split.version, "python", detail)
        is_dated = listing.public and not listing.direct and self._newest is not None
        newer = self._newer(file) if is_dated else ""
        if newer:
            return Rejection(file.filename, split.version, "newer", newer)
        if is_wheel in forbidden:
            reason = "wheel" if is_wheel else "sdist"
            return Rejection(file.filename, split.version, reason, forbidden[is_wheel])
        return Candidate(
            project,
            split.version,
            file,
            listing.index,
            listing.public,
            is_wheel,
            rank,
            split.build,
            listing.direct,
        )

    def _newer(self, file: ProjectFile) -> str:
        """Why the cool-down passes the file over; empty where it does not."""
        if not file.upload_time:
            return f"the index does not say when it was uploaded (the policy takes none after {self._exclude_newer})"
        uploaded = _seconds(file.upload_time)
        shown = foreign(file.upload_time, limit=40)
        if uploaded is None or self._newest is None:
            return f"its time of upload, {shown}, cannot be read"
        if uploaded > self._newest:
            return f"it was uploaded {shown}, and the policy takes none after {self._exclude_newer}"
        return ""

    def _forbidden(self, project: NormalizedName, listing: Found) -> dict[bool, str]:
        """By "is it a wheel": why such files of the project may not be used."""
        forbidden: dict[bool, str] = {}
        if not (listing.direct or self._requirements.may_build(project)):
            forbidden[False] = "it is an sdist, and --only-binary forbids building it"
        elif any(matches(pattern, project) for pattern in self._may_build):
            pass  # an exception of the site
        elif self._builds == "never" or (self._builds == "local" and listing.public):
            whose = " of the public index" if self._builds == "local" else ""
            forbidden[False] = f"it is an sdist, and the policy (builds={self._builds}) builds none{whose}"
        if not (listing.direct or self._requirements.may_use_wheel(project)):
            forbidden[True] = "it is a wheel, and --no-binary forbids it"
        return forbidden

    def _wheel(self, project: NormalizedName, filename: str) -> _Split | Rejection:
        """Files of one version differ in their tags: what stands before them is judged once."""
        head = filename[:-4].rsplit("-", 3)[0]
        known = self._heads.get((project, head))
        if known is None:
            known = self._heads[project, head] = self._wheel_head(project, head)
        if isinstance(known, Rejection):
            return known._replace(filename=filename)
        return _Split(known[0], filename[len(head) + 1 : -4], known[1])

    def _wheel_head(self, project: NormalizedName, head: str) -> tuple[Version, BuildTag] | Rejection:
        parts = head.split("-")
        size = next((n for n in range(1, len(parts)) if self._name_of("-".join(parts[:n])) == project), 0)
        if not size:
            return _other_project("", well_formed=len(parts) > 1)
        version, *build = parts[size:]
        numbered = _BUILD.fullmatch(build[0]) if build else None
        if len(build) > 1 or (build and not numbered):
            return Rejection("", None, "name", "it is not named as a wheel must be")
        parsed = self._version(version)
        if parsed is None:
            return _no_version("", version)
        return parsed, (int(numbered.group(1)[:18]), numbered.group(2)) if numbered else ()

    def _name_of(self, text: str) -> NormalizedName:
        """The files of a page mostly spell its name alike."""
        if text not in self._names:
            self._names[text] = canonicalize_name(text)
        return self._names[text]

    def _sdist(self, project: NormalizedName, filename: str) -> _Split | Rejection:
        lower = filename.lower()
        extension = next((one for one in SDISTS if lower.endswith(one)), "")
        if not extension:
            what = passed_by(filename)
            return Rejection(
                filename, None, "format", f"it is {what}" if what else "it is neither wheel nor sdist"
            )
        stem = filename[: -len(extension)]
        at = stem.find("-")
        while at >= 0:
            if self._name_of(stem[:at]) == project:
                version = self._version(stem[at + 1 :])
                return _Split(version, "", ()) if version else _no_version(filename, stem[at + 1 :])
            at = stem.find("-", at + 1)
        return _other_project(filename, well_formed=_VERSION_STARTS.search(stem) is not None)

    def _version(self, text: str) -> Version | None:
        if text not in self._versions:
            try:
                self._versions[text] = Version(text)
            except ValueError:  # InvalidVersion, or more digits than Python converts
                self._versions[text] = None
        return self._versions[text]

    def _best_rank(self, tags: str) -> int | None:
        """The best position among the target's tags of what "py2.py3-none-any" stands for; None: none fits."""
        if tags not in self._best_ranks:
            pythons, abis, platforms = tags.lower().split("-")
            ranks = [
                rank
                for python in pythons.split(".")
                for abi in abis.split(".")
                for platform in platforms.split(".")
                if (rank := self._ranks.get(f"{python}-{abi}-{platform}")) is not None
            ]
            self._best_ranks[tags] = min(ranks, default=None)
        return self._best_ranks[tags]

    def _python(self, project: NormalizedName, version: Version, file: ProjectFile) -> tuple[str | None, str]:
        """What Python a file is for, and who says so where it is not the index."""
        corrected = of(self._corrections, project, version) if project in self._corrections else None
        if corrected is None or corrected.requires_python is None:
            return file.requires_python, ""
        return corrected.requires_python, " (by a correction of the site)"

    def _fits_python(self, requires_python: str | None) -> bool:
        if not requires_python:
            return True
        if requires_python not in self._pythons:
            self._pythons[requires_python] = self._target.fits_python(requires_python)
        return self._pythons[requires_python]

    def _is_better(self, candidate: Candidate, other: Candidate) -> bool:
        """Of two files of one version; of equals the one that comes first by its name."""
        return (self._rank(candidate), _name(other)) > (self._rank(other), _name(candidate))

    def _rank(self, candidate: Candidate) -> tuple[object, ...]:
        """Greater is better, among files of one version."""
        allowed = self._hashes.get(candidate.project, {})
        promised = [digest in allowed[name] for name, digest in candidate.file.hashes if name in allowed]
        return (
            all(promised),
            candidate.file.yanked is None,
            candidate.is_wheel,
            -candidate.tag_rank,
            candidate.build or (-1, ""),
        )


def _allowed(requirements: Requirements) -> dict[NormalizedName, dict[str, set[str]]]:
    allowed: dict[NormalizedName, dict[str, set[str]]] = {}
    for root in (*requirements.roots, *requirements.constraints):
        for name, digest in root.hashes:
            allowed.setdefault(root.project, {}).setdefault(name, set()).add(digest)
    return allowed


def _seconds(text: str) -> float | None:
    """An instant (ISO 8601, UTC where it says nothing else) in seconds since the epoch; None where it is none."""
    try:
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None


def _name(candidate: Candidate) -> tuple[str, str]:
    return candidate.file.filename, candidate.file.url


def _other_project(filename: str, *, well_formed: bool) -> Rejection:
    if well_formed:
        return Rejection(filename, None, "other-project", "it is named as a file of another project")
    return Rejection(filename, None, "name", "no version can be told from its name")


def _no_version(filename: str, text: str) -> Rejection:
    shown = foreign(text, limit=60)
    return Rejection(filename, None, "version", f"{shown!r} is no version (PEP 440)")
