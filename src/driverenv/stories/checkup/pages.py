"""What an index serves: is it one, what does a page cost, can files be had in parts, who may upload."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence

from packaging.utils import NormalizedName

from driverenv._http import TransportFailure, redacted
from driverenv.errors import DriverEnvError, foreign
from driverenv.index import survey
from driverenv.index.simple import SimpleIndex
from driverenv.index.survey import Surveyor
from driverenv.model.answers import Found, ProjectFile
from driverenv.model.finding import FAIL, OK, WARN, Finding

_SLOW = 0.3
"""Seconds for one page."""
_A_LAUNCH = 30
"""Pages that a first launch of a middling driver asks for."""
_WELL_KNOWN = NormalizedName("pip")
"""What every public index has, or says that it has not."""


def listing(at: Surveyor) -> Iterator[Finding]:
    """Whether its root page is that of an index. Raises `IndexUnavailable`."""
    if at.public:
        return  # that of public PyPI is 40 MB, and no launch reads it
    began = time.monotonic()
    listed, partial = _index(at).listed()
    seconds = time.monotonic() - began
    data = {"projects": len(listed), "milliseconds": round(seconds * 1000, 1)}
    if partial:
        told = f"its root page is not the whole listing ({foreign(partial)}): what it lacks cannot be proven to be absent"
        remedy = (
            'let it list all projects on one page; or, if a 404 of it can be trusted, set probe = "project"'
        )
        yield Finding(
            "index-listing", OK if at.index.probe == "project" else WARN, "listing", told, remedy, data
        )
    elif not listed:
        told = "it is an index, and lists no project at all"
        remedy = "upload something; if there was something before, look for its folder: a share that is not mounted?"
        yield Finding("index-listing", WARN, "listing", told, remedy, data)
    else:
        count = f"{len(listed):,} project{'' if len(listed) == 1 else 's'}"
        yield Finding(
            "index-listing", OK, "listing", f"it is an index of {count}, listed in {_ms(seconds)}", data=data
        )


def content(at: Surveyor) -> Iterator[Finding]:
    """A page and a file; then who may upload, and the fallback. Raises `IndexUnavailable`."""
    asked = _index(at)
    names = [_WELL_KNOWN] if at.public else sorted(asked.listed()[0])
    found = _first_found(asked, names)
    if found is None:
        told = (
            f"it answers, and has not {_WELL_KNOWN}" if at.public else "none of the first projects has a file"
        )
        yield Finding("index-page", OK if at.public else WARN, "page", told)
    else:
        yield _told_page(at, found)
        yield from _told_digests(at, found)
        yield _told_file(at, found.files)
    if not at.public:
        yield from _told_uploads(at)
        yield from _told_fallback(at)


def _index(at: Surveyor) -> SimpleIndex:
    return SimpleIndex(at.index, public=at.public, transport=at.transport, public_index=at.public_index)


def _first_found(asked: SimpleIndex, names: Sequence[NormalizedName]) -> Found | None:
    for name in names[:5]:
        try:
            answer = asked.answer(name)
        except DriverEnvError as error:
            if error.code != "LOCAL_EMPTY":
                raise
        else:
            if isinstance(answer, Found) and answer.files:
                return answer
    return None


def _told_page(at: Surveyor, found: Found) -> Finding:
    cost = survey.page_cost(at, found.page_url)
    form = "JSON" if cost.is_json else "HTML"
    told = f"{found.project}: {len(found.files):,} file{'' if len(found.files) == 1 else 's'}, {form}, in {_ms(cost.seconds)}"
    kept = "; unchanged pages need not be sent again" if "etag" in cost.validators else ""
    kept = kept or ("" if at.public else "; nothing says whether a page changed, so each is read anew")
    data = {
        "project": found.project,
        "files": len(found.files),
        "milliseconds": round(cost.seconds * 1000, 1),
        "bytes": cost.size,
        "validators": list(cost.validators),
    }
    if cost.seconds < _SLOW:
        return Finding("index-page", OK, "page", told + kept, data=data)
    slow = f"{told}: a launch that asks for {_A_LAUNCH} of them waits {cost.seconds * _A_LAUNCH:.0f} s"
    remedy = (
        "a pypiserver walks through its whole folder for each page: take out of it what nobody needs any more, and keep it "
        "on a disk of the server's own\n"
        "where there are thousands of files, serve them with something that does not, or as written pages (PEP 503) with nginx"
    )
    if at.public:
        remedy = "look at the network and the proxy; a mirror inside of the site would be faster"
    return Finding("index-page", WARN, "page", slow, remedy, data)


def _told_digests(at: Surveyor, found: Found) -> Iterator[Finding]:
    without = [file for file in found.files if file.digest("sha256") is None]
    if not without:
        return
    names = sorted({name for file in without for name, _ in file.hashes})
    told = f"{len(without)} of {len(found.files)} files of {found.project} have no SHA-256, only {', '.join(names) or 'nothing'}"
    if at.public:
        yield Finding("index-digests", FAIL, "digests", told, "use a public index that gives SHA-256 digests")
    else:
        remedy = "with pypiserver: --hash-algo sha256 (the default since 2.0)"
        yield Finding("index-digests", WARN, "digests", told, remedy)


def _told_file(at: Surveyor, files: Sequence[ProjectFile]) -> Finding:
    file = min(files, key=lambda one: one.size if one.size is not None else 0)
    shown = foreign(file.filename)
    try:
        in_parts = survey.gives_ranges(at, file)
    except TransportFailure as failure:
        detail = f"{shown} cannot be had: {foreign(failure.detail)}"
        remedy = (
            "let this machine reach the host of the files, too" if at.public else "look after the file there"
        )
        return Finding("index-file", FAIL, "file", detail, remedy, {"url": redacted(file.url)})
    if in_parts is None:
        told = f"{shown} is listed, and cannot be had"
        return Finding("index-file", FAIL, "file", told, "put the file back, or take it off the page")
    if in_parts:
        return Finding("index-file", OK, "file", f"{shown} can be had, and in parts")
    told = f"{shown} can be had, but not in parts: a wheel is fetched whole where its metadata would do"
    return Finding("index-file", OK, "file", told)


def _told_uploads(at: Surveyor) -> Iterator[Finding]:
    try:
        who = survey.uploads(at)
    except TransportFailure:
        return
    if who == survey.OPEN:
        told = "anybody who reaches it may upload, without a password: what a stranger puts there counts as yours"
        remedy = "with pypiserver: -P .htpasswd -a update; or let it listen on addresses that only the site reaches"
        yield Finding("index-uploads", WARN, "uploads", told, remedy)
    elif who == survey.CLOSED:
        yield Finding("index-uploads", OK, "uploads", "only with a password")


def _told_fallback(at: Surveyor) -> Iterator[Finding]:
    try:
        where = survey.fallback(at)
    except DriverEnvError as error:
        if error.code != "LOCAL_REDIRECT":
            raise
        where = dict(error.facts)["answer"].rpartition(" ")[2]
    if not where:
        yield Finding("index-fallback", OK, "fallback", "off: what it lacks it says it lacks")
        return
    told = f"on: who asks for what it lacks is sent to {foreign(where)}; driverenv does not follow, other tools do"
    yield Finding("index-fallback", OK, "fallback", told, data={"to": where})


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:,.0f} ms"
