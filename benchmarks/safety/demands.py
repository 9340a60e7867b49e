"""Sections D, E and F of the decision table: what a driver may say, the public leg, folders."""

from __future__ import annotations

from benchmarks.safety import unusual
from benchmarks.safety.situation import ATTACK, TOOL, WIDGET, Right, Situation, Table, page, widget

NOBODY: frozenset[str] = frozenset()
FOREIGN_FILE = "<stranger>/packages/corp_widget-99.0-py3-none-any.whl"
SECRET = {"LAB_SECRET": "correct-horse"}


def _driver(name: str, title: str, *lines: str, right: Right = "fails", **more: object) -> Situation:
    """What the driver's requirements.txt says; the local index is in order."""
    return page(name, title, right, widget(), asked=lines, served="pypiserver", **more)


DRIVERS = [
    _driver("D1", "a direct URL of an owned name", f"corp-widget @ {FOREIGN_FILE}"),
    page(
        "D2",
        "a direct URL in a dependency's metadata",
        "fails",
        widget() | {"corp-app": [{"version": "1.0", "requires": [f"corp-widget @ {FOREIGN_FILE}"]}]},
        asked=("corp-app",),
        served="pypiserver",
    ),
    _driver("D3", "a version control URL", "corp-widget @ git+<stranger>/corp-widget.git"),
    _driver("D4", "--extra-index-url of a stranger", "--extra-index-url <stranger>/simple/", WIDGET),
    _driver(
        "D4 own",
        "--extra-index-url of the local index itself",
        "--extra-index-url <local>/simple/",
        WIDGET,
        right="local",
    ),
    _driver("D4i", "--index-url of a stranger", "--index-url <stranger>/simple/", WIDGET),
    _driver("D4f", "--find-links of a stranger", "--find-links <stranger>/simple/corp-widget/", WIDGET),
    _driver(
        "D5",
        "a wheel in the driver's own folder",
        "./corp_widget-99.0-py3-none-any.whl",
        beside={WIDGET: ["99.0"]},
    ),
    _driver(
        "D6",
        "a constraint that local does not satisfy",
        WIDGET,
        "-c limits.txt",
        "=== limits.txt",
        "corp-widget>=2",
    ),
    _driver("D6h", "-r of a URL", "-r <stranger>/more.txt", WIDGET),
    _driver(
        "D7",
        "a variable with a secret, in a URL",
        "--extra-index-url <stranger>/${LAB_SECRET}/simple/",
        WIDGET,
        variables=SECRET,
    ),
    page(
        "D8",
        "PIP_EXTRA_INDEX_URL and UV_INDEX name a stranger",
        "local",
        widget(),
        served="pypiserver",
        variables={"PIP_EXTRA_INDEX_URL": "<stranger>/simple/", "UV_INDEX": "<stranger>/simple/"},
    ),
    _driver(
        "D9",
        "--hash of the local file",
        "corp-widget==1.0 --hash=<sha256 corp_widget-1.0-py3-none-any.whl>",
        right="local",
        public={WIDGET: ["1.0", "99.0"]},
    ),
    _driver("D10", "--pre", "--pre", WIDGET, right="local"),
]


def _public(name: str, title: str, projects: Table, right: Right = "fails") -> Situation:
    """Asks for what local does not have."""
    return page(
        name,
        title,
        right,
        widget(),
        asked=(TOOL,),
        wanted=TOOL,
        owned=NOBODY,
        public=projects,
        served="pypiserver",
    )


PUBLIC = [
    _public("E1", "neither has it", {"other": ["1.0"]}),
    _public("E2", "public answers 503", {TOOL: {"files": ["1.0"], "fault": {"status": 503, "body": "Down"}}}),
    _public(
        "E3",
        "public redirects to a stranger",
        {TOOL: {"files": ["1.0"], "fault": {"redirect": "<stranger>/simple/pub-tool/moved/"}}},
    ),
    _public("E5", "public has an sdist only", {TOOL: [{"version": "1.0", "sdist": True}]}, "public"),
]

FOLDERS = [
    page("F1", "the folder is not there", "fails", widget(), served="folder", put=unusual.not_there),
    page(
        "F1 later",
        "the folder is gone after a first launch",
        "fails",
        widget(),
        served="folder",
        change=unusual.unmounted,
    ),
    page(
        "F1 empty",
        "the folder is empty after a first launch",
        "fails",
        widget(),
        served="folder",
        change=unusual.emptied,
    ),
    page("F3", "a sub-folder has it", "local", widget(), served="folder", put=unusual.into_a_folder),
    page(
        "F5",
        "a bundle that nobody extracted",
        "fails",
        {},
        served="folder",
        put=unusual.bundle,
        public=ATTACK,
    ),
]

SITUATIONS = [*DRIVERS, *PUBLIC, *FOLDERS]
