"""A simple repository over real sockets: pypiserver itself, and servers that play every row of the table."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from packaging.utils import NormalizedName

from driverenv.errors import DriverEnvError, IndexUnavailable, LocalVersionMismatch
from driverenv.index.burden import Burden
from driverenv.index.simple import SimpleIndex
from driverenv.model.answers import Absent, Evidence, Found
from driverenv.model.site import Index, Policy
from tests.kit import RawServer, pages, rawserver, refused_port
from tests.kit.factories import PypiServerFactory, RawServerFactory, StaticIndexFactory, WheelFactory

from .conftest import OpenTransport

SIX = NormalizedName("six")
ABSENT = NormalizedName("absent")
PAGE = b"<!DOCTYPE html><html><title>Links for six</title><a href='/packages/six-1.16.0.tar.gz'>x</a></html>"
ROOT = b"<!DOCTYPE html><html><title>Simple Index</title><a href='six/'>six</a></html>"
JSON_TYPE = {"Content-Type": pages.PYPI_JSON}


def local(url: str, transport_for: OpenTransport, **options: Any) -> SimpleIndex:  # noqa: ANN401 (terms have all types)
    index = Index(url, name="lab", **options)
    policy = Policy(local=[index])
    return SimpleIndex(index, public=False, transport=transport_for(policy), public_index=policy.public)


def public(url: str, transport_for: OpenTransport) -> SimpleIndex:
    index = Index(url, name="mirror")
    return SimpleIndex(index, public=True, transport=transport_for(Policy(public=index)))


def names(answer: Found | Absent) -> list[str]:
    assert isinstance(answer, Found), answer
    return [file.filename for file in answer.files]


@pytest.fixture
def lab(raw_server: RawServerFactory) -> RawServer:
    server = raw_server()
    server.script("/simple/", rawserver.page(ROOT))
    server.script("/simple/six/", rawserver.page(PAGE))
    return server


# ------------------------------------------------------------------------------------- pypiserver


@pytest.fixture
def folder(tmp_path: Path, make_wheel: WheelFactory) -> Path:
    packages = tmp_path / "packages"
    make_wheel("six", "1.16.0", packages)
    make_wheel("Corp.Util", "1.0+site.5", packages / "nested")
    for name in ("my-2g-tool-1.0.zip", "my-1.0.zip", "widget-latest.tar.gz", "tool-v1.0.zip"):
        (packages / name).write_bytes(b"x")
    return packages


@pytest.mark.parametrize("fallback", [True, False])
@pytest.mark.parametrize("suffix", ["", "/", "/simple", "/simple/"])
def test_pypiserver(
    folder: Path, pypiserver: PypiServerFactory, transport_for: OpenTransport, suffix: str, fallback: bool
) -> None:
    server = pypiserver(folder, fallback=fallback)
    index = local(server.url + suffix, transport_for)
    found = index.answer(SIX)
    assert names(found) == ["six-1.16.0-py3-none-any.whl"]
    assert isinstance(found, Found)
    assert found.page_url == server.url + "/simple/six/"
    assert found.files[0].digest("sha256")
    assert names(index.answer(NormalizedName("corp-util"))) == ["corp_util-1.0+site.5-py3-none-any.whl"]
    absent = index.answer(ABSENT)
    assert isinstance(absent, Absent)
    assert absent.proof.startswith(
        "303 to https://pypi.org/simple/absent/, its fallback" if fallback else "404"
    )
    assert absent.proof.endswith("its root lists 5 projects without it")
    asked = server.log.paths()
    assert sorted(asked) == ["/simple/", "/simple/absent/", "/simple/corp-util/", "/simple/six/"]


def test_pypiserver_that_cuts_names_wrongly(
    folder: Path, pypiserver: PypiServerFactory, transport_for: OpenTransport
) -> None:
    index = local(pypiserver(folder, fallback=True).url, transport_for)
    tool = index.answer(NormalizedName("my-2g-tool"))
    assert names(tool) == ["my-2g-tool-1.0.zip"]
    assert isinstance(tool, Found)
    assert "under another name" in tool.notes[0]
    mine = index.answer(NormalizedName("my"))
    assert names(mine) == ["my-1.0.zip"]
    assert isinstance(mine, Found)
    assert "my-2g-tool-1.0.zip" in mine.notes[0]
    assert names(index.answer(NormalizedName("widget"))) == ["widget-latest.tar.gz"]
    assert names(index.answer(NormalizedName("tool"))) == ["tool-v1.0.zip"]


def test_pypiserver_without_a_file(
    tmp_path: Path, pypiserver: PypiServerFactory, transport_for: OpenTransport
) -> None:
    (tmp_path / "empty").mkdir()
    absent = local(pypiserver(tmp_path / "empty").url, transport_for).answer(SIX)
    assert isinstance(absent, Absent)
    assert absent.proof == "404, and its root lists no project at all"
    assert absent.evidence[1:3] == ("404", "its root lists no project at all")
    assert absent.evidence.page.endswith("/simple/six/")
    assert absent.notes


def test_pypiserver_with_passwords(
    folder: Path, pypiserver: PypiServerFactory, transport_for: OpenTransport
) -> None:
    server = pypiserver(folder, passwords={"me": "secret"})
    assert names(local(server.url, transport_for, username="me", password="secret").answer(SIX))
    for options in ({}, {"username": "me", "password": "wrong"}):
        for project in (SIX, ABSENT):
            with pytest.raises(IndexUnavailable) as caught:
                local(server.url + "/simple/", transport_for, **options).answer(project)
            assert caught.value.code == "LOCAL_AUTH"
            assert "wrong" not in str(caught.value)


# ----------------------------------------------------------------------------------- failures, all A rows


def code(
    server: RawServer, transport_for: OpenTransport, project: NormalizedName = SIX, location: str = ""
) -> str:
    with pytest.raises(DriverEnvError) as caught:
        local(location or server.simple_url, transport_for).answer(project)
    assert str(caught.value)
    assert caught.value.data["project"] == project
    return caught.value.code


def redirect(to: str, status: str = "302 Found") -> rawserver.Script:
    return rawserver.page(b"", status, {"Location": to})


@pytest.mark.parametrize(
    ("status", "expected", "tries"),
    [
        ("401 No", "LOCAL_AUTH", 1),
        ("403 No", "LOCAL_AUTH", 1),
        ("407 No", "PROXY_AUTH", 1),
        ("511 No", "PROXY_AUTH", 1),
        ("400 No", "LOCAL_ERROR", 1),
        ("406 No", "LOCAL_ERROR", 1),
        ("418 No", "LOCAL_ERROR", 1),
        ("451 No", "LOCAL_ERROR", 1),
        ("408 No", "LOCAL_ERROR", 3),
        ("429 No", "LOCAL_ERROR", 3),
        ("500 No", "LOCAL_ERROR", 3),
        ("502 No", "LOCAL_ERROR", 3),
        ("503 No", "LOCAL_ERROR", 3),
        ("501 No", "LOCAL_ERROR", 1),
        ("599 No", "LOCAL_ERROR", 1),
        ("204 No", "LOCAL_ERROR", 1),
        ("300 No", "LOCAL_ERROR", 1),
        ("304 No", "LOCAL_ERROR", 1),
    ],
)
def test_statuses(
    lab: RawServer, transport_for: OpenTransport, status: str, expected: str, tries: int
) -> None:
    lab.script("/simple/six/", rawserver.page(b"", status))
    assert code(lab, transport_for) == expected
    assert lab.log.paths() == ["/simple/six/"] * tries


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        (rawserver.close_without_answer(), "LOCAL_DOWN"),
        (rawserver.reset_before_answer(), "LOCAL_DOWN"),
        (rawserver.cut(PAGE, after=20), "LOCAL_TRUNCATED"),
        (rawserver.without_length(PAGE[:-8]), "LOCAL_TRUNCATED"),
        (rawserver.raw(b"hello\r\n\r\n"), "LOCAL_NOT_AN_INDEX"),
        (rawserver.endless(b"x" * (1 << 20)), "LOCAL_TOO_LARGE"),
        (rawserver.page(b"<a href='six-1.0.zip'></a>" * 100_001), "LOCAL_TOO_LARGE"),
        (rawserver.page(PAGE, headers={"Content-Type": "text/plain"}), "LOCAL_NOT_AN_INDEX"),
        (
            rawserver.page(b"<html><title>Hotel WLAN</title><a href='/login'>x</a></html>"),
            "LOCAL_NOT_AN_INDEX",
        ),
        (rawserver.page(b"{}", headers=JSON_TYPE), "LOCAL_NOT_AN_INDEX"),
        (rawserver.page(b"<html><a href='seven-1.0.zip'>x</a></html>"), "LOCAL_NOT_AN_INDEX"),
        (rawserver.page(b"<html><a href='file:///six-1.0.zip'>x</a></html>"), "LOCAL_NOT_AN_INDEX"),
        (rawserver.page(b"<html><a href='http://evil.test/six-1.0.zip'>x</a></html>"), "LOCAL_REDIRECT"),
        (rawserver.page(b"<html><a href='https://evil.test/six-1.0.zip'>x</a></html>"), "LOCAL_REDIRECT"),
        (rawserver.page(pages.project_html("six", [], href=pages.packages_href())), "LOCAL_EMPTY"),
        (redirect("https://evil.test/simple/six/"), "LOCAL_REDIRECT"),
        (redirect("https://pypi.org/simple/seven/"), "LOCAL_REDIRECT"),
        (redirect("/simple/six/"), "LOCAL_REDIRECT"),
        (redirect("ftp://x/"), "LOCAL_REDIRECT"),
        (redirect("http://[/"), "LOCAL_REDIRECT"),
        (rawserver.page(b"", "302 Found"), "LOCAL_REDIRECT"),
        (redirect("/login"), "LOCAL_NOT_AN_INDEX"),
    ],
)
def test_faults(
    lab: RawServer, transport_for: OpenTransport, script: rawserver.Script, expected: str
) -> None:
    lab.script("/simple/six/", script)
    lab.script("/login", rawserver.page(b"<html><title>Log in</title></html>"))
    assert code(lab, transport_for) == expected


JSON_HEAD = b'{"meta": {"api-version": "1.0"}, "name": "six", "files": ['
JSON_ROW = b'{"filename": "six-1.0.zip", "url": "six-1.0.zip", "hashes": {}},'


@pytest.mark.parametrize("way", ["page", "redirect", "root"])
@pytest.mark.parametrize(
    ("script", "expected"),
    [
        (rawserver.without_length(PAGE[:-8]), "LOCAL_TRUNCATED"),
        (rawserver.http10(PAGE[:-8], with_length=False), "LOCAL_TRUNCATED"),
        (rawserver.chunked(PAGE[:40], ended=False), "LOCAL_TRUNCATED"),
        (rawserver.wrong_length(PAGE, length=len(PAGE) + 1), "LOCAL_TRUNCATED"),
        (rawserver.half_close(PAGE, after=40), "LOCAL_TRUNCATED"),
        (rawserver.page(PAGE[:-7] + b"<!-- </html>"), "LOCAL_TRUNCATED"),
        (
            rawserver.page(
                b'{"meta": {"api-version": "2.0"}, "name": "six", "files": [], "projects": []}',
                headers=JSON_TYPE,
            ),
            "LOCAL_NOT_AN_INDEX",
        ),
        (rawserver.page(JSON_HEAD, headers=JSON_TYPE), "LOCAL_NOT_AN_INDEX"),
        (rawserver.page(b'<meta name="pypi:repository-version" content="2.0">' + PAGE), "LOCAL_NOT_AN_INDEX"),
        (rawserver.page(b"<a href='x-1.0.zip'></a>" * 100_001), "LOCAL_TOO_LARGE"),
        (rawserver.page(JSON_HEAD + JSON_ROW * 400_000, headers=JSON_TYPE), "LOCAL_TOO_LARGE"),
        (rawserver.garbage(), "LOCAL_NOT_AN_INDEX"),
    ],
)
def test_limits_hold_on_every_way(
    lab: RawServer, transport_for: OpenTransport, script: rawserver.Script, expected: str, way: str
) -> None:
    if way == "root":
        lab.script("/simple/", script)
        told = code(lab, transport_for, ABSENT)
        assert told == expected or (expected, told) == ("LOCAL_TOO_LARGE", "LOCAL_NOT_AN_INDEX")
        return
    lab.script("/simple/six/", script)
    if way == "redirect":
        lab.script("/simple/six/", redirect("/p/six/"))
        lab.script("/p/six/", script)
    assert code(lab, transport_for) == expected


@pytest.mark.parametrize("way", ["page", "root"])
@pytest.mark.parametrize("kind", [pages.HTML, pages.PYPI_JSON])
def test_endless_and_swelling_pages(
    lab: RawServer, transport_for: OpenTransport, kind: str, way: str
) -> None:
    path, project = ("/simple/six/", SIX) if way == "page" else ("/simple/", ABSENT)
    start = b"<title>Simple Index</title><a href='x/'>x</a>"
    if kind == pages.PYPI_JSON:
        start = JSON_HEAD.replace(b"files", b"projects")
    for script in (
        rawserver.gzip_bomb(start, swell=b"<a href='x/'>x</a>" * 4000, headers={"Content-Type": kind}),
        rawserver.in_order(
            rawserver.raw(rawserver.head(headers={"Content-Type": kind})),
            rawserver.endless_body(start, b"y" * 65536),
        ),
    ):
        lab.script(path, script)
        assert code(lab, transport_for, project) == "LOCAL_TOO_LARGE"


def test_an_empty_page_is_a_claim(lab: RawServer, transport_for: OpenTransport) -> None:
    lab.script(
        "/simple/six/",
        rawserver.page(
            json.dumps({"meta": {"api-version": "1.0"}, "name": "six", "files": []}).encode(),
            headers=JSON_TYPE,
        ),
    )
    with pytest.raises(LocalVersionMismatch) as caught:
        local(lab.simple_url, transport_for).answer(SIX)
    assert caught.value.code == "LOCAL_EMPTY"


def test_nobody_there(transport_for: OpenTransport) -> None:
    with refused_port() as port:
        index = local(f"http://127.0.0.1:{port}", transport_for)
        for project in (SIX, ABSENT):
            with pytest.raises(IndexUnavailable) as caught:
                index.answer(project)
            assert caught.value.code == "LOCAL_DOWN"
            assert caught.value.data["project"] == project


def test_a_dead_index_is_waited_for_once(lab: RawServer, transport_for: OpenTransport) -> None:
    lab.script("/simple/six/", rawserver.close_without_answer())
    index = local(lab.simple_url, transport_for)
    for project in (SIX, ABSENT):
        with pytest.raises(IndexUnavailable) as caught:
            index.answer(project)
        assert caught.value.data["url"] == f"{lab.simple_url}{project}/"
    assert lab.log.paths() == ["/simple/six/"] * 2


def test_an_outage_that_heals(lab: RawServer, transport_for: OpenTransport) -> None:
    lab.script(
        "/simple/six/", rawserver.page(b"", "503 No"), rawserver.cut(PAGE, after=5), rawserver.page(PAGE)
    )
    assert names(local(lab.simple_url, transport_for).answer(SIX)) == ["six-1.16.0.tar.gz"]


# ------------------------------------------------------------------------------------- redirects


def test_redirects_within_the_origin(lab: RawServer, transport_for: OpenTransport) -> None:
    for number in range(5):
        lab.script(f"/{number}", redirect(f"/{number + 1}"))
    lab.script("/simple/six/", redirect("/1"))
    lab.script("/5", rawserver.page(PAGE))
    found = local(lab.simple_url, transport_for).answer(SIX)
    assert isinstance(found, Found)
    assert found.page_url == lab.url + "/5"
    lab.script("/5", redirect("/6"))
    lab.script("/6", rawserver.page(PAGE))
    assert code(lab, transport_for) == "LOCAL_REDIRECT"


@pytest.mark.parametrize(
    "to",
    [
        "https://pypi.org/simple/absent/",
        "http://pypi.python.org/simple/Absent/",
        "https://pypi.org/simple/absent",
    ],
)
@pytest.mark.parametrize("status", ["301 x", "302 x", "303 x", "307 x", "308 x"])
def test_the_fallback_means_absent(
    lab: RawServer, transport_for: OpenTransport, to: str, status: str
) -> None:
    lab.script("/simple/absent/", redirect(to, status))
    absent = local(lab.simple_url, transport_for).answer(ABSENT)
    assert isinstance(absent, Absent)
    assert (
        absent.proof
        == f"{status[:3]} to {to}, its fallback, and its root lists 1 projects without it".replace(
            "1 projects", "1 project"
        )
    )


def test_a_redirect_host_of_the_terms(
    lab: RawServer, raw_server: RawServerFactory, transport_for: OpenTransport
) -> None:
    other = raw_server()
    host = other.url.removeprefix("http://")
    other.script("/p/six/", rawserver.page(PAGE))
    lab.script("/simple/six/", redirect(f"{other.url}/p/six/"))
    assert code(lab, transport_for) == "LOCAL_REDIRECT"
    assert len(other.log) == 0
    options = {"redirect_hosts": [host], "file_hosts": [host], "username": "me", "password": "secret"}
    found = local(lab.simple_url, transport_for, **options).answer(SIX)
    assert isinstance(found, Found)
    assert found.page_url == f"{other.url}/p/six/"
    assert found.files[0].url == f"{other.url}/packages/six-1.16.0.tar.gz"
    assert "authorization" in list(lab.log)[-1].request.headers
    assert "authorization" not in list(other.log)[-1].request.headers
    lab.script("/simple/absent/", redirect(f"{other.url}/p/absent/"))
    with pytest.raises(IndexUnavailable, match="another host proves no absence"):
        local(lab.simple_url, transport_for, redirect_hosts=[host]).answer(ABSENT)


def test_files_at_a_host_of_the_terms(lab: RawServer, transport_for: OpenTransport) -> None:
    for link, hosts, expected in (
        ("http://files.test/six-1.0.zip", ["files.test"], ""),
        ("https://files.test/six-1.0.zip", ["files.test"], ""),
        ("http://files.test:81/six-1.0.zip", ["files.test:81"], ""),
        ("http://files.test:81/six-1.0.zip", ["files.test"], "LOCAL_REDIRECT"),
        ("http://other.test/six-1.0.zip", ["files.test"], "LOCAL_REDIRECT"),
        ("file:///six-1.0.zip", ["files.test"], "LOCAL_NOT_AN_INDEX"),
    ):
        lab.script("/simple/six/", rawserver.page(f"<html><a href='{link}'>x</a></html>".encode()))
        index = local(lab.simple_url, transport_for, file_hosts=hosts)
        if expected:
            with pytest.raises(IndexUnavailable) as caught:
                index.answer(SIX)
            assert caught.value.code == expected
        else:
            assert names(index.answer(SIX)) == ["six-1.0.zip"]


def test_what_a_query_says_is_not_told(lab: RawServer, transport_for: OpenTransport) -> None:
    lab.script("/simple/six/", redirect("/simple/six/?token=secret"), rawserver.page(PAGE))
    found = local(lab.simple_url, transport_for).answer(SIX)
    assert isinstance(found, Found)
    assert "secret" not in found.page_url


def test_the_fallback_may_be_the_configured_public_index(
    lab: RawServer, transport_for: OpenTransport
) -> None:
    index = Index(lab.simple_url)
    policy = Policy(local=[index], public=Index("https://mirror.test/simple"), mode="offline")
    lab.script("/simple/absent/", redirect("https://mirror.test/simple/absent/"))
    simple = SimpleIndex(index, public=False, transport=transport_for(policy), public_index=policy.public)
    assert isinstance(simple.answer(ABSENT), Absent)


# --------------------------------------------------------------------------------------- absence


@pytest.mark.parametrize("status", ["404 x", "410 x"])
def test_absence_is_proven_by_the_root(lab: RawServer, transport_for: OpenTransport, status: str) -> None:
    lab.script("/simple/absent/", rawserver.page(b"", status))
    absent = local(lab.simple_url, transport_for).answer(ABSENT)
    assert isinstance(absent, Absent)
    assert absent.proof == f"{status[:3]}, and its root lists 1 project without it"


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        (rawserver.page(b"", "404 No"), "LOCAL_NOT_AN_INDEX"),
        (rawserver.page(b"", "503 No"), "LOCAL_ERROR"),
        (rawserver.page(b"", "403 No"), "LOCAL_AUTH"),
        (rawserver.page(b"<html><title>It works!</title></html>"), "LOCAL_NOT_AN_INDEX"),
        (rawserver.page(b"ok", headers={"Content-Type": "text/plain"}), "LOCAL_NOT_AN_INDEX"),
        (redirect("https://evil.test/"), "LOCAL_REDIRECT"),
        (rawserver.cut(ROOT, after=9), "LOCAL_TRUNCATED"),
        (rawserver.endless(b"x" * (1 << 20)), "LOCAL_NOT_AN_INDEX"),
    ],
)
def test_no_root_no_absence(
    lab: RawServer, transport_for: OpenTransport, script: rawserver.Script, expected: str
) -> None:
    lab.script("/simple/", script)
    assert code(lab, transport_for, ABSENT) == expected
    assert names(local(lab.simple_url, transport_for).answer(SIX))


def test_a_root_too_large_to_read_is_alive(lab: RawServer, transport_for: OpenTransport) -> None:
    lab.script("/simple/", rawserver.endless(b"<title>Simple Index</title><a href='x/'>x</a>\n" * 10_000))
    assert code(lab, transport_for, ABSENT) == "LOCAL_TOO_LARGE"


def test_another_spelling_in_the_root(lab: RawServer, transport_for: OpenTransport) -> None:
    lab.script("/simple/", rawserver.page(pages.root_html(["Corp_Util"])))
    lab.script("/simple/Corp_Util/", rawserver.page(b"<html><a href='Corp_Util-1.0.zip'>x</a></html>"))
    found = local(lab.simple_url, transport_for).answer(NormalizedName("corp-util"))
    assert names(found) == ["Corp_Util-1.0.zip"]
    assert isinstance(found, Found)
    assert found.page_url == lab.simple_url + "Corp_Util/"


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ('<a href="/elsewhere/absent/">see here</a>', "LOCAL_ERROR"),
        ('<a href="/p/1">Absent</a>', "LOCAL_ERROR"),
        ("<!-- absent -->", "LOCAL_ERROR"),
        ('<a href="absent%20/">see here</a>', "LOCAL_ERROR"),
        ('<a href="?page=2">2</a>', "LOCAL_ERROR"),
        ('<meta http-equiv="refresh" content="0; url=/x">', "LOCAL_ERROR"),
        ("<!-- never closed", "LOCAL_TRUNCATED"),
        ("<a href='x/'></a>" * 100_001, "LOCAL_TOO_LARGE"),
    ],
)
def test_what_a_root_only_hints_at_is_never_absent(
    lab: RawServer, transport_for: OpenTransport, more: str, expected: str
) -> None:
    lab.script("/simple/", rawserver.page(ROOT.replace(b"</html>", more.encode() + b"</html>")))
    assert code(lab, transport_for, ABSENT) == expected
    assert names(local(lab.simple_url, transport_for).answer(SIX))


def test_a_link_in_the_header_leads_to_further_pages(lab: RawServer, transport_for: OpenTransport) -> None:
    lab.script("/simple/", rawserver.page(ROOT, headers={"Link": '</simple/?p=2>; rel="next"'}))
    assert code(lab, transport_for, ABSENT) == "LOCAL_ERROR"


@pytest.mark.parametrize(
    "root",
    [
        rawserver.endless(b"<title>Simple Index</title><a href='x/'>x</a>\n" * 10_000),
        rawserver.page(b"<title>Simple Index</title>" + b"<a href='x/'>x</a>" * 100_001),
        rawserver.page(ROOT.replace(b"</html>", b"<a href='?page=2'>2</a></html>")),
    ],
)
def test_a_404_alone_may_be_enough(
    lab: RawServer, transport_for: OpenTransport, root: rawserver.Script
) -> None:
    lab.script("/simple/", root)
    absent = local(lab.simple_url, transport_for, probe="project").answer(ABSENT)
    assert isinstance(absent, Absent)
    assert absent.proof == (
        "404, and its root page is that of an index, which is enough for it (probe = project)"
    )
    assert not absent.lists_nothing


@pytest.mark.parametrize(
    ("root", "expected"),
    [
        (rawserver.page(b"<html><title>It works!</title></html>"), "LOCAL_NOT_AN_INDEX"),
        (rawserver.endless(b"x" * (1 << 20)), "LOCAL_NOT_AN_INDEX"),
        (rawserver.page(b"", "503 No"), "LOCAL_ERROR"),
        (rawserver.page(ROOT.replace(b"six", b"Absent")), "LOCAL_ERROR"),
        (rawserver.page(ROOT.replace(b">six<", b">absent<")), "LOCAL_ERROR"),
    ],
)
def test_a_404_alone_is_enough_of_a_live_index_only(
    lab: RawServer, transport_for: OpenTransport, root: rawserver.Script, expected: str
) -> None:
    lab.script("/simple/", root)
    with pytest.raises(IndexUnavailable) as caught:
        local(lab.simple_url, transport_for, probe="project").answer(ABSENT)
    assert caught.value.code == expected


EMPTY_HTML = rawserver.page(pages.project_html("absent", [], href=pages.packages_href()))
EMPTY_JSON = rawserver.page(pages.project_json("absent", [], href=pages.packages_href()), headers=JSON_TYPE)


def lenient(server: RawServer, transport_for: OpenTransport) -> SimpleIndex:
    index = Index(server.simple_url, name="lab")
    transport = transport_for(Policy(local=[index]))
    return SimpleIndex(index, public=False, transport=transport, empty_page="absent")


@pytest.mark.parametrize("empty", [EMPTY_HTML, EMPTY_JSON])
@pytest.mark.parametrize("listed", ["six", "absent", "Absent"])
def test_an_empty_page_may_count_as_absent(
    lab: RawServer, transport_for: OpenTransport, empty: rawserver.Script, listed: str
) -> None:
    lab.script("/simple/", rawserver.page(pages.root_html([listed])))
    lab.script("/simple/absent/", empty)
    lab.script("/simple/Absent/", EMPTY_HTML)
    absent = lenient(lab, transport_for).answer(ABSENT)
    assert isinstance(absent, Absent)
    assert absent.proof.startswith("a page without a file, and ")
    assert "empty_page = absent" in absent.notes[0]
    assert code(lab, transport_for, ABSENT) == "LOCAL_EMPTY"


def test_another_page_of_the_project_may_have_its_files(lab: RawServer, transport_for: OpenTransport) -> None:
    lab.script("/simple/", rawserver.page(pages.root_html(["Absent"])))
    lab.script("/simple/absent/", EMPTY_HTML)
    lab.script("/simple/Absent/", rawserver.page(b"<html><a href='Absent-1.0.zip'>x</a></html>"))
    assert names(lenient(lab, transport_for).answer(ABSENT)) == ["Absent-1.0.zip"]
    lab.script("/simple/absent/", rawserver.page(b"", "404 No"))
    lab.script("/simple/Absent/", EMPTY_HTML)
    absent = lenient(lab, transport_for).answer(ABSENT)
    assert isinstance(absent, Absent)
    assert absent.proof == "404, and no page with a file of it is listed on its root"


@pytest.mark.parametrize(
    ("page", "root", "expected"),
    [
        (EMPTY_HTML, rawserver.page(b"", "503 No"), "LOCAL_ERROR"),
        (EMPTY_HTML, rawserver.page(b"<html>It works!</html>"), "LOCAL_NOT_AN_INDEX"),
        (EMPTY_HTML, rawserver.page(ROOT.replace(b"</html>", b"<a href='?p=2'></a></html>")), "LOCAL_ERROR"),
        (rawserver.page(b"<html><title>Log in</title></html>"), rawserver.page(ROOT), "LOCAL_NOT_AN_INDEX"),
        (
            rawserver.page(b"<title>Links for absent</title><p>absent-1.0.zip</p></html>"),
            rawserver.page(ROOT),
            "LOCAL_NOT_AN_INDEX",
        ),
        (
            rawserver.page(
                json.dumps(
                    {
                        "meta": {"api-version": "1.0"},
                        "name": "absent",
                        "files": [{"filename": "absent-1.0.cab", "url": "x"}],
                    }
                ).encode(),
                headers=JSON_TYPE,
            ),
            rawserver.page(ROOT),
            "LOCAL_NOT_AN_INDEX",
        ),
    ],
)
def test_an_empty_page_needs_the_same_proofs(
    lab: RawServer,
    transport_for: OpenTransport,
    page: rawserver.Script,
    root: rawserver.Script,
    expected: str,
) -> None:
    lab.script("/simple/absent/", page)
    lab.script("/simple/", root)
    with pytest.raises(IndexUnavailable) as caught:
        lenient(lab, transport_for).answer(ABSENT)
    assert caught.value.code == expected


def test_listed_but_not_there(lab: RawServer, transport_for: OpenTransport) -> None:
    lab.script("/simple/six/", rawserver.page(b"", "404 No"))
    assert code(lab, transport_for) == "LOCAL_ERROR"
    lab.script("/simple/", rawserver.page(pages.root_html(["Six"])))
    assert code(lab, transport_for) == "LOCAL_ERROR"


def test_a_neighbours_page_must_be_readable(lab: RawServer, transport_for: OpenTransport) -> None:
    lab.script("/simple/", rawserver.page(pages.root_html(["my"])))
    lab.script("/simple/my/", rawserver.page(b"", "503 No"))
    assert code(lab, transport_for, NormalizedName("my-2g-tool")) == "LOCAL_ERROR"
    lab.script("/simple/my/", rawserver.page(b"<html><a href='my-1.0.zip'>x</a></html>"))
    assert isinstance(local(lab.simple_url, transport_for).answer(NormalizedName("my-2g-tool")), Absent)


def test_the_address_is_found_by_asking(raw_server: RawServerFactory, transport_for: OpenTransport) -> None:
    server = raw_server()
    server.script("/repo/", rawserver.page(ROOT))
    server.script("/repo/six/", rawserver.page(PAGE))
    index = local(server.url + "/repo", transport_for)
    assert names(index.answer(SIX))
    assert isinstance(index.answer(ABSENT), Absent)
    assert server.log.paths() == ["/repo/simple/", "/repo/", "/repo/six/", "/repo/absent/"]


def shaped(*projects: str) -> rawserver.Script:
    links = "".join(f"<a href='/{name}/'>{name.title()}</a>" for name in projects)
    return rawserver.page(f"<!DOCTYPE html><html><title>Our site</title>{links}</html>".encode())


def test_an_unmarked_root_is_believed_for_its_projects(
    raw_server: RawServerFactory, transport_for: OpenTransport
) -> None:
    server = raw_server()
    server.script("/", shaped("attrs", "six"))
    server.script("/six/", rawserver.page(PAGE))
    index = local(server.url, transport_for)
    assert names(index.answer(SIX))
    assert isinstance(index.answer(ABSENT), Absent)
    assert server.log.paths() == ["/simple/", "/", "/attrs/", "/six/", "/absent/"]


@pytest.mark.parametrize(
    "behind",
    [
        rawserver.page(b"", "404 No"),
        rawserver.page(b"<html><title>Help</title><a href='/'>Home</a></html>"),
        rawserver.page(b"<html><title>Help</title><a href='/other-1.0.zip'>Home</a></html>"),
        rawserver.page(b"<html><title>Links for help</title></html>"),
        redirect("https://vendor.test/help/"),
    ],
)
def test_a_portal_that_is_shaped_like_a_root(
    raw_server: RawServerFactory, transport_for: OpenTransport, behind: rawserver.Script
) -> None:
    server = raw_server()
    server.script("/", shaped("help", "login"))
    for path in ("/help/", "/login/"):
        server.script(path, behind)
    assert code(server, transport_for, ABSENT, location=server.url) == "LOCAL_NOT_AN_INDEX"
    for path in ("/help/", "/login/"):
        server.script(path, rawserver.page(b"", "503 No"))
    assert code(server, transport_for, ABSENT, location=server.url) == "LOCAL_ERROR"


def test_a_wrong_address(raw_server: RawServerFactory, transport_for: OpenTransport) -> None:
    server = raw_server()
    server.script("/", rawserver.page(b"<html><title>Welcome to nginx!</title></html>"))
    with pytest.raises(IndexUnavailable) as caught:
        local(server.url, transport_for).answer(SIX)
    assert caught.value.code == "LOCAL_NOT_AN_INDEX"
    assert f"{server.url}/simple/ is not there (404); {server.url}/ is a" not in str(caught.value)
    assert f"{server.url}/simple/ is not there (404)" in str(caught.value)
    assert "Welcome to nginx!" in str(caught.value)


# ---------------------------------------------------------------------------------------- public


def test_public(
    static_index: StaticIndexFactory, transport_for: OpenTransport, tmp_path: Path, make_wheel: WheelFactory
) -> None:
    make_wheel("six", "1.16.0", tmp_path)
    server = static_index(tmp_path)
    index = public(server.simple_url, transport_for)
    found = index.answer(SIX)
    assert names(found) == ["six-1.16.0-py3-none-any.whl"]
    assert found.public
    evidence = Evidence(f"{server.simple_url}absent/", "404")
    mirror = Index(server.simple_url, name="mirror")
    assert index.answer(ABSENT) == Absent(ABSENT, mirror, "404", evidence, public=True)
    index.look_ahead()
    assert server.log.paths() == ["/simple/six/", "/simple/absent/"]


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        (rawserver.page(b"", "503 No"), "PUBLIC_UNAVAILABLE"),
        (rawserver.page(b"", "401 No"), "PUBLIC_UNAVAILABLE"),
        (rawserver.page(b"", "407 No"), "PROXY_AUTH"),
        (rawserver.close_without_answer(), "PUBLIC_UNAVAILABLE"),
        (rawserver.page(b"<html>Hotel WLAN</html>"), "PUBLIC_UNAVAILABLE"),
        (redirect("https://evil.test/simple/six/"), "PUBLIC_REDIRECT"),
        (redirect("https://pypi.org/simple/six/"), "PUBLIC_REDIRECT"),
        (rawserver.page(b"<html><a href='http://evil.test/six-1.0.zip'>x</a></html>"), "PUBLIC_REDIRECT"),
    ],
)
def test_public_trouble(
    lab: RawServer, transport_for: OpenTransport, script: rawserver.Script, expected: str
) -> None:
    lab.script("/simple/six/", script)
    with pytest.raises(IndexUnavailable) as caught:
        public(lab.simple_url, transport_for).answer(SIX)
    assert caught.value.code == expected


def test_public_must_be_https(transport_for: OpenTransport) -> None:
    with pytest.raises(IndexUnavailable, match="must be asked over https") as caught:
        public("http://mirror.test/simple/", transport_for).answer(SIX)
    assert caught.value.code == "PUBLIC_REDIRECT"


def test_a_public_project_without_files(lab: RawServer, transport_for: OpenTransport) -> None:
    lab.script("/simple/six/", rawserver.page(pages.project_html("six", [], href=pages.packages_href())))
    assert names(public(lab.simple_url, transport_for).answer(SIX)) == []


# ------------------------------------------------------------------------------------ too much in all


def test_what_is_kept_of_all_pages_is_bounded(
    raw_server: RawServerFactory, transport_for: OpenTransport
) -> None:
    """Each page is a legal one; there are but too many, so nobody is asked for more of them."""
    server = raw_server()
    for number in range(6):
        rows = "".join(f"<a href='p{number}-{n}.tar.gz'>x</a>" for n in range(100))
        server.script(f"/simple/p{number}/", rawserver.page(f"<!DOCTYPE html><html>{rows}</html>".encode()))
    index = Index(server.simple_url, name="lab")
    burden = Burden(120_000)
    asked = SimpleIndex(index, public=False, transport=transport_for(Policy(local=[index])), burden=burden)
    outcomes = list[int | str]()
    for number in range(6):
        try:
            outcomes.append(len(names(asked.answer(NormalizedName(f"p{number}")))))
        except IndexUnavailable as error:
            outcomes.append(error.code)
    assert outcomes == [100, 100, *["LOCAL_TOO_LARGE"] * 4]
    assert [row.request.path for row in server.log] == [f"/simple/p{number}/" for number in range(3)]
