"""Index pages as files: PEP 503 HTML and PEP 691 JSON, with PEP 592, 629, 658, 700 and 714. Pure.

A page that cannot be an index page raises `NotAnIndex`: an answer is never read into a login page.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Mapping
from itertools import islice
from typing import Any
from urllib.parse import quote, unquote, urljoin

from packaging.utils import NormalizedName, canonicalize_name

from driverenv._http import redacted
from driverenv.errors import foreign
from driverenv.index.anchors import MAX_LINKS, Attributes, Document, read
from driverenv.index.filenames import belongs, is_distribution
from driverenv.index.markup import Overgrown
from driverenv.model.answers import ProjectFile

JSON = "application/vnd.pypi.simple.v1+json"
ACCEPT = f"{JSON}, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.1"
"""What to ask for: JSON first, HTML for ever (PEP 691)."""

_HTML_TYPES = ("text/html", "application/vnd.pypi.simple.v1+html", "application/vnd.pypi.simple.latest+html")
_JSON_TYPES = (JSON, "application/vnd.pypi.simple.latest+json")
_HASH = re.compile(r"(md5|sha1|sha224|sha256|sha384|sha512|sha3_\d{3}|blake2[bs])=([0-9a-fA-F]+)")
_INDEX_TITLE = re.compile(
    r"\b(?:simple (?:repository |package )?(?:index|list\w*)|index of|directory listing|links for|package index)\b",
    re.IGNORECASE,
)
_CHARSETS = frozenset({"utf-8", "ascii", "iso8859-1", "iso8859-15", "utf-16", "utf-16-le", "utf-16-be"})
_MAX_VALUES = 1_000_000
"""Of a JSON document: 50,000 files have that many, and memory stays bounded."""
_MAX_NAME = 1000
_MAX_DIGESTS = 16
"""Of one file: there are not so many algorithms."""
_MAX_FOREIGN = 8 * 1024 * 1024
"""Bytes of a page that is not all ASCII: one wide character makes four bytes of every other."""
_NAMED = re.compile(r"\w\.(?:whl|zip|tar\.gz|tgz|egg|exe)\b", re.IGNORECASE)
_WEB = ("https://", "http://")
_URL_SAFE = "%/:?&=+!$,;'@()*[]~"


class NotAnIndex(Exception):
    """The page is no index page. `detail` ends a sentence that begins with "the page"."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class TooManyLinks(NotAnIndex):
    """The page has more links than any index needs."""


class BrokenOff(NotAnIndex):
    """The page ends in the middle."""


def parse_page(
    body: bytes, content_type: str, base_url: str, project: NormalizedName
) -> tuple[ProjectFile, ...]:
    """All distribution files on a project's page, whoever they belong to (see `only_of`).

    Raises `NotAnIndex`: not an index page, or not for this project.
    """
    if is_json(content_type):
        return parse_json(body, base_url, project)
    return parse_html(text_of(body, content_type), base_url)


def parse_html(body: str, base_url: str) -> tuple[ProjectFile, ...]:
    """All distribution files that a PEP 503 page links to, in its order. Raises `NotAnIndex`."""
    document = document_of(body)
    base = base_of(document, base_url)
    files = tuple(filter(None, (_linked(anchor, base) for anchor in document.anchors)))
    is_marked = document.version or _INDEX_TITLE.search(document.title)
    if files or (not document.anchors and is_marked and not _NAMED.search(body)):
        return files
    what = "has links, but none to a distribution file" if document.anchors else "has no links at all"
    if not document.anchors and is_marked:
        what = "names files, but does not link to them"
    raise NotAnIndex(f"{what}{titled(document)}")


def document_of(body: str) -> Document:
    """The links of an HTML page, all of them. Raises `NotAnIndex`."""
    try:
        document = read(body)
    except Overgrown:
        raise _too_many() from None
    if document.is_cut:
        raise BrokenOff(f"ends inside of a tag, a comment or a script{titled(document)}")
    return document


