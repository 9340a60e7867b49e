"""The story of a check-up: everything that lies in a repository, or that a server lists, held against the rules."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path

from packaging.utils import NormalizedName, canonicalize_name

from driverenv import _http, policy
from driverenv._http import Body, TransportFailure
from driverenv.archive import headers
from driverenv.errors import DriverEnvError
from driverenv.events import Listener, Warned, Working, ignore
from driverenv.index import Asker
from driverenv.index.bundles import content
from driverenv.index.confusable import Lookalikes
from driverenv.index.filenames import claimants, has_version, is_archive, is_distribution, is_opaque
from driverenv.index.scan import Scan, scan_folder
from driverenv.model.answers import Found
from driverenv.model.site import Index, Mode, Policy
from driverenv.repository import checking, rules
from driverenv.repository.findings import ERROR, Finding, in_order
from driverenv.repository.folder import Folder, unusable
from driverenv.repository.names import readings
from driverenv.repository.rules import Seen, Terms
from driverenv.repository.targets import Targets
from driverenv.store.names import Names
from driverenv.stories import offers
from driverenv.stories.snapshots import inventory_of
from driverenv.stories.stocking import is_file_of_an_index

DEFAULT_ACCOUNT = ("pypiadmin", "pypiadmin")
_VERIFY = b'--x\r\nContent-Disposition: form-data; name=":action"\r\n\r\nverify\r\n--x--\r\n'
_TAKEN = 200
_WHY_CLAIMED = {
    "folder-link": "it is a link that leads out of the folder, and is not followed",
    "folder-hidden": "it is a link to a hidden folder",
    "folder-dangling": "it is a link that leads nowhere",
    "folder-moving": "it is being written",
    "folder-special": "it is neither a file nor a folder",
}


@dataclass(frozen=True, slots=True)
class CheckUp:
    """What was found."""

    location: str
    files: int
    """How many files were looked at."""
    findings: tuple[Finding, ...]
    """The worst first."""
    read: bool
    """Whether contents were read, not only names."""

    @property
    def is_bad(self) -> bool:
        """Whether any of them is an error."""
        return any(one.severity == ERROR for one in self.findings)


def lint(
    index: Index,
    *,
    site: Policy | None = None,
    home: str | PathLike[str] | None = None,
    targets: Targets = Targets(),  # noqa: B008 (immutable)
    contents: bool = True,
    ask_public: bool = False,
    credentials: bool = False,
    on_event: Listener = ignore,
) -> CheckUp:
    """Look over a folder or a server.

    Args:
        index: where.
        site: the site's policy, for what is local and public; None for no more than the index says.
        home: the home folder: what was fetched from public before is known there.
        targets: the Pythons and platforms of the site.
        contents: of a folder: read each file, as `add` does.
        ask_public: ask the public index, too, which of the local projects it has; their names leave the site.
        credentials: of a server that is one of `site`: see whether anybody may upload.
        on_event: hears of each step.

    Raises `RepositoryRefused`, `IndexUnavailable`; `ValueError` where `credentials` is for a server of others.
    """
    if index.is_folder:
        files = tuple(_of_folder(index, contents=contents, on_event=on_event))
    else:
        files = tuple(_of_server(index, on_event))
    projects = sorted({claim for one in files for claim in one.claims})
    online = site is not None and not site.offline
    public = _known_public(home) if home is not None and online else {}
    if ask_public and site is not None:
        public |= _asked_public(site, projects, on_event)
    terms = Terms(targets, public, tuple(_alike(projects)))
    found = rules.check(files, terms)
    if credentials:
        found += _open_doors(index, site)
    return CheckUp(index.location, len(files), in_order(found), read=index.is_folder and contents)


# -------------------------------------------------------------------------------------------- a folder


def _of_folder(index: Index, *, contents: bool, on_event: Listener) -> Iterator[Seen]:
    folder = Folder(Path(index.location))
    try:
        scan = scan_folder(index.location, follow=index.follow_symlinks)
    except OSError as error:
        raise unusable(folder.path, error) from error
    yield from _claims(scan, folder)
    known = {entry.path for entry in scan.entries}
    for number, entry in enumerate(scan.entries, 1):
        on_event(Working("reading", entry.filename, number, len(scan.entries)))
        path = _below(folder, entry.path)
        seen = Seen(path, entry.stamp[0], frozenset(claimants(entry.filename)))
        yield _read(seen, Path(entry.path)) if contents else _named(seen)
    for held in folder.held():
        if str(folder.path / held.path) not in known and not is_file_of_an_index(held.filename):
            yield Seen(held.path, held.size, kind="stray")


def _claims(scan: Scan, folder: Folder) -> Iterator[Seen]:
    for kind, path in (*scan.claims, *scan.unseen):
        filename = os.path.basename(path)
        claims = frozenset(claimants(filename)) if is_distribution(filename) else frozenset()
        if is_opaque(filename) and kind == "folder-archive":
            yield Seen(_below(folder, path), kind="opaque", claims=claims)
        else:
            why = _WHY_CLAIMED.get(kind, "it cannot be looked at")
            yield Seen(_below(folder, path), kind="link", claims=claims, rejected=why)


def _below(folder: Folder, path: str) -> str:
    return Path(path).relative_to(folder.path).as_posix()


def _named(seen: Seen) -> Seen:
    """What a file's name alone says."""
    is_nameless = is_archive(seen.filename) and not has_version(seen.filename)
    return seen._replace(kind="bundle") if is_nameless else seen


