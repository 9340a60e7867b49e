"""Section A of the decision table: what the local project page says, or fails to say."""

from __future__ import annotations

from benchmarks.safety import unusual
from benchmarks.safety.situation import TOOL, WIDGET, Situation, Table, page, widget

JSON = "application/vnd.pypi.simple.v1+json"
OTHER: dict[str, object] = {"corp-other": ["1.0"]}
"""What else the local index has, so that it is alive and not empty."""
NEW = ("corp-widget>=2",)
NOBODY: frozenset[str] = frozenset()


def _doc(title: str, links: str = "") -> str:
    return f"<!DOCTYPE html><html><head><title>{title}</title></head><body>{links}</body></html>"


def _in_full(name: str, title: str, projects: Table) -> Situation:
    return Situation(name=name, title=title, right="fails", local=({"style": "full", "projects": projects},))


def _in_html(name: str, title: str, right: str, projects: Table, **more: object) -> Situation:
    return Situation(
        name=name,
        title=title,
        right=right,  # type: ignore[arg-type]
        local=({"style": "html", "projects": projects},),
        **more,  # type: ignore[arg-type]
    )


def _absent(name: str, title: str, projects: Table, **more: object) -> Situation:
    """Public alone has it, and is right."""
    terms: dict[str, object] = {"asked": (TOOL,), "wanted": TOOL, "owned": NOBODY}
    return page(name, title, "public", projects, **(terms | more))


PYPISERVER: dict[str, object] = {"served": "pypiserver"}

HAS_FILES = [
    page("A1", "a version that fits", "local", widget(), **PYPISERVER, also=("transitive", "extra")),
    page("A1 folder", "the same in a folder", "local", widget(), served="folder"),
    page("A2", "files, none fits", "fails", widget(), asked=NEW, **PYPISERVER, also=("transitive", "extra")),
    page("A2 folder", "the same in a folder", "fails", widget(), asked=NEW, served="folder"),
    page(
        "A2 upper",
        "public has an older one that fits",
        "fails",
        widget("2.0"),
        asked=("corp-widget<1",),
        public={WIDGET: ["0.9", "99.0"]},
        **PYPISERVER,
    ),
    _in_html(
        "A3",
        "only a yanked version",
        "fails",
        widget({"version": "1.0", "yanked": "broken"}),
        also=("transitive",),
    ),
    _in_html(
        "A3p",
        "only a yanked version, pinned",
        "local",
        widget({"version": "1.0", "yanked": "broken"}),
        asked=("corp-widget==1.0",),
        public={WIDGET: ["1.0", "99.0"]},
    ),
    page(
        "A4",
        "only for another platform",
        "fails",
        widget({"version": "1.0", "tag": "py3-none-win_amd64"}),
        **PYPISERVER,
        also=("transitive",),
    ),
    page(
        "A5",
        "only for another Python",
        "fails",
        widget({"version": "1.0", "tag": "cp27-cp27m-any"}),
        **PYPISERVER,
    ),
    page(
        "A5r",
        "Requires-Python excludes this one",
        "fails",
        widget({"version": "1.0", "requires_python": "<3.8"}),
        **PYPISERVER,
    ),
    page("A6", "only a pre-release", "local", widget("1.0rc1"), **PYPISERVER, also=("transitive",)),
    page(
        "A7",
        "only an sdist, nothing may be built",
        "fails",
        widget({"version": "1.0", "sdist": True}),
        wheels_only=True,
        **PYPISERVER,
        also=("transitive",),
    ),
    page(
        "A7b", "only an sdist, to be built", "local", widget({"version": "1.0", "sdist": True}), **PYPISERVER
    ),
    page(
        "A7b build",
        "what the build needs is local",
        "local",
        widget({"version": "1.0", "sdist": True, "build_requires": ["corp-build"]}) | {"corp-build": ["1.0"]},
        public={"corp-build": ["99.0"]},
        owned=frozenset({WIDGET, "corp-build"}),
        **PYPISERVER,
    ),
    page(
        "A7b unfit",
        "what the build needs is local, and does not fit",
        "fails",
        widget({"version": "1.0", "sdist": True, "build_requires": ["corp-build>=2"]})
        | {"corp-build": ["1.0"]},
        public={"corp-build": ["99.0"]},
        owned=frozenset({WIDGET, "corp-build"}),
        **PYPISERVER,
    ),
    page("A8", "a page without files", "fails", OTHER | {WIDGET: []}, also=("transitive",)),
]

