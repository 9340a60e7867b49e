from __future__ import annotations

import json
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from packaging.utils import NormalizedName

from driverenv.index.page import (
    JSON,
    BrokenOff,
    NotAnIndex,
    TooManyLinks,
    only_of,
    parse_html,
    parse_json,
    parse_page,
    text_of,
)
from driverenv.model.answers import ProjectFile
from tests.kit import pages
from tests.kit.pages import Stored

RELAXED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
BASE = "http://pypi.lab:8036/simple/six/"
SIX = NormalizedName("six")
HTML = "text/html; charset=utf-8"


def one(anchor: str) -> ProjectFile:
    (file,) = parse_html(f"<html>{anchor}</html>", BASE)
    return file


STORED = [
    Stored("six-1.16.0-py2.py3-none-any.whl", b"a", requires_python=">=2.7,<4", metadata=b"m"),
    Stored("six-1.15.0.tar.gz", b"b", yanked="bad & <worse>"),
    Stored("six-1.14.0.tar.gz", b"c", yanked=True, algorithm="md5"),
    Stored("six-1.13.0+corp.1.tar.gz", b"d", algorithm=None),
]


def test_json_and_html_say_the_same() -> None:
    href = pages.packages_href()
    from_html = parse_page(pages.project_html("six", STORED, href=href), HTML, BASE, SIX)
    from_json = parse_page(pages.project_json("six", STORED, href=href), JSON, BASE, SIX)
    assert [file._replace(size=None, upload_time=None) for file in from_json] == list(from_html)
    first = from_json[0]
    assert first.url == "http://pypi.lab:8036/packages/six-1.16.0-py2.py3-none-any.whl"
    assert first.hashes == (("sha256", STORED[0].sha256),)
    assert first.core_metadata == (("sha256", STORED[0].metadata_sha256),)
    assert (first.requires_python, first.size, first.yanked) == (">=2.7,<4", 1, None)
    assert [file.yanked for file in from_html] == [None, "bad & <worse>", "", None]
    assert from_html[2].hashes == (("md5", STORED[2].digest),)
    assert from_html[3].filename == "six-1.13.0+corp.1.tar.gz"


@pytest.mark.parametrize(
    ("href", "url", "filename"),
    [
        ("six-1.0.zip", BASE + "six-1.0.zip", "six-1.0.zip"),
        ("../../packages/six-1.0.zip", "http://pypi.lab:8036/packages/six-1.0.zip", "six-1.0.zip"),
        ("//cdn.lab/six-1.0.zip", "http://cdn.lab/six-1.0.zip", "six-1.0.zip"),
        ("http://u:p@h/six-1.0.zip", "http://h/six-1.0.zip", "six-1.0.zip"),
        (" /p/six-1.0.zip?t=1#x ", "http://pypi.lab:8036/p/six-1.0.zip?t=1", "six-1.0.zip"),
        ("/p/six-1!2.0%2Bcorp.zip", "http://pypi.lab:8036/p/six-1!2.0%2Bcorp.zip", "six-1!2.0+corp.zip"),
        ("/p/six-1.0 (1).zip", "http://pypi.lab:8036/p/six-1.0%20(1).zip", "six-1.0 (1).zip"),
        ("/p/six-1.0%2525.zip", "http://pypi.lab:8036/p/six-1.0%2525.zip", "six-1.0%25.zip"),
    ],
)
def test_links(href: str, url: str, filename: str) -> None:
    file = one(f'<a href="{href}">x</a>')
    assert (file.url, file.filename) == (url, filename)


def test_base_counts() -> None:
    (file,) = parse_html('<base href="/other/"><a href="six-1.0.zip">x</a>', BASE)
    assert file.url == "http://pypi.lab:8036/other/six-1.0.zip"


@pytest.mark.parametrize(
    ("attributes", "core"),
    [
        ('data-core-metadata="true"', ()),
        ('data-dist-info-metadata="sha256=AB12"', (("sha256", "ab12"),)),
        ('data-core-metadata="false" data-dist-info-metadata="true"', None),
        ("", None),
    ],
)
def test_sidecars(attributes: str, core: object) -> None:
    assert one(f'<a href="six-1.0-py3-none-any.whl" {attributes}>x</a>').core_metadata == core


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("<html><title>Log in</title><form></form></html>", 'no links at all (its title is "Log in")'),
        ("<html><title>Portal</title><a href='/help'>x</a></html>", "none to a distribution file"),
        ('<meta name="pypi:repository-version" content="2.0"><a href="six-1.0.zip">', "version 2.0"),
        ('<a href="file:///etc/six-1.0.zip">x</a>', "not on a web server"),
        ('<a href="ftp://h/six-1.0.zip">x</a>', "not on a web server"),
        ('<a href="..%2f..%2fsix-1.0.zip">x</a>', "would not stay in its folder"),
        ('<a href="..%5Csix-1.0.zip">x</a>', "would not stay in its folder"),
        ('<a href="%2e%2esix-1.0.zip">x</a>', "would not stay in its folder"),
        ('<a href="six%00-1.0.zip">x</a>', "would not stay in its folder"),
        ('<a href="//[/six-1.0.zip">x</a>', "cannot be read"),
        ("", "no links at all"),
    ],
)
def test_what_is_no_index_page(body: str, says: str) -> None:
    with pytest.raises(NotAnIndex) as caught:
        parse_html(body, BASE)
    assert says in caught.value.detail


