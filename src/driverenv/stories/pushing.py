"""The story of an upload: files, folders and bundles, each checked here, one after the other to a server."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import NamedTuple

from packaging.utils import canonicalize_name

from driverenv import _http
from driverenv._http import TransportFailure
from driverenv.errors import DriverEnvError, UploadFailed, foreign
from driverenv.events import Listener, Uploading, ignore
from driverenv.index import Asker
from driverenv.model.answers import Found
from driverenv.model.site import Index, Mode, Policy
from driverenv.repository import upload
from driverenv.repository.checking import Checked
from driverenv.repository.upload import Verdict
from driverenv.settings.pypirc import Destination
from driverenv.stories import offers
from driverenv.stories.offers import Offer


class Pushed(NamedTuple):
    """What became of a file."""

    filename: str
    project: str
    version: str
    sha256: str
    size: int
    there: bool
    """Whether the server had it before, byte for byte."""


@dataclass(frozen=True, slots=True)
class Result:
    """What became of an upload."""

    url: str
    pushed: tuple[Pushed, ...]
    offer: Offer


def push(
    paths: Sequence[str | PathLike[str]],
    to: Destination,
    *,
    site: Policy | None = None,
    skip_bad: bool = False,
    approve: Callable[[Sequence[Checked]], None] = lambda _: None,
    on_event: Listener = ignore,
) -> Result:
    """Send all that is at `paths` to the server `to`; bundles are opened, and what is in them is sent.

    A file that the server has, byte for byte, is no failure. Raises `UploadFailed`, `ArchiveRejected`,
    `RepositoryRefused` (`NOT_A_DISTRIBUTION`), and what `approve` raises: then nothing was sent. What was sent
    before a failure stays there, and is named.
    """
    index = _index(to, site)
    with offers.scratch() as scratch:
        offer = offers.gather(map(Path, paths), scratch=scratch, on_event=on_event)
        if not skip_bad:
            offer.raise_refused()
        approve(offer.files)
        policy = Policy(mode=Mode.OFFLINE, local=[index], public=None)
        done: list[Pushed] = []
        with _http.open_transport(policy) as door:
            errand = _Errand(door, index, Asker(policy, transport=door), to, on_event)
            for one in offer.files:
                done.append(errand.send(one, done))
        return Result(to.url, tuple(done), offer)


def _index(to: Destination, site: Policy | None) -> Index:
    """The server as an index: with the terms of the site's own index of that origin, and the account for uploads."""
    own = [one for one in (site.local if site else ()) if not one.is_folder]
    same = (one for one in own if _http.origin_of(one.location) == _http.origin_of(to.url))
    base = next(same, Index(to.url))
    return base.replace(
        location=to.url, name="", username=to.username, password=to.password, credentials="given"
    )


@dataclass(frozen=True, slots=True)
class _Errand:
    """The way of files to one server."""

    door: _http.HttpTransport
    index: Index
    asker: Asker
    to: Destination
    on_event: Listener

    def send(self, one: Checked, done: Sequence[Pushed]) -> Pushed:
        """Send a file; `done` is what was sent before it. Raises `UploadFailed`."""
        named = one.named

        def hear(sent: int, total: int) -> None:
            self.on_event(Uploading(named.filename, sent, total))

        try:
            answer = self.door.post(self.index, self.to.url, upload.form(one, hear))
        except TransportFailure as failure:
            raise _unreachable(self.to, one, failure, done) from failure
        verdict = upload.verdict(answer.status, answer.body)
        is_there = verdict.kind == "exists"
        if is_there:
            self._check_same(one, verdict, done)
        elif verdict.kind != "taken":
            raise _refused(self.to, one, verdict, done)
        return Pushed(named.filename, named.project, named.version, one.sha256, one.size, is_there)

    def _check_same(self, one: Checked, verdict: Verdict, done: Sequence[Pushed]) -> None:
        """A file that is there already must be the same one."""
        try:
            answer = self.asker.ask(self.index, one.named.project, public=False)
        except DriverEnvError as error:
            raise _exists(self.to, one, f"its page cannot be read ({error.code})", done) from error
        files = answer.files if isinstance(answer, Found) else ()
        wanted = canonicalize_name(one.named.filename)
        there = next((file for file in files if canonicalize_name(file.filename) == wanted), None)
        sha256 = there.digest("sha256") if there else None
        if sha256 is None:
            raise _exists(self.to, one, f"its content is not known: {verdict.text}", done)
        if sha256 != one.sha256:
            raise _exists(self.to, one, f"sha256 {sha256}", done)