ABSENT = [
    _absent("A9", "404, the index is alive", widget(), **PYPISERVER),
    _absent("A9 folder", "not in the folder", widget(), served="folder"),
    page(
        "A9 both", "one name of local, one of public", "local", widget(), asked=(WIDGET, TOOL), **PYPISERVER
    ),
    _absent(
        "A9g",
        "410, the index is alive",
        widget() | {TOOL: {"fault": {"status": 410, "body": "Gone"}, "listed": False}},
    ),
    Situation(
        name="A9n",
        title="404, but listed in another spelling",
        right="local",
        local=({"projects": widget()},),
        served=unusual.hand_made(unusual.LINK, at="/simple/Corp_Widget/", root="Corp_Widget/"),
    ),
    page("A9n 404", "404, but listed", "fails", widget(status=404, body="Not Found")),
    page(
        "A9v",
        "the file is deleted after a first launch (404)",
        "fails",
        widget() | OTHER,
        change=unusual.lost,
        **PYPISERVER,
        compares=True,
        also=("transitive",),
    ),
    Situation(
        name="A9v 303",
        title="the same with pypiserver's fallback",
        right="fails",
        local=({"projects": widget() | OTHER, "fallback": True},),
        change=unusual.lost,
        served="pypiserver",
        compares=True,
    ),
    page(
        "A9v folder",
        "the same in a folder",
        "fails",
        widget() | OTHER,
        change=unusual.lost,
        served="folder",
        compares=True,
    ),
    page(
        "A9v flap",
        "the index forgets the project after a first launch",
        "fails",
        widget() | OTHER,
        change=unusual.flapping,
        compares=True,
    ),
    page(
        "A9v strict",
        'deleted after a first launch, `vanished = "fail"`',
        "fails",
        widget() | OTHER,
        change=unusual.lost,
        **PYPISERVER,
        site=('vanished = "fail"',),
    ),
    page(
        "A9v private",
        'deleted after a first launch, `private = ["corp-*"]`',
        "fails",
        widget() | OTHER,
        change=unusual.lost,
        **PYPISERVER,
        site=('private = ["corp-*"]',),
    ),
    page(
        "A9 private",
        'never there, `private = ["corp-*"]`',
        "fails",
        OTHER,
        **PYPISERVER,
        site=('private = ["corp-*"]',),
    ),
    page(
        "A9v copy",
        "deleted, but it was a copy of public's",
        "public",
        widget() | OTHER,
        change=unusual.lost,
        copies={WIDGET: ["1.0"]},
        public={WIDGET: ["1.1"]},
        owned=NOBODY,
        **PYPISERVER,
    ),
    Situation(
        name="A9e",
        title="the repository is emptied after a first launch (303)",
        right="fails",
        local=({"projects": widget(), "fallback": True},),
        change=unusual.emptied,
        served="pypiserver",
    ),
    Situation(
        name="A9e gone",
        title="the repository's folder is deleted after a first launch (303)",
        right="fails",
        local=({"projects": widget(), "fallback": True},),
        change=unusual.unmounted,
        served="pypiserver",
    ),
    _absent("A9e fresh", "a fresh site: nothing there yet", {}, **PYPISERVER),
    Situation(
        name="A9w",
        title="404, and so is the root",
        right="fails",
        local=({"root_fault": {"status": 404, "body": "Not Found"}},),
    ),
    Situation(
        name="A9w other",
        title="404, and the root is another service",
        right="fails",
        local=({"root_fault": {"body": _doc("Jenkins", '<a href="/login">log in</a>')}},),
    ),
    Situation(
        name="A9w down",
        title="404, and the root answers 503",
        right="fails",
        local=({"root_fault": {"status": 503, "body": "Service Unavailable"}},),
    ),
]

