"""The end of the page: the disk, environments of nobody, what could not be read, and what the words mean."""

from __future__ import annotations

from driverenv.report import strip
from driverenv.report.content import Report, Trouble
from driverenv.report.markup import Markup, joined, tag
from driverenv.report.parts import badge, code, table
from driverenv.report.wording import NOTHING, ORIGINS, amount, moment

_MEANINGS = {
    "local": "from a local index of the site: it has the project, so it alone serves it",
    "extra": "from a further index that the settings name",
    "public": "from the public index, since no index before it has the project",
    "named": "a line of the driver names the file itself",
    "built": "an sdist, built into a wheel on this machine, or on another server of the site",
}


def closing(report: Report) -> Markup:
    """Everything below the sections of drivers."""
    return joined(_troubles(report), _disk(report), _loose(report), _unread(report), _legend(report))


def _troubles(report: Report) -> Markup | None:
    if not report.troubles:
        return None
    rows = ((moment(one.when), one.driver, _how(one), _times(one)) for one in report.troubles)
    return tag(
        "section",
        tag("h2", "Stale and failed launches"),
        tag("p", "The newest first; those of a driver in a row that went alike are one.", class_="faint"),
        table(("when", "driver", "how", "times"), rows, "troubles"),
    )


def _how(one: Trouble) -> list[Markup]:
    if one.code:
        return [badge("failed", "bad"), Markup(" "), code(one.code)]
    return [badge(one.how, "warn" if one.how == "stale" else "bad")]


def _times(one: Trouble) -> str:
    return f"{one.times}, since {moment(one.since)}" if one.times > 1 else "once"


def _disk(report: Report) -> Markup | None:
    if not report.places:
        return None
    largest = max(one.size for one in report.places)
    rows = (
        (
            code(one.name),
            one.what,
            strip.shares([("local", one.size), ("rest", largest - one.size)], amount(one.size)),
            amount(one.size),
        )
        for one in report.places
    )
    return tag(
        "section",
        tag("h2", "On the disk"),
        table(("below the home folder", "what it is", "share", "#size"), rows, "disk"),
        tag("p", "What nobody uses goes with ", code("driverenv gc"), class_="faint"),
    )


def _loose(report: Report) -> Markup | None:
    if not report.loose:
        return None
    rows = ((one.name or NOTHING, code(one.key), one.why, amount(one.size)) for one in report.loose)
    return tag(
        "section",
        tag("h2", "Environments of no driver"),
        tag("p", "Those of builds, and those that were forgotten.", class_="faint"),
        table(("name", "key", "why it is here", "#takes"), rows),
    )


def _unread(report: Report) -> Markup | None:
    if not report.unread:
        return None
    rows = ((code(one.path), one.why) for one in report.unread)
    return tag(
        "section",
        tag("h2", "What could not be read"),
        tag("p", "This page has nothing of it; the rest is whole.", class_="faint"),
        table(("path", "why"), rows),
    )


def _legend(report: Report) -> Markup:
    words = ORIGINS | {"built": "built"}
    items = (tag("li", badge(words[kind], kind), Markup(" "), text) for kind, text in _MEANINGS.items())
    return tag(
        "footer",
        tag("ul", items, class_="plain legend"),
        tag(
            "p",
            f"driverenv {report.version} read this from what launches had written down. Nobody was asked, nothing was changed; this page loads nothing and runs nothing.",
        ),
    )
