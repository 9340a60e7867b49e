"""A report as one page of HTML: it loads nothing, runs nothing, and is readable on paper and in the dark. Pure."""

from __future__ import annotations

from driverenv.report.closing import closing
from driverenv.report.content import Report
from driverenv.report.markup import tag, void
from driverenv.report.overview import overview
from driverenv.report.portrait import portrait
from driverenv.report.style import STYLE

__all__ = ["Report", "render"]

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"


def render(report: Report) -> str:
    """The page."""
    anchors = [f"driver-{number}" for number in range(1, len(report.drivers) + 1)]
    detailed = [(one, anchor) for one, anchor in zip(report.drivers, anchors, strict=True) if one.has_details]
    title = f"{report.scope or report.home}: driverenv report"
    head = tag(
        "head",
        void("meta", charset="utf-8"),
        void("meta", http_equiv="Content-Security-Policy", content=_POLICY),
        void("meta", name="viewport", content="width=device-width, initial-scale=1"),
        void("meta", name="color-scheme", content="light dark"),
        void("meta", name="referrer", content="no-referrer"),
        tag("title", title),
        STYLE,
    )
    sections = [portrait(one, anchor) for one, anchor in detailed]
    body = tag(
        "body",
        tag(
            "main",
            overview(report, anchors),
            tag("section", tag("h2", "Each driver"), sections) if sections else None,
            closing(report),
        ),
    )
    return f"<!DOCTYPE html>\n{tag('html', head, body, lang='en')}\n"