REDIRECTS = [
    page(
        "A10",
        "a redirect within the index",
        "local",
        widget(status=302, redirect="/simple/corp-widget/?page=all", times=1),
    ),
    Situation(
        name="A11",
        title="pypiserver's fallback: 303 to public",
        right="public",
        served="pypiserver",
        local=({"projects": widget(), "fallback": True},),
        asked=(TOOL,),
        wanted=TOOL,
        owned=NOBODY,
    ),
    Situation(
        name="A11 unfit",
        title="pypiserver's fallback is on, files, none fits",
        right="fails",
        served="pypiserver",
        local=({"projects": widget(), "fallback": True},),
        asked=NEW,
    ),
    page(
        "A11x",
        "303 to public's page of another name",
        "fails",
        widget(status=303, redirect="<public>/simple/corp-wigdet/"),
        public={WIDGET: ["99.0"], "corp-wigdet": ["99.0"]},
        owned=frozenset({WIDGET, "corp-wigdet"}),
    ),
    page(
        "A12",
        "a redirect to another host",
        "fails",
        widget(status=302, redirect="<stranger>/simple/corp-widget/"),
        also=("transitive",),
    ),
    page(
        "A12 308",
        "a permanent redirect to another host",
        "fails",
        widget(status=308, redirect="<stranger>/simple/corp-widget/"),
    ),
    page("A13", "a redirect in a circle", "fails", widget(status=302, redirect="/simple/corp-widget/")),
]

STATUSES = [
    *(
        page(f"{row} {status}", title, "fails", widget(status=status, body=title), also=also)
        for row, status, title, also in (
            ("A14", 401, "401 Unauthorized", ("transitive",)),
            ("A14", 403, "403 Forbidden", ()),
            ("A14p", 407, "407 Proxy Authentication Required", ()),
            ("A14p", 511, "511 Network Authentication Required", ()),
            ("A15", 400, "400 Bad Request", ()),
            ("A15", 405, "405 Method Not Allowed", ()),
            ("A15", 406, "406 Not Acceptable", ()),
            ("A15", 418, "418 I'm a teapot", ()),
            ("A15", 451, "451 Unavailable For Legal Reasons", ()),
            ("A16", 408, "408 Request Timeout", ()),
            ("A16", 425, "425 Too Early", ()),
            ("A17", 500, "500 Internal Server Error", ()),
            ("A17", 502, "502 Bad Gateway", ()),
            ("A17", 503, "503 Service Unavailable", ("transitive", "extra")),
            ("A17", 504, "504 Gateway Timeout", ()),
            ("A17n", 501, "501 Not Implemented", ()),
            ("A17n", 505, "505 HTTP Version Not Supported", ()),
        )
    ),
    page(
        "A14 password", "a pypiserver that wants a password", "fails", widget(), served=unusual.with_password
    ),
    page(
        "A16 429",
        "429 Too Many Requests, come back in a second",
        "fails",
        widget(status=429, body="slow down", headers={"Retry-After": "1"}),
    ),
    page(
        "A17 build",
        "503 for what the build needs",
        "fails",
        widget({"version": "1.0", "sdist": True, "build_requires": ["corp-build"]})
        | {"corp-build": {"files": ["1.0"], "fault": {"status": 503, "body": "Service Unavailable"}}},
        public={"corp-build": ["99.0"]},
        owned=frozenset({WIDGET, "corp-build"}),
    ),
    Situation(
        name="A17 all",
        title="the whole index answers 503",
        right="fails",
        local=({"projects": widget(), "fault": {"status": 503, "body": "Service Unavailable"}},),
    ),
    page("A28", "503, then well", "local", widget(status=503, body="Service Unavailable", times=1)),
]

CONNECTIONS = [
    page("A18", "accepts and never answers", "fails", widget(hang=True)),
    page("A18s", "one byte a second", "fails", widget(), served=unusual.raw(unusual.one_byte_a_second)),
    page("A19", "connection refused", "fails", widget(), served=unusual.refused),
    page("A19 reset", "connection reset", "fails", widget(reset=True), also=("transitive",)),
    page("A19c", "closed without an answer", "fails", widget(close=True)),
    page("A19t", "TLS by an unknown authority", "fails", widget(), served=unusual.unknown_authority),
    page("A20", "the host's name does not resolve", "fails", widget(), served=unusual.no_such_name),
]