@pytest.mark.parametrize(
    "body",
    [
        "<!-- <a href='six-1.0.zip'>",
        "<a href='six-1.0.zip",
        "<a href='six-1.0.zip'>x</a><script>",
        "<title>x",
    ],
)
def test_a_page_that_ends_inside_of_its_markup_is_cut(body: str) -> None:
    with pytest.raises(BrokenOff, match="ends inside"):
        parse_html(body, BASE)


def test_a_page_that_names_files_is_not_empty() -> None:
    for more in (
        "six-1.0.zip",
        "<area href='six-1.0-py3-none-any.whl'>",
        "<!-- <a href='six-1.0.tar.gz'>x</a> -->",
    ):
        with pytest.raises(NotAnIndex, match="does not link to them"):
            parse_html(f"<title>Links for six</title>{more}", BASE)


def test_half_a_pair_of_surrogates_in_the_bytes() -> None:
    with pytest.raises(NotAnIndex, match="cannot be read"):
        parse_json(document(name="X").encode().replace(b'"X"', b'"\xed\xa0\x80"'), BASE, SIX)
    with pytest.raises(NotAnIndex, match="another project"):
        parse_json(document(name="\U0001f40d"), BASE, SIX)


def test_json_is_bounded() -> None:
    body = document().replace('"hashes"', '"x": [' + "[]," * 1_100_000 + '1], "hashes"')
    with pytest.raises(TooManyLinks):
        parse_json(body, BASE, SIX)


@pytest.mark.parametrize(
    "charset", ["punycode", "unicode_escape", "idna", "rot13", "utf-7", "x" * 100, "\x00"]
)
def test_codecs_that_are_no_charsets_are_not_used(charset: str) -> None:
    assert text_of(b"\\ud800 \xc3\xa9", f"text/html; charset={charset}") == "\\ud800 \xe9"


def test_charsets() -> None:
    assert text_of(b"\xe9", "text/html; charset=latin-1") == "\xe9"
    assert text_of(b"\x80", 'text/html; charset="windows-1252"') == "\u20ac"


def test_endless_names() -> None:
    with pytest.raises(NotAnIndex, match="more than 1,000 characters"):
        parse_html(f"<a href='{'x' * 1001}.zip'>x</a>", BASE)


@pytest.mark.parametrize(
    "body",
    [
        "<title>Links for six</title>",
        '<meta name="pypi:repository-version" content="1.3"><title>x</title>',
        "<title>Index of /simple/six/</title>",
    ],
)
def test_a_page_may_be_empty(body: str) -> None:
    assert parse_html(body, BASE) == ()


def test_links_are_bounded() -> None:
    with pytest.raises(TooManyLinks):
        parse_html('<a href="six-1.0.zip"></a>' * 100_001, BASE)
    with pytest.raises(TooManyLinks):
        parse_json(
            json.dumps({"meta": {"api-version": "1.0"}, "name": "six", "files": [{}] * 100_001}), BASE, SIX
        )


@pytest.mark.parametrize(
    "kind",
    ["", "text/plain", "application/json", "application/octet-stream", "application/vnd.pypi.simple.v2+json"],
)
def test_other_types_are_no_pages(kind: str) -> None:
    with pytest.raises(NotAnIndex, match="type"):
        parse_page(b"", kind, BASE, SIX)