def _facts(to: Destination, one: Checked, done: Sequence[Pushed]) -> tuple[tuple[str, str], ...]:
    sent = ", ".join(pushed.filename for pushed in done)
    return (
        ("file", f"{foreign(one.shown)}, sha256 {one.sha256}"),
        ("server", f"{foreign(to.url)}, by {to.url_from}"),
        *((("sent before", foreign(sent, limit=1000)),) if sent else ()),
    )


def _data(to: Destination, one: Checked, done: Sequence[Pushed]) -> dict[str, object]:
    return {"file": one.shown, "url": to.url, "sent": [pushed.filename for pushed in done]}


def _unreachable(
    to: Destination, one: Checked, failure: TransportFailure, done: Sequence[Pushed]
) -> UploadFailed:
    return UploadFailed(
        f"{foreign(one.named.filename)} could not be sent: {foreign(failure.detail)}",
        code="UPLOAD_UNREACHABLE",
        facts=_facts(to, one, done),
        remedies=("check that the server runs and that this machine may reach it, then push again",),
        data={**_data(to, one, done), "kind": failure.kind},
    )


def _exists(to: Destination, one: Checked, there: str, done: Sequence[Pushed]) -> UploadFailed:
    return UploadFailed(
        f"the server has {foreign(one.named.filename)} already, and not with this content",
        code="UPLOAD_EXISTS",
        facts=(*_facts(to, one, done), ("is there", foreign(there))),
        remedies=(
            "give a changed distribution a version of its own: drivers may have the old content already",
        ),
        data=_data(to, one, done),
    )


_WHY = {
    "auth": ("UPLOAD_AUTH", "the server does not let us upload"),
    "no-upload": ("UPLOAD_REFUSED", "nobody takes uploads at the address of the server"),
    "redirect": ("UPLOAD_REFUSED", "the server sends us to another address, where no password goes"),
    "too-large": ("UPLOAD_REFUSED", "the file is larger than the server allows"),
    "refused": ("UPLOAD_REFUSED", "the server refuses the file"),
    "error": ("UPLOAD_REFUSED", "the server answered with an error"),
}
_REMEDY = {
    "auth": "give the right user and password: TWINE_USERNAME and TWINE_PASSWORD, or a section of a .pypirc; "
    "or may this user not upload?",
    "no-upload": "check the address: a pypiserver takes uploads at its root, http://HOST:8036/",
    "redirect": "give the address that the server redirects to, with https:// or a slash at its end, say",
    "too-large": "raise the limit of the server, or of the proxy in front of it (nginx: client_max_body_size)",
    "refused": "look at what the server says",
    "error": "look into the log of the server",
}


def _refused(to: Destination, one: Checked, verdict: Verdict, done: Sequence[Pushed]) -> UploadFailed:
    code, summary = _WHY[verdict.kind]
    account = (
        "as",
        f"{foreign(to.username)}, by {to.user_from}" if to.username else "nobody: no user is known",
    )
    return UploadFailed(
        f"{summary}: {foreign(one.named.filename)}",
        code=code,
        facts=(
            *_facts(to, one, done),
            ("answer", verdict.text),
            *((account,) if verdict.kind == "auth" else ()),
        ),
        remedies=(_REMEDY[verdict.kind],),
        data={**_data(to, one, done), "answer": verdict.text},
    )
