"""Index pages as text: what pypiserver writes, PEP 503 HTML with all attributes, PEP 691 JSON."""

from __future__ import annotations

import hashlib
import html
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal
from urllib.parse import quote

from packaging.utils import (
    InvalidSdistFilename,
    InvalidWheelFilename,
    parse_sdist_filename,
    parse_wheel_filename,
)

Style = Literal["pypiserver", "html", "full"]
HTML = "text/html; charset=utf-8"
PYPI_HTML = "application/vnd.pypi.simple.v1+html"
PYPI_JSON = "application/vnd.pypi.simple.v1+json"
API_VERSION = "1.1"


@dataclass(frozen=True, slots=True)
class Stored:
    """One file as an index holds it."""

    filename: str
    data: bytes
    requires_python: str | None = None
    yanked: bool | str = False
    metadata: bytes | None = None
    """What the sidecar serves; None: no sidecar is advertised."""
    algorithm: str | None = "sha256"
    """Of the digest on the page; None: no digest there."""
    upload_time: str = "2020-01-01T00:00:00.000000Z"

    @property
    def sha256(self) -> str:
        """Of the true bytes."""
        return hashlib.sha256(self.data).hexdigest()

    @property
    def digest(self) -> str | None:
        """As named on the page."""
        return hashlib.new(self.algorithm, self.data).hexdigest() if self.algorithm else None

    @property
    def metadata_sha256(self) -> str | None:
        """Of the sidecar."""
        return None if self.metadata is None else hashlib.sha256(self.metadata).hexdigest()

    @property
    def version(self) -> str | None:
        """As its name says; None for what is no distribution's name."""
        try:
            if self.filename.endswith(".whl"):
                return str(parse_wheel_filename(self.filename)[1])
            return str(parse_sdist_filename(self.filename)[1])
        except (InvalidWheelFilename, InvalidSdistFilename):
            return None


Href = Callable[[Stored], str]


def packages_href(base: str = "") -> Href:
    """Links to `<base>/packages/<file>`."""
    return lambda one: f"{base}/packages/{quote(one.filename)}"


def project_html(project: str, files: Iterable[Stored], *, href: Href, full: bool = True) -> bytes:
    """A project's page; without `full` as plain as pypiserver's."""
    links = "".join(f"            {_anchor(one, href, full=full)}<br>\n" for one in files)
    meta = f'        <meta name="pypi:repository-version" content="{API_VERSION}">\n' if full else ""
    return _page(f"Links for {project}", links, meta)


def root_html(projects: Iterable[str], *, full: bool = True) -> bytes:
    """The root page: all projects."""
    links = "".join(
        f'                <a href="{quote(one)}/">{html.escape(one)}</a><br>\n' for one in sorted(projects)
    )
    meta = f'        <meta name="pypi:repository-version" content="{API_VERSION}">\n' if full else ""
    return _page("Simple Index", links, meta)


def project_json(project: str, files: Sequence[Stored], *, href: Href) -> bytes:
    """A project's page by PEP 691 and PEP 700."""
    versions = dict.fromkeys(one.version for one in files if one.version is not None)
    document = {
        "meta": {"api-version": API_VERSION},
        "name": project,
        "versions": list(versions),
        "files": [_json_file(one, href) for one in files],
    }
    return json.dumps(document, indent=1).encode()


def root_json(projects: Iterable[str]) -> bytes:
    """The root page by PEP 691."""
    rows = [{"name": one} for one in sorted(projects)]
    return json.dumps({"meta": {"api-version": API_VERSION}, "projects": rows}).encode()


def _json_file(one: Stored, href: Href) -> dict[str, object]:
    row: dict[str, object] = {
        "filename": one.filename,
        "url": href(one),
        "hashes": {one.algorithm: one.digest} if one.algorithm else {},
        "size": len(one.data),
        "upload-time": one.upload_time,
        "yanked": one.yanked,
    }
    if one.requires_python is not None:
        row["requires-python"] = one.requires_python
    sidecar = {"sha256": one.metadata_sha256} if one.metadata is not None else False
    return row | {"core-metadata": sidecar, "dist-info-metadata": sidecar}


def _anchor(one: Stored, href: Href, *, full: bool) -> str:
    fragment = f"#{one.algorithm}={one.digest}" if one.algorithm else ""
    attributes = {"href": href(one) + fragment}
    if full and one.requires_python is not None:
        attributes["data-requires-python"] = one.requires_python
    if full and one.yanked is not False:
        attributes["data-yanked"] = "" if one.yanked is True else one.yanked
    if full and one.metadata is not None:
        sidecar = f"sha256={one.metadata_sha256}"
        attributes |= {"data-core-metadata": sidecar, "data-dist-info-metadata": sidecar}
    text = " ".join(f'{name}="{html.escape(value)}"' for name, value in attributes.items())
    return f"<a {text}>{html.escape(one.filename)}</a>"


def _page(title: str, links: str, meta: str) -> bytes:
    return (
        '<!DOCTYPE html>\n<html lang="en">\n    <head>\n        <meta charset="utf-8">\n'
        f"{meta}        <title>{html.escape(title)}</title>\n    </head>\n    <body>\n"
        f"        <h1>{html.escape(title)}</h1>\n{links}    </body>\n</html>\n"
    ).encode()