def document(**changes: object) -> str:
    file = {"filename": "six-1.0.zip", "url": "six-1.0.zip", "hashes": {}}
    return json.dumps({"meta": {"api-version": "1.0"}, "name": "six", "files": [file]} | changes)


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("{", "cannot be read"),
        ("[" * 100_000, "cannot be read"),
        ("[]", "not that of a package index"),
        (document(meta={}), "not that of a package index"),
        (document(meta={"api-version": "2.0"}), "version 2.0"),
        (document(files=[{"filename": "six-1.0.cab", "url": "x"}]), "no distribution: six-1.0.cab"),
        (document(name="\ud800"), "cannot be read"),
        (document(files=[{"filename": "six-1.0.zip", "url": "\udc00"}]), "cannot be read"),
        (document().replace('"hashes"', '"size": ' + "9" * 5000 + ', "hashes"'), "cannot be read"),
        (document(name="seven"), "another project: 'seven'"),
        (document(name=None), "another project"),
        (document(files=None), "without a list of files"),
        (document(files=[1]), "without a list of files"),
        (document(files=[{"filename": "six-1.0.zip"}]), "no name or no URL"),
        (document(files=[{"filename": "../six-1.0.zip", "url": "x"}]), "would not stay"),
        (document(files=[{"filename": "six-1.0.zip", "url": "file:///x"}]), "not on a web server"),
    ],
)
def test_json_that_is_no_page(body: str, says: str) -> None:
    with pytest.raises(NotAnIndex) as caught:
        parse_json(body, BASE, SIX)
    assert says in caught.value.detail


def test_json_of_any_minor_version_and_odd_optional_values() -> None:
    row = {
        "filename": "six-1.0.zip",
        "url": "six-1.0.zip#sha256=1",
        "hashes": {"SHA256": "AB", "md5": 1},
        "size": -1,
        "yanked": 0,
        "core-metadata": True,
        "upload-time": 5,
        "requires-python": "",
    }
    (file,) = parse_json(
        document(name="SIX", meta={"api-version": "1.9"}, files=[row, {"filename": "x", "url": "y"}]),
        BASE,
        SIX,
    )
    assert file.hashes == (("sha256", "ab"),)
    assert (file.url, file.size, file.yanked, file.core_metadata) == (BASE + "six-1.0.zip", None, None, ())


def test_only_the_projects_own_files() -> None:
    files = parse_html('<a href="six-1.0.zip">x</a><a href="seven-1.0.zip">x</a>', BASE)
    mine, notes = only_of(files, SIX)
    assert [file.filename for file in mine] == ["six-1.0.zip"]
    assert "seven-1.0.zip" in notes[0]
    assert only_of(mine, SIX) == (mine, ())
    with pytest.raises(NotAnIndex, match="only files of other projects"):
        only_of(files[1:], SIX)


@RELAXED
@given(st.text(max_size=200))
def test_html_never_crashes(text: str) -> None:
    for body in (text, f'<a href="{text}.zip">x</a>'):
        with suppress(NotAnIndex):
            parse_html(body, BASE)


JSONISH = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.floats(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
FIELDS = ["filename", "url", "hashes", "size", "yanked", "core-metadata", "requires-python", "upload-time"]


@RELAXED
@given(st.dictionaries(st.sampled_from(FIELDS), JSONISH | st.just("six-1.0.zip")))
def test_json_never_crashes(row: dict[str, object]) -> None:
    with suppress(NotAnIndex):
        parse_json(document(files=[row]), BASE, SIX)


@RELAXED
@given(JSONISH)
def test_json_documents_never_crash(value: object) -> None:
    with pytest.raises(NotAnIndex):
        parse_json(json.dumps(value), BASE, SIX)


@RELAXED
@given(
    st.binary(max_size=100),
    st.sampled_from([HTML, JSON, "text/html; charset=nonsense", "text/html; charset=utf-16"]),
)
def test_bytes_never_crash(body: bytes, kind: str) -> None:
    with suppress(NotAnIndex):
        parse_page(body, kind, BASE, SIX)


def test_a_file_has_only_so_many_digests() -> None:
    text = "&".join(["sha256=" + "a" * 64] * 1000)
    (file,) = parse_html(f'<!DOCTYPE html><a href="a-1.0.tar.gz#{text}">x</a>', "http://h/simple/a/")
    assert len(file.hashes) == 16
    row = {"filename": "a-1.0.tar.gz", "url": "x", "hashes": {f"h{n}": "a" for n in range(1000)}}
    body = json.dumps({"meta": {"api-version": "1.0"}, "name": "a", "files": [row]})
    (file,) = parse_json(body, "http://h/simple/a/", NormalizedName("a"))
    assert len(file.hashes) == 16


@pytest.mark.parametrize("kind", ["text/html", JSON])
def test_a_large_page_of_wide_characters_is_refused(kind: str) -> None:
    """One of them makes four bytes of each other character of the page."""
    body = b" " * (8 << 20) + "\U0001f600".encode()
    with pytest.raises(TooManyLinks):
        parse_page(body, kind, "http://h/simple/a/", NormalizedName("a"))
    assert text_of(b" " * (9 << 20), "text/html")
