"""The rules of a check-up, over what is known of each file. Pure."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from packaging.utils import canonicalize_name
from packaging.version import Version

from driverenv.model.filenames import SDISTS
from driverenv.repository.findings import Finding
from driverenv.repository.names import listed_as, readings, why_not
from driverenv.repository.targets import Targets

_COPY = re.compile(
    r"\(\d+\)|^copy of |[- ]copy(?: \d+)?(?=\.)|~$|\.(?:bak|old|orig|copy|\d{1,3})$", re.IGNORECASE
)
_ARRIVING = re.compile(
    r"\.(?:part(?:ial)?|(?:cr|op)?download|te?mp|filepart|aria2|!ut|incomplete|unfinished)$", re.IGNORECASE
)
_SIGNATURES = (".asc", ".sig")
_SHOWN = 5
_BUILD_TOOLS = ("setuptools", "wheel", "pip")


class Seen(NamedTuple):
    """What is known of one file."""

    path: str
    """Below the folder, `/`-separated; on a server its name."""
    size: int | None = None
    claims: frozenset[str] = frozenset()
    """The projects that it may belong to, so that its index owns them."""
    kind: str = ""
    """"bundle", "shell", "opaque", "link" or "stray" where it is no single distribution."""
    inside: tuple[str, ...] = ()
    """Of a bundle: the names of the distributions in it."""
    rejected: str = ""
    """Why its content is none, as a sentence; "" where it was not read, or is right."""
    notes: tuple[str, ...] = ()
    sha256: str | None = None
    requires_python: str = ""
    listed: str = ""
    """The project under which the server lists it; "" for a folder."""
    hashes: tuple[str, ...] | None = None
    """The algorithms of the digests that the server gives; None for a folder."""

    @property
    def filename(self) -> str:
        """Its last part."""
        return self.path.rpartition("/")[2]


@dataclass(frozen=True, slots=True)
class Terms:
    """What else is known."""

    targets: Targets
    public: Mapping[str, str]
    """By sha256 of public files that are known: where they are from."""
    alike: Iterable[tuple[str, str]] = ()
    """Pairs of local projects whose names are nearly the same."""


def check(files: Collection[Seen], terms: Terms) -> list[Finding]:
    """All findings."""
    found = [finding for one in files for finding in _of_file(one, terms)]
    found += _two_contents(files)
    found += _unusable(files, terms)
    found += _public_copies(files, terms)
    found += _build_tools(files)
    found += [
        Finding(
            "LOOKALIKE", "", a, f"{a} and {b} are nearly the same name", "remove the one that nobody means"
        )
        for a, b in terms.alike
    ]
    return found


def _of_file(one: Seen, terms: Terms) -> Iterator[Finding]:
    first = next((finding for rule in _FIRST for finding in rule(one)), None)
    if first is not None:
        yield first
        return
    yield from _of_distribution(one, terms)


# -------------------------------------------------------------------- what is no distribution at all


def _no_file(one: Seen) -> Iterator[Finding]:
    if one.kind == "link":
        yield _finding(
            "UNREADABLE", one, one.rejected, "put the file itself there, or take away what has its name"
        )
    elif one.kind == "opaque":
        yield _finding(
            "OPAQUE",
            one,
            "nobody looks into such archives",
            "extract it, and add what is in it: driverenv index add",
        )
    elif one.kind == "stray":
        yield _finding("STRAY", one, why_not(one.filename), "move it elsewhere, if nobody looks for it here")


def _archive(one: Seen) -> Iterator[Finding]:
    if one.kind == "bundle" and (one.inside or not _COPY.search(one.filename)):
        more = f" and {len(one.inside) - _SHOWN} more" if len(one.inside) > _SHOWN else ""
        shown = ", ".join(one.inside[:_SHOWN]) + more
        why = f"it holds {shown}" if one.inside else "its name has no version, as a bundle's"
        yield _finding(
            "BUNDLE",
            one,
            why,
            f"driverenv index add {_quoted(one.path)}, then driverenv index remove {_quoted(one.path)}",
        )
    elif one.kind == "shell":
        yield _finding(
            "SHELL",
            one,
            "a shell or driver is in it",
            "move it out of the repository; driverenv index add takes what is in its offline_requirements",
        )


def _on_its_way(one: Seen) -> Iterator[Finding]:
    if one.size == 0:
        yield _finding("HALF_COPIED", one, "it is empty", "copy it again: driverenv index add")
    elif _ARRIVING.search(one.filename):
        yield _finding(
            "HALF_COPIED", one, "its name is that of a file on its way", "finish the copy, or remove it"
        )


def _copy(one: Seen) -> Iterator[Finding]:
    if _COPY.search(one.filename) and not readings(one.filename):
        yield _finding(
            "COPY",
            one,
            "its name is that of a copy",
            "remove it, if the file itself is there; else give it its name back",
        )


def _old(one: Seen) -> Iterator[Finding]:
    why = why_not(one.filename)
    if not why:
        return
    lower = one.filename.lower()
    if lower.endswith((".whl", *SDISTS)):
        yield _finding("BAD_NAME", one, why, "give it the name that its build tool gave it, or remove it")
    elif lower.endswith(_SIGNATURES):
        yield _finding("STRAY", one, why, "remove it: nobody looks at signatures of this kind any more")
    else:
        yield _finding("OLD_FORMAT", one, why, "put a wheel or an sdist of the project there, and remove it")


_FIRST = (_no_file, _archive, _on_its_way, _copy, _old)

# ------------------------------------------------------------------------- what is a distribution


def _of_distribution(one: Seen, terms: Terms) -> Iterator[Finding]:
    named = readings(one.filename)[0]
    if one.rejected:
        is_cut = "zip-end" in one.rejected or "truncated" in one.rejected or "ends inside" in one.rejected
        code = "HALF_COPIED" if is_cut else "BROKEN"
        yield _finding(
            code,
            one,
            one.rejected,
            "put the file there again, from where it came: driverenv index add --replace",
        )
    listed = one.listed or listed_as(one.filename)
    if listed and listed not in {way.project for way in readings(one.filename)}:
        why = f"it is {named.project} {named.version}, and a pypiserver lists it under {listed}"
        yield _finding("MISNAMED", one, why, "put a wheel of it there, whose name can be cut in one way only")
    why = terms.targets.why_none(named.tags, one.requires_python)
    if why:
        yield _finding(
            "NO_TARGET", one, why, "remove it, if no server of the site has such a Python or platform"
        )
    if one.hashes is not None and "sha256" not in one.hashes:
        given = ", ".join(one.hashes) or "no digest"
        yield _finding(
            "WEAK_HASH",
            one,
            f"the server gives {given}",
            "let the server give SHA-256 (pypiserver: --hash-algo sha256)",
        )
    if one.notes:
        yield _finding(
            "EDITED",
            one,
            one.notes[0],
            "give a changed distribution a version of its own, such as 1.0+site.1",
        )


def _finding(code: str, one: Seen, why: str, remedy: str) -> Finding:
    ways = readings(one.filename)
    project = ways[0].project if ways else next(iter(sorted(one.claims)), "")
    return Finding(code, one.path, project, why, remedy)


def _quoted(path: str) -> str:
    return f'"{path}"' if " " in path else path


# ------------------------------------------------------------------------------ of several files


def _two_contents(files: Collection[Seen]) -> Iterator[Finding]:
    by_name: dict[str, list[Seen]] = defaultdict(list)
    for one in files:
        if one.kind in ("", "bundle") and one.sha256:
            by_name[canonicalize_name(one.filename)].append(one)
    for same in by_name.values():
        if len(same) > 1:
            others = ", ".join(one.path for one in same[1:])
            if len({one.sha256 for one in same}) > 1:
                why, remedy = f"{others} has another content", "remove the one that is wrong"
                yield _finding("TWO_CONTENTS", same[0], why, remedy)
            else:
                yield _finding("TWICE", same[0], f"{others} is the same file", "one of them is enough")


def _unusable(files: Collection[Seen], terms: Terms) -> Iterator[Finding]:
    """Projects that are owned by files of which none can be used, though nothing is wrong with them as such."""
    usable: set[str] = set()
    claimed: dict[str, list[str]] = defaultdict(list)
    for one in files:
        if one.kind or one.rejected or one.size == 0:
            usable |= one.claims  # they have an error of their own
            continue
        ways = readings(one.filename)
        if ways and not terms.targets.why_none(ways[0].tags, one.requires_python):
            usable |= one.claims
        for project in one.claims:
            claimed[project].append(one.path)
    for project in sorted(claimed.keys() - usable):
        paths = claimed[project]
        why = f"all that is there of {project} is {', '.join(paths[:_SHOWN])}"
        remedy = f"put a file of {project} there that can be used, or remove what is there of it"
        yield Finding("UNUSABLE", paths[0], project, why, remedy)


def _public_copies(files: Collection[Seen], terms: Terms) -> Iterator[Finding]:
    for one in files:
        place = terms.public.get(one.sha256 or "-")
        if place:
            yield _finding(
                "PUBLIC_COPY",
                one,
                f"{place} has the very same file",
                "remove it, if the project is to be kept up to date from there; keep it, if it is to stay as it is",
            )


def _build_tools(files: Collection[Seen]) -> Iterator[Finding]:
    for tool in _BUILD_TOOLS:
        versions = [way.version for one in files for way in readings(one.filename)[:1] if way.project == tool]
        if versions:
            newest = max(versions, key=Version)
            yield Finding(
                "BUILD_TOOL",
                "",
                tool,
                f"the newest {tool} here is {newest}, and every build that needs it uses that",
                f"bring in new versions of {tool} from time to time, or remove it where public may serve it",
            )
