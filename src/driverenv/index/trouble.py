"""An index that could not answer, told in full: what was asked, what came back, what to do."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from packaging.utils import NormalizedName

from driverenv._http import TransportFailure, redacted, trouble_of
from driverenv.errors import IndexUnavailable, LocalVersionMismatch, foreign
from driverenv.model.site import Index


@dataclass(frozen=True, slots=True)
class Question:
    """What an index was asked: about which project, at which URL (or in which folder)."""

    project: NormalizedName | None
    """None: about the index itself."""
    index: Index
    public: bool
    url: str

    @property
    def role(self) -> str:
        """What messages call the index: "local index" or "public index"."""
        return "public index" if self.public else "local index"


class _Kind(NamedTuple):
    summary: str
    local: tuple[str, ...]
    public: tuple[str, ...]
    code: str = ""
    """The kind that names its code, where several share one."""


_REACH = "check that this machine may reach it: firewall, proxy, DNS"
_SERVE_ITSELF = "let the index serve its pages and files itself, under its own address"
_OFFICIAL = "compare the address of the public index in the settings with the one that its operator gives"
_KINDS = {
    "down": _Kind(
        "the {role} cannot be reached",
        ("check that the index's process (PyPI Server) is running and its folder or share is there", _REACH),
        (_REACH, "or work offline, with everything that is needed in a local index"),
    ),
    "folder": _Kind(
        "the folder of the {role} cannot be read",
        ("check that the folder is there and may be read: is its path right, is the share mounted?",),
        (),
    ),
    "folder-link": _Kind(
        "the folder of the {role} has a link to what lies outside of it, and that is not followed",
        ("put the files there in place of the link, or configure the other folder as an index of its own",),
        (),
        "down",
    ),
    "folder-hidden": _Kind(
        "the folder of the {role} has a link to a hidden folder, and hidden folders are not looked into",
        ("give the hidden folder a name without a dot in front, or configure it as an index of its own",),
        (),
        "down",
    ),
    "folder-dangling": _Kind(
        "the folder of the {role} has a link that leads nowhere",
        ("put the file or folder there that the link should lead to, or take the link away",),
        (),
        "down",
    ),
    "folder-moving": _Kind(
        "a file in the folder of the {role} is still being written",
        ("wait until the file is copied completely, then launch again",),
        (),
        "down",
    ),
    "folder-special": _Kind(
        "the folder of the {role} has something by the name of a file that is none",
        ("put the file itself there, or take away what has its name",),
        (),
        "down",
    ),
    "folder-archive": _Kind(
        "the folder of the {role} has an archive whose content cannot be seen",
        ("wait until it is copied completely, then extract it into the folder; or take it out of there",),
        (),
        "down",
    ),
    "dns": _Kind(
        "the host name of the {role} cannot be resolved",
        ("check the index's address for a typing error", _REACH),
        (_REACH, "or work offline, with everything that is needed in a local index"),
    ),
    "timeout": _Kind(
        "the {role} does not answer in time",
        ("check whether the index's process (PyPI Server) hangs or is overloaded; restart it",),
        (_REACH, "try again later"),
    ),
    "tls": _Kind(
        "no trusted connection to the {role} could be made",
        ("check the index's certificate: expired, for another host, or of a CA this machine does not know",),
        ("check for a proxy that opens TLS connections and whose CA this machine does not know",),
    ),
    "auth": _Kind(
        "the {role} does not let us in",
        ("set the user name and password of the index in the settings (a refusal is no proof of absence)",),
        ("set the user name and password of the index in the settings",),
    ),
    "error": _Kind(
        "the {role} answered with an error",
        ("look into the log of the index (PyPI Server) for the reason, then launch again",),
        ("try again later",),
    ),
    "named": _Kind(
        "the root page of the {role} names the project, but leads to no page of it",
        (
            "let the index serve the project's page right below its root page (PEP 503)",
            "or take the name off the root page, if the index does not have the project",
        ),
        (),
        "error",
    ),
    "partial": _Kind(
        "the root page of the {role} does not list all of its projects",
        (
            "let the index list all of its projects on one page (PEP 503): only that proves what it does not have",
            "put the files of the project into the index, if it should be there",
        ),
        (),
        "error",
    ),
    "redirect": _Kind(
        "the {role} sends us to an address that is not its own",
        (
            _SERVE_ITSELF,
            "find out who has set up this redirect, and why: what it leads to was checked by nobody here",
        ),
        (_OFFICIAL, "check whether a login page or a proxy stands in between"),
    ),
    "redirect-name": _Kind(
        "the {role} sends us to another project's page on the public index",
        (
            "check the index's address (with PyPI Server: http://HOST:8036/simple/)",
            "find out why the index redirects this name: only a redirect to the same project's page says that it lacks it",
        ),
        (),
        "redirect",
    ),
    "redirect-loop": _Kind(
        "the redirects of the {role} do not end",
        (
            "look into the settings of the index and of any proxy in front of it: its redirects go in a circle",
        ),
        ("try again later", _OFFICIAL),
        "redirect",
    ),
    "redirect-http": _Kind(
        "the {role} sends us from https to http, where nothing protects what it answers",
        ("let the index, or the proxy in front of it, redirect to https addresses",),
        (_OFFICIAL,),
        "redirect",
    ),
    "redirect-nowhere": _Kind(
        "the {role} sends us to an address that cannot be read",
        (
            "look into the settings of the index and of any proxy in front of it: its redirect has no usable address",
        ),
        (_OFFICIAL,),
        "redirect",
    ),
    "link": _Kind(
        "the {role} lists files that lie at an address that is not its own",
        (
            _SERVE_ITSELF,
            "find out who has put this link there, and why: what it leads to was checked by nobody here",
        ),
        (_OFFICIAL,),
        "redirect",
    ),
    "insecure": _Kind(
        "the address of the {role} begins with http://, and https:// is required",
        (),
        (
            "write https:// in the address of the public index (http:// may be used on this very machine only)",
        ),
        "redirect",
    ),
    "forbidden": _Kind(
        "the {role} may not be asked at this address",
        ("check the index's address in the settings",),
        ("check the index's address in the settings",),
        "redirect",
    ),
    "not-an-index": _Kind(
        "what answers at the address of the {role} is not a page of a package index",
        ("check the index's address (with PyPI Server: http://HOST:8036/simple/) and what runs there",),
        ("check the index's address and whether a login page or a proxy stands in between",),
    ),
    "truncated": _Kind(
        "the answer of the {role} was cut off",
        ("check the index, and any proxy in front of it; half a page could lack the newest file",),
        ("try again later; half a page could lack the newest file",),
    ),
    "too-large": _Kind(
        "the answer of the {role} is larger than any index page should be",
        ("check the index's address and what runs there",),
        ("check the index's address and what runs there",),
    ),
    "proxy-auth": _Kind(
        "a proxy stands between here and the {role} and asks for a password",
        ("take the index's host out of the proxy's reach: local indexes should be asked directly",),
        ("set the proxy with its user name and password in https_proxy",),
    ),
}
_OF_FAILURE = {"protocol": "not-an-index"}


def unavailable(question: Question, kind: str, answer: str) -> IndexUnavailable:
    """The error for an index that could not answer; `answer` is what came back, as a sentence's end.

    Codes: `PROXY_AUTH`; `LOCAL_DOWN` and so on by `kind`; `PUBLIC_REDIRECT` and `PUBLIC_UNAVAILABLE`.
    """
    text = _KINDS["folder" if question.index.is_folder and not kind.startswith("folder-") else kind]
    facts = [] if question.project is None else [("project", str(question.project))]
    facts += [
        (question.role, str(question.index)),
        ("asked", foreign(redacted(question.url))),
        ("answer", foreign(answer)),
    ]
    if not question.public:
        facts.append(("not asked", "any other index: a broken one proves nothing about what it has"))
    return IndexUnavailable(
        text.summary.format(role=question.role),
        code=IndexUnavailable.code_for(text.code or kind, public=question.public),
        facts=tuple(facts),
        remedies=text.public if question.public else text.local,
        data={
            "project": question.project,
            "index": question.index.location,
            "url": redacted(question.url),
            "public": question.public,
            "kind": text.code or kind,
            "answer": foreign(answer),
        },
    )


def about(error: IndexUnavailable, project: NormalizedName) -> IndexUnavailable:
    """What an index could not answer about itself or another page, told to the one who asked about `project`."""
    facts = (("project", str(project)), *(fact for fact in error.facts if fact[0] != "project"))
    data = {**error.data, "project": project}
    return IndexUnavailable(error.summary, code=error.code, facts=facts, remedies=error.remedies, data=data)


def of_failure(question: Question, failure: TransportFailure) -> IndexUnavailable:
    """The error for an answer that never came."""
    kind = _OF_FAILURE.get(failure.kind, failure.kind)
    if kind == "forbidden" and question.public and question.url.startswith("http://"):
        kind = "insecure"
    return unavailable(question, kind, failure.detail)


def of_status(question: Question, status: int) -> IndexUnavailable:
    """The error for an HTTP status that says neither "here it is" nor "it is not here"."""
    return unavailable(question, trouble_of(status), f"HTTP status {status}")


def empty(question: Question) -> LocalVersionMismatch:
    """The error for a local page without a single file: the index claims the project and has nothing of it."""
    return LocalVersionMismatch(
        f"the local index has a page for {question.project}, but no file on it",
        code="LOCAL_EMPTY",
        facts=(
            ("project", str(question.project)),
            ("local index", str(question.index)),
            ("asked", foreign(redacted(question.url))),
            ("not asked", "any other index: a project that the local index claims is served by it alone"),
        ),
        remedies=(
            f"put the files of {question.project} into the local index",
            "or remove the empty page, if the project is to come from elsewhere",
        ),
        data={
            "project": question.project,
            "index": question.index.location,
            "url": redacted(question.url),
            "public": False,
        },
    )


def in_bundles(
    project: NormalizedName, index: Index, bundles: Mapping[str, Collection[str]]
) -> LocalVersionMismatch:
    """The error for files of a project that are there, but inside of archives (by path) that nobody extracted."""
    inside = {path: foreign(", ".join(sorted(names))) for path, names in bundles.items()}
    return LocalVersionMismatch(
        f"the local index {index.name} has files of {project} inside of an archive that was not extracted",
        facts=(
            ("project", str(project)),
            ("local index", str(index)),
            ("archive", "\n".join(f"{foreign(path)}: it holds {names}" for path, names in inside.items())),
            ("not asked", "any other index: a project that the local index holds is served by it alone"),
        ),
        remedies=(
            *(f"extract {foreign(path)} into the folder of the index" for path in bundles),
            f"or take the archive out of the folder, if {project} is to come from elsewhere",
        ),
        data={
            "project": project,
            "index": index.location,
            "archives": {path: sorted(names) for path, names in bundles.items()},
        },
    )