def parse_json(body: bytes | str, base_url: str, project: NormalizedName) -> tuple[ProjectFile, ...]:
    """All distribution files of a PEP 691 document. Raises `NotAnIndex`."""
    document = json_of(body)
    name = document.get("name")
    if not isinstance(name, str) or canonicalize_name(name) != project:
        raise NotAnIndex(f"is that of another project: {foreign(repr(name), limit=80)}")
    rows = document.get("files")
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise NotAnIndex("is JSON without a list of files")
    if len(rows) > MAX_LINKS:
        raise _too_many()
    described = [_described(row, base_url) for row in rows]
    files = tuple(file for file in described if is_distribution(file.filename))
    if described and not files:
        raise NotAnIndex(f"lists files, but no distribution: {foreign(described[0].filename, limit=120)}")
    return files


def only_of(
    files: tuple[ProjectFile, ...], project: NormalizedName
) -> tuple[tuple[ProjectFile, ...], tuple[str, ...]]:
    """The files of `project` alone, and a note where the page has others. Raises `NotAnIndex`: none is left."""
    mine = tuple(file for file in files if belongs(file.filename, project))
    if len(mine) == len(files):
        return mine, ()
    others = sorted({file.filename for file in files} - {file.filename for file in mine})
    named = foreign(", ".join(others[:3]) + (", ..." if len(others) > 3 else ""), limit=200)  # noqa: PLR2004
    if not mine:
        raise NotAnIndex(f"lists only files of other projects: {named}")
    return mine, (f"the page of {project} also lists files of other projects, which were ignored: {named}",)


# ------------------------------------------------------------------------------------------- checks


def is_json(content_type: str) -> bool:
    """Whether a page of this type is PEP 691 JSON, not HTML. Raises `NotAnIndex`: it is neither."""
    kind = content_type.partition(";")[0].strip().lower()
    if kind in _JSON_TYPES:
        return True
    if kind in _HTML_TYPES:
        return False
    stated = f"is of type {foreign(repr(kind), limit=80)}" if kind else "does not say of what type it is"
    raise NotAnIndex(f"{stated}; a package index answers with HTML or its own kind of JSON")


def text_of(body: bytes, content_type: str) -> str:
    """The text of an HTML page, in its charset or UTF-8; what is not in it is replaced."""
    found = re.search(r"charset=[\"']?([\w.:-]+)", content_type, re.IGNORECASE)
    try:
        charset = codecs.lookup(found.group(1)).name if found else "utf-8"
    except (LookupError, ValueError):
        charset = "utf-8"
    known = charset in _CHARSETS or charset.startswith("cp125")
    _check_width(body)
    return body.decode(charset if known else "utf-8", "replace")  # other codecs are slow, or no charsets


def _check_width(body: bytes) -> None:
    if len(body) > _MAX_FOREIGN and not body.isascii():
        raise TooManyLinks(f"has more than {_MAX_FOREIGN >> 20} MiB, and more than plain ASCII in them")


def json_of(body: bytes | str) -> Mapping[str, Any]:
    """A PEP 691 document of a known version. Raises `NotAnIndex`."""
    try:
        if isinstance(body, bytes):
            _check_width(body)
        text = body if isinstance(body, str) else body.decode("utf-8-sig")
        if sum(map(text.count, ",[{")) > _MAX_VALUES:
            raise _too_many()
        document = json.loads(text)
        if "\\ud" in text or "\\uD" in text:
            json.dumps(document, ensure_ascii=False).encode()
    except (ValueError, RecursionError):  # numbers of 5,000 digits and half a pair of surrogates are among it
        raise NotAnIndex("is JSON that cannot be read") from None
    meta = document.get("meta") if isinstance(document, dict) else None
    version = meta.get("api-version") if isinstance(meta, dict) else None
    if not isinstance(version, str):
        raise NotAnIndex("is JSON, but not that of a package index")
    _check_version(version)
    return document  # type: ignore[no-any-return]


def base_of(document: Document, base_url: str) -> str:
    """What the links of the page at `base_url` are relative to. Raises `NotAnIndex`."""
    if document.version is not None:
        _check_version(document.version)
    try:
        return urljoin(base_url, document.base.strip()) if document.base else base_url
    except ValueError:
        raise NotAnIndex("names a base address that cannot be read") from None


def _check_version(version: str) -> None:
    if not re.fullmatch(r"1(\.\d+)*", version.strip()):
        raise NotAnIndex(
            f"speaks version {foreign(version, limit=20)} of the index interface; only 1.x is known"
        )


