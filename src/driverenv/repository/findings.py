"""What a check-up of a repository may find: a stable code for each, how much it matters, and what it means. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

ERROR, WARNING, NOTE = "error", "warning", "note"
SEVERITIES = (ERROR, WARNING, NOTE)


class Kind(NamedTuple):
    """What a code stands for."""

    severity: str
    meaning: str
    """A sentence without a full stop at its end."""


KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        "BUNDLE": Kind(
            ERROR,
            "an archive of distributions that nobody extracted: what is in it is served to nobody, and a server lists the archive as a project of its own",
        ),
        "SHELL": Kind(
            ERROR, "a shell or driver: a server lists it as a project of its own, and no launch can use it"
        ),
        "OPAQUE": Kind(
            ERROR,
            "an archive of a kind that nobody looks into: with it in the folder nothing is proven to be absent",
        ),
        "COPY": Kind(
            ERROR,
            "a copy under a name that browsers and file managers make: it claims its project, and no launch can use it",
        ),
        "HALF_COPIED": Kind(
            ERROR,
            "a file that is empty, cut off, or on its way: a server lists it with the digest of its half",
        ),
        "BROKEN": Kind(ERROR, "an archive that breaks a rule: every launch that would use it fails"),
        "BAD_NAME": Kind(
            ERROR,
            "no project and version can be told from the name: it claims a project, and no launch can use it",
        ),
        "UNREADABLE": Kind(
            ERROR, "a link, or something else that is no file here: it claims its project all the same"
        ),
        "TWO_CONTENTS": Kind(ERROR, "two different files of one name: a launch that needs the project fails"),
        "UNUSABLE": Kind(
            ERROR,
            "the index owns the project, and has no file of it that any known Python could use: launches fail",
        ),
        "OPEN_UPLOADS": Kind(ERROR, "anybody may upload, without any password"),
        "DEFAULT_CREDENTIALS": Kind(
            ERROR, "the user and password that every installation has work: anybody may upload"
        ),
        "MISNAMED": Kind(
            WARNING,
            "a pypiserver cuts the name at another place and lists the file under another project, which hides it from other tools",
        ),
        "OLD_FORMAT": Kind(
            WARNING,
            "an egg, an installer or another old kind of file: it claims its project, and no launch can use it",
        ),
        "NO_TARGET": Kind(WARNING, "a file for no Python or platform that is known here"),
        "WEAK_HASH": Kind(
            WARNING, "the server gives no SHA-256: a changed file is only noticed after its download"
        ),
        "PUBLIC_COPY": Kind(
            WARNING,
            "byte for byte a file of the public index: online the project would come from there, and is frozen here",
        ),
        "LOOKALIKE": Kind(WARNING, "two projects whose names nearly are the same: one of them may be a slip"),
        "BUILD_TOOL": Kind(
            WARNING, "a tool that builds sdists: its local versions govern every build of the site"
        ),
        "EDITED": Kind(
            NOTE, "a wheel that does not match its own list of files: it was edited and packed again"
        ),
        "TWICE": Kind(NOTE, "the same file in more than one sub-folder"),
        "STRAY": Kind(NOTE, "a file that is no distribution: no index lists it"),
    }
)


class Finding(NamedTuple):
    """One thing that is wrong, or may be."""

    code: str
    file: str
    """Its path below the folder, its name on the server, or "" where no file is to blame."""
    project: str
    """Normalised; "" where there is none."""
    why: str
    """A sentence's end: what is the matter with this very file."""
    remedy: str

    @property
    def severity(self) -> str:
        """How much it matters."""
        return KINDS[self.code].severity


def in_order(findings: list[Finding]) -> tuple[Finding, ...]:
    """The worst first, then by code and file; each once."""
    rank = {severity: number for number, severity in enumerate(SEVERITIES)}
    return tuple(sorted(set(findings), key=lambda one: (rank[one.severity], one.code, one.file, one.why)))
