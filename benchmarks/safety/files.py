"""Sections B and C of the decision table: local files, names and the graph."""

from __future__ import annotations

from benchmarks.safety import unusual
from benchmarks.safety.situation import TOOL, WIDGET, Situation, page, widget

BYTES = {"content_type": "application/octet-stream"}


def _newest(**fault: object) -> dict[str, object]:
    """Two versions, the newer one's file is served with this fault."""
    return dict(widget("1.0", {"version": "1.1", "fault": fault}))


FILES = [
    page(
        "B1",
        "the file is not what its digest promised",
        "fails",
        _newest(**BYTES, body="something else"),
        also=("transitive",),
    ),
    page("B2", "no digest on the page", "local", widget({"version": "1.0", "algorithm": "none"})),
    page(
        "B2p",
        "a public file without a digest",
        "fails",
        widget(),
        asked=(TOOL,),
        wanted=TOOL,
        public={TOOL: [{"version": "1.0", "algorithm": "none"}]},
        owned=frozenset(),
        served="pypiserver",
    ),
    page(
        "B3",
        "other bytes under the same name after a first launch",
        "local",
        widget(),
        served="pypiserver",
        change=unusual.replaced,
    ),
    page(
        "B4",
        "the newest file is listed, and 404",
        "fails",
        _newest(status=404, body="Not Found"),
        also=("transitive",),
    ),
    page("B5", "the newest file is listed, and answers 500", "fails", _newest(status=500, body="Error")),
    page("B6", "the newest file is cut off", "fails", _newest(cut=True)),
    page(
        "B7",
        "the file is redirected to another host",
        "fails",
        widget(
            {
                "version": "99.0",
                "fault": {"redirect": "<stranger>/packages/corp_widget-99.0-py3-none-any.whl"},
            }
        ),
    ),
    page(
        "B7 bare",
        "the same without a digest on the page",
        "fails",
        widget(
            {
                "version": "99.0",
                "algorithm": "none",
                "fault": {"redirect": "<stranger>/packages/corp_widget-99.0-py3-none-any.whl"},
            }
        ),
    ),
    page(
        "B7 link",
        "the page links to a file on another host",
        "fails",
        widget(),
        served=unusual.hand_made(
            '<a href="<stranger>/packages/corp_widget-99.0-py3-none-any.whl">'
            "corp_widget-99.0-py3-none-any.whl</a>"
        ),
    ),
    page(
        "B7f",
        "the page links to a file of this machine",
        "fails",
        widget(),
        served=unusual.hand_made('<a href="<outside>">corp_widget-2.0-py3-none-any.whl</a>'),
    ),
    page(
        "B8",
        "another project is inside",
        "fails",
        widget({"version": "1.0", "named": "gadget", "filename": unusual.FILE}),
    ),
    Situation(
        name="B9",
        title="the sidecar says more than the wheel",
        right="fails",
        local=(
            {"style": "full", "projects": widget({"version": "1.0", "sidecar": "lie"}) | {"a-lie": ["1.0"]}},
        ),
    ),
    Situation(
        name="B9h",
        title="the sidecar is not what its digest promised",
        right="fails",
        served=unusual.other_sidecar,
        local=({"style": "full", "projects": widget({"version": "1.0", "requires": ["corp-other"]})},),
    ),
    Situation(
        name="B9m",
        title="the sidecar is promised, and 404",
        right="local",
        local=({"style": "full", "projects": widget({"version": "1.0", "sidecar": "missing"})},),
    ),
    page(
        "B11",
        "a member of the wheel climbs out of it",
        "fails",
        widget(),
        served="pypiserver",
        put=unusual.climbing_wheel,
    ),
]

NEWER_PARENT = {"pub-app": [{"version": "2.0", "requires": ["corp-widget>=2"]}], WIDGET: ["99.0"]}
TWO_PARENTS = {
    "pub-app": [{"version": "1.0", "requires": [WIDGET]}, {"version": "2.0", "requires": ["corp-widget>=2"]}],
    WIDGET: ["99.0"],
}

GRAPH = [
    page(
        "C1", "asked for in another spelling", "local", widget(), asked=("Corp.Widget",), served="pypiserver"
    ),
    page(
        "C2",
        "absent, but one letter away from a local name: a warning at most",
        "public",
        widget(),
        asked=("corp-widgets",),
        wanted="corp-widgets",
        public={"corp-widgets": ["1.0"]},
        owned=frozenset(),
        served="pypiserver",
    ),
    page(
        "C3",
        "a dependency of a dependency, nothing fits",
        "fails",
        widget()
        | {
            "corp-app": [{"version": "1.0", "requires": ["corp-base"]}],
            "corp-base": [{"version": "1.0", "requires": ["corp-widget>=2"]}],
        },
        asked=("corp-app",),
        served="pypiserver",
    ),
    page(
        "C4",
        "a public package needs a newer one than local has",
        "fails",
        widget(),
        asked=("pub-app",),
        public=NEWER_PARENT,
        served="pypiserver",
    ),
    page(
        "C4 older",
        "an older release of the public package is content with it",
        "local",
        widget(),
        asked=("pub-app",),
        public=TWO_PARENTS,
        served="pypiserver",
    ),
    page("C5", "the same version on both", "local", widget(), public={WIDGET: ["1.0"]}, served="pypiserver"),
    page(
        "C5 build",
        "the same version on both, a build number on public",
        "local",
        widget(),
        public={WIDGET: [{"version": "1.0", "build": "9"}]},
        served="pypiserver",
    ),
    page(
        "C6",
        "local 1.0+corp1, asked for ==1.0",
        "local",
        widget("1.0+corp1"),
        asked=("corp-widget==1.0",),
        public={WIDGET: ["1.0"]},
        served="pypiserver",
    ),
    page(
        "C7",
        "an unknown extra: a warning",
        "local",
        widget(),
        asked=("corp-widget[nothing]",),
        served="pypiserver",
    ),
]

SITUATIONS = [*FILES, *GRAPH]