def _too_many() -> TooManyLinks:
    return TooManyLinks(f"has more than {MAX_LINKS:,} links, or as much else")


def titled(document: Document) -> str:
    """The title of a page in brackets, for the end of a message."""
    return f' (its title is "{foreign(document.title, limit=80)}")' if document.title else ""


# -------------------------------------------------------------------------------------------- files


def _linked(anchor: Attributes, base: str) -> ProjectFile | None:
    """The file behind a link; None where it leads to something else."""
    href, _, fragment = anchor["href"].strip().partition("#")
    filename = _filename(href)
    if not filename:
        return None
    metadata = anchor.get("data-core-metadata", anchor.get("data-dist-info-metadata"))
    return ProjectFile(
        filename=filename,
        url=_absolute(href, base),
        hashes=_hashes(fragment),
        requires_python=anchor.get("data-requires-python", "").strip() or None,
        yanked=anchor.get("data-yanked"),
        core_metadata=None if metadata in (None, "", "false") else _hashes(metadata or ""),
    )


def _described(row: Mapping[str, Any], base_url: str) -> ProjectFile:
    filename, url = row.get("filename"), row.get("url")
    if not isinstance(filename, str) or not isinstance(url, str):
        raise NotAnIndex("is JSON with a file that has no name or no URL")
    _check_filename(filename)
    yanked, size = row.get("yanked"), row.get("size")
    core = row.get("core-metadata", row.get("dist-info-metadata"))
    return ProjectFile(
        filename=filename,
        url=_absolute(url.strip().partition("#")[0], base_url),
        hashes=_digests(row.get("hashes")),
        requires_python=_optional_text(row.get("requires-python")),
        yanked=("" if yanked is True else yanked if isinstance(yanked, str) else None) if yanked else None,
        size=size if isinstance(size, int) and not isinstance(size, bool) and size >= 0 else None,
        core_metadata=_digests(core) if core else None,
        upload_time=_optional_text(row.get("upload-time")),
    )


def _filename(href: str) -> str:
    """The last segment of the path, decoded once; "" where that is no distribution file's name."""
    last = href.partition("?")[0].rpartition("/")[2]
    name = unquote(last) if "%" in last else last
    if not is_distribution(name):
        return ""
    _check_filename(name)
    return name


def _check_filename(name: str) -> None:
    if len(name) > _MAX_NAME:
        raise NotAnIndex(f"names a file with more than {_MAX_NAME:,} characters: {foreign(name, limit=80)}")
    if not name.isprintable() or "/" in name or "\\" in name or name.startswith("."):
        raise NotAnIndex(f"names a file that would not stay in its folder: {foreign(repr(name), limit=120)}")


def _absolute(href: str, base: str) -> str:
    """The absolute URL of a file, without credentials, fit to be sent."""
    try:
        url = href if href.startswith(_WEB) else urljoin(base, href)
    except ValueError:
        raise NotAnIndex(f"has a link that cannot be read: {foreign(redacted(href), limit=120)}") from None
    if not url.startswith(_WEB):
        raise NotAnIndex(
            f"has a link to a file that is not on a web server: {foreign(redacted(href), limit=120)}"
        )
    if "@" in url:
        scheme, _, rest = url.partition("://")
        authority, slash, path = rest.partition("/")
        url = f"{scheme}://{authority.rpartition('@')[2]}{slash}{path}"
    try:
        return url if url.isascii() and " " not in url else quote(url, safe=_URL_SAFE)
    except UnicodeEncodeError:
        raise NotAnIndex(
            f"has a link that cannot be read: {foreign(repr(redacted(href)), limit=120)}"
        ) from None


def _hashes(text: str) -> tuple[tuple[str, str], ...]:
    if not text:
        return ()
    return tuple((found[1], found[2].lower()) for found in islice(_HASH.finditer(text), _MAX_DIGESTS))


def _digests(value: object) -> tuple[tuple[str, str], ...]:
    if not isinstance(value, dict):
        return ()
    pairs = ((name, digest) for name, digest in value.items() if isinstance(digest, str))
    return tuple((name.lower(), digest.lower()) for name, digest in islice(pairs, _MAX_DIGESTS))


def _optional_text(value: object) -> str | None:
    return value.strip() or None if isinstance(value, str) else None