def _read(seen: Seen, path: Path) -> Seen:
    """What its content says."""
    inside = content(str(path)) if is_archive(seen.filename) else None
    if inside is not None and offers.is_bundle(inside):
        names = tuple(sorted(name for name in inside.files if readings(name)))
        is_shell = inside.is_driver and not names and not inside.is_nested
        return seen._replace(kind="shell" if is_shell else "bundle", inside=names)
    if not readings(seen.filename):
        return seen
    try:
        sha256, _ = checking.digest(path)
        seen = seen._replace(sha256=sha256)
        checked = checking.check(path, filename=seen.filename, shown=seen.path)
    except DriverEnvError as error:
        rule = str(error.data.get("rule", ""))
        return seen._replace(
            rejected=f"{error.summary.partition(': ')[2] or error.summary}{f' ({rule})' if rule else ''}"
        )
    except OSError as error:
        return seen._replace(rejected=f"it cannot be read: {error.strerror or error}")
    python = (headers.scan(checked.metadata).get("requires-python") or [""])[0] if checked.metadata else ""
    return seen._replace(notes=checked.notes, requires_python=python)


# -------------------------------------------------------------------------------------------- a server


def _of_server(index: Index, on_event: Listener) -> Iterator[Seen]:
    found = inventory_of(index, on_event=on_event)
    if found.partial:
        on_event(Warned("INDEX_NOTE", f"the root page of {index} may not list all: {found.partial}"))
    for listed, files in found.files.items():
        for file in files:
            seen = Seen(
                file.filename,
                file.size,
                frozenset(claimants(file.filename)),
                sha256=file.digest("sha256"),
                requires_python=file.requires_python or "",
                listed=listed,
                hashes=tuple(name for name, _ in file.hashes),
            )
            yield _named(seen)


def _open_doors(index: Index, site: Policy | None) -> list[Finding]:
    """Whether anybody may upload: the server is sent a form without a file, which changes nothing there."""
    own = (*(site.local if site else ()), *(site.extra if site else ()))
    if index.is_folder or not any(one.location == index.location for one in own):
        raise ValueError("credentials are tried at a server of the settings only")
    if _takes(index, None):
        remedy = "start it with a file of users: driverenv index serve --passwords FILE"
        return [Finding("OPEN_UPLOADS", "", "", f"{index} takes uploads of anybody", remedy)]
    if _takes(index, DEFAULT_ACCOUNT):
        why = f"{index} takes the user {DEFAULT_ACCOUNT[0]} with the password that everybody knows"
        return [
            Finding(
                "DEFAULT_CREDENTIALS", "", "", why, "give the user another password, or take the user out"
            )
        ]
    return []


def _takes(index: Index, account: tuple[str, str] | None) -> bool:
    user, password = account or (None, None)
    url = index.location.rstrip("/").removesuffix("/simple") + "/"
    door = index.replace(location=url, name="", username=user, password=password, credentials="given")
    with _http.open_transport(Policy(mode=Mode.OFFLINE, local=[door], public=None)) as transport:
        body = Body("multipart/form-data; boundary=x", len(_VERIFY), lambda: iter((_VERIFY,)))
        try:
            return transport.post(door, url, body).status == _TAKEN
        except TransportFailure:
            return False


# ------------------------------------------------------------------------------------ names elsewhere


def _alike(projects: Sequence[str]) -> Iterator[tuple[str, str]]:
    known = Lookalikes(projects)
    for name in projects:
        yield from ((name, other) for other in known.beside(name) if name < other)


def _known_public(home: str | PathLike[str]) -> dict[str, str]:
    """By sha256: the public index that a file was fetched from before, by launches of this home."""
    memory = Names(Path(home), time.time())
    return {
        digest: seen.name
        for seen in memory.everything()
        if seen.public
        for file in seen.files
        for digest in file.digests or ()
    }


def _asked_public(site: Policy, projects: Sequence[str], on_event: Listener) -> dict[str, str]:
    """By sha256: what the public index has of local projects, where the policy lets it be asked for them."""
    if site.public is None or site.offline:
        return {}
    rest = site.replace(local=(), extra=())
    asked = [canonicalize_name(name) for name in projects]
    names = [name for name in asked if any(ask.public for ask in policy.route(rest, name).asks)]
    found: dict[str, str] = {}
    with _http.open_transport(rest, proxies=dict(site.proxies)) as transport:
        asker = Asker(rest, transport=transport)
        for number, name in enumerate(names, 1):
            on_event(Working("asking public for", name, number, len(names)))
            found |= _digests(asker, site.public, name)
    return found


def _digests(asker: Asker, public: Index, name: NormalizedName) -> Mapping[str, str]:
    answer = asker.ask(public, name, public=True)
    files = answer.files if isinstance(answer, Found) else ()
    return {digest: public.name for file in files if (digest := file.digest("sha256"))}
