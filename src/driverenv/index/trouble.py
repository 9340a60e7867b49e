"""An index that could not answer, told in full: what was asked, what came back, what to do."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from packaging.utils import NormalizedName

from driverenv._http import Response, TransportFailure, redacted, said, trouble_of
from driverenv.errors import IndexUnavailable, LocalVersionMismatch, foreign
from driverenv.index.kinds import KINDS
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


_BAD_REQUEST, _TOO_MANY = 400, 429
_OF_FAILURE = {"protocol": "not-an-index"}
_OF_TEXT = {
    b"No required SSL certificate was sent": "client-certificate",
    b"The SSL certificate error": "client-certificate",
    b"The plain HTTP request was sent to HTTPS port": "http-at-https",
    b"speaking plain HTTP to an SSL-enabled server port": "http-at-https",
}
"""What nginx and Apache say on their pages for status 400."""


def unavailable(question: Question, kind: str, answer: str) -> IndexUnavailable:
    """The error for an index that could not answer; `answer` is what came back, as a sentence's end.

    Codes: `PROXY_AUTH`; `LOCAL_DOWN` and so on by `kind`; `PUBLIC_REDIRECT` and `PUBLIC_UNAVAILABLE`.
    """
    text = KINDS["folder" if question.index.is_folder and not kind.startswith("folder-") else kind]
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
    case = f"{kind}-{failure.case}"
    return unavailable(question, case if case in KINDS else kind, failure.detail)


def of_status(question: Question, response: Response) -> IndexUnavailable:
    """The error for an HTTP status that says neither "here it is" nor "it is not here"."""
    known = (kind for text, kind in _OF_TEXT.items() if text in response.body)
    kind = {_BAD_REQUEST: next(known, ""), _TOO_MANY: "limited"}.get(response.status, "")
    answer = said(response.status, response.headers, response.body)
    return unavailable(question, kind or trouble_of(response.status), answer)


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