BODIES = [
    page("A21", "the page is cut off", "fails", widget(cut=True), also=("transitive",)),
    page(
        "A21 chunks",
        "the stream of chunks is cut off",
        "fails",
        widget(),
        served=unusual.raw(unusual.cut_chunks),
    ),
    page("A21 once", "the page is cut off once", "local", widget(cut=True, times=1)),
    page(
        "A21c",
        "no length, no end of the page",
        "fails",
        widget(),
        served=unusual.raw(unusual.no_length_no_end),
    ),
    page(
        "A22",
        "plain text",
        "fails",
        widget(content_type="text/plain", body="corp_widget-1.0-py3-none-any.whl"),
    ),
    page(
        "A23",
        "a login page instead of the project's",
        "fails",
        widget(body=_doc("Hotel Wi-Fi", '<a href="/accept">Accept</a>')),
        also=("transitive",),
    ),
    Situation(
        name="A23 all",
        title="a login page instead of every page",
        right="fails",
        local=({"fault": {"body": _doc("Hotel Wi-Fi", '<a href="/accept">Accept</a>')}},),
    ),
    page("A23r", "a redirect to a login page of the same host", "fails", widget(status=302, redirect="/")),
    _in_full(
        "A24", "JSON cut short", widget(content_type=JSON, body='{"meta": {"api-version": "1.1"}, "name": ')
    ),
    _in_full(
        "A24 name",
        "JSON of another project",
        widget(content_type=JSON, body='{"meta": {"api-version": "1.1"}, "name": "gadget", "files": []}'),
    ),
    page(
        "A24 future",
        "a page of version 2 of the interface",
        "fails",
        widget(
            body='<!DOCTYPE html><html><head><meta name="pypi:repository-version" content="2.0"></head>'
            f"<body>{unusual.LINK}</body></html>"
        ),
    ),
    _in_html(
        "A25",
        "lists only files of other projects",
        "fails",
        widget({"version": "1.0", "named": "gadget", "filename": "gadget-1.0-py3-none-any.whl"}),
    ),
    _in_html(
        "A25 mixed",
        "lists a file of another project among its own",
        "local",
        widget("1.0", {"version": "9.0", "named": "gadget", "filename": "gadget-9.0-py3-none-any.whl"}),
    ),
    _in_html(
        "A26",
        "lists only names that no version can be read from",
        "fails",
        widget(
            {"filename": "corp-widget-latest.tar.gz", "junk": "?"},
            {"filename": "corp-widget-1.0.win32.exe", "junk": "?"},
        ),
        also=("transitive",),
    ),
    page("A27", "a page of 33 MiB", "fails", widget(), served=unusual.raw(unusual.too_long)),
    page(
        "A27 links", "a page of 100,001 links", "fails", widget(), served=unusual.raw(unusual.too_many_links)
    ),
]

TEAM, COMPANY = {"name": "team"}, {"name": "company"}

SEVERAL = [
    Situation(
        name="A29",
        title="two local indexes have it: the first owns it",
        right="local",
        version="1.0",
        local=(TEAM | {"projects": widget()}, COMPANY | {"projects": widget("2.0")}),
    ),
    Situation(
        name="A29 unfit",
        title="the first has nothing that fits, the second would",
        right="fails",
        asked=NEW,
        local=(TEAM | {"projects": widget()}, COMPANY | {"projects": widget("2.0")}),
    ),
    Situation(
        name="A29 second",
        title="only the second has it",
        right="local",
        local=(TEAM | {"projects": OTHER}, COMPANY | {"projects": widget()}),
    ),
    Situation(
        name="A29 front",
        title="the first is down, the second has it",
        right="fails",
        local=(TEAM | {"fault": {"reset": True}}, COMPANY | {"projects": widget()}),
    ),
    Situation(
        name="A29 behind",
        title="the first has it, the second is down",
        right="local",
        local=(TEAM | {"projects": widget()}, COMPANY | {"fault": {"reset": True}}),
    ),
    Situation(
        name="A29 absent",
        title="neither has it, the second is down",
        right="fails",
        local=(TEAM | {"projects": OTHER}, COMPANY | {"projects": widget(), "fault": {"reset": True}}),
    ),
]

SITUATIONS = [*HAS_FILES, *ABSENT, *REDIRECTS, *STATUSES, *CONNECTIONS, *BODIES, *SEVERAL]
