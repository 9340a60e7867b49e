"""What is in an environment: each distribution with where it came from and why, the graph, builds, warnings."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from driverenv.report import graph, strip
from driverenv.report.content import Build, Contents, Distribution
from driverenv.report.markup import Markup, joined, tag
from driverenv.report.parts import badge, code, facts, origin_badges, table, to_open
from driverenv.report.wording import ORIGINS, amount, seconds, things


def contents(driver: str, found: Contents) -> Markup:
    """All of a receipt that a person wants to see."""
    rows = found.distributions
    return joined(
        _requirements(found),
        tag("h4", "What is in it"),
        tag("p", share_line(rows), class_="sharing"),
        table(("distribution", "from", "why", "#size", "the rest"), map(_row, rows), "distributions")
        if rows
        else tag("p", "nothing: it asks for no distribution"),
        tag("p", f"and {things(found.more_distributions, 'more distribution')}")
        if found.more_distributions
        else None,
        _drawing(driver, rows),
        [tag("h4", "Built from sdists"), *map(_build, found.builds)] if found.builds else None,
        _pairs("Warnings of the launch that made it", found.warnings),
        _pairs("What Python runs at every start", found.hooks),
    )


def share_line(rows: Iterable[Distribution]) -> list[Markup]:
    """How many came from where, in a bar and in words."""
    rows = list(rows)
    counts = tally(rows)
    named = [f"{count} {ORIGINS.get(kind, kind)}" for kind, count in counts if kind != "built" and count]
    elsewhere = sum(bool(one.built_by) for one in rows)
    here = dict(counts)["built"] - elsewhere
    built = [f"{here} built here"] * bool(here) + [f"{elsewhere} built on other servers"] * bool(elsewhere)
    told = "; ".join((", ".join(named or ["nothing"]), *built))
    return [strip.shares([row for row in counts if row[0] != "built"], told), tag("span", told)]


def tally(rows: Iterable[Distribution]) -> list[tuple[str, int]]:
    """How many distributions there are of each origin, and how many were built."""
    found = list(rows)
    counts = [(kind, sum(one.origin == kind for one in found)) for kind in ORIGINS]
    return [*counts, ("built", sum(one.built for one in found))]


def _requirements(found: Contents) -> Markup:
    lines = [
        tag("li", code(one.text), tag("span", f" {one.label}", class_="faint")) for one in found.requirements
    ]
    return facts(
        (
            ("asks for", [tag("ul", lines, class_="plain")] if lines else []),
            ("Python", f"{found.python} ({found.executable})" if found.executable else found.python),
            ("policy", f"{found.mode}" if found.mode else ""),
            (
                "exceptions",
                [tag("ul", (tag("li", one) for one in found.exceptions))] if found.exceptions else [],
            ),
        )
    )


def _row(one: Distribution) -> tuple[str | Iterable[str], ...]:
    return (
        [tag("b", one.name), Markup(" "), tag("span", one.version, class_="version")],
        [*origin_badges(one), Markup(" "), tag("span", one.index, class_="faint")],
        _why(one),
        amount(one.size),
        _rest(one),
    )


def _why(one: Distribution) -> list[Markup]:
    chain = one.chain or one.requested_by[:1]
    if not chain:
        return [tag("span", "nobody asks for it", class_="faint")]
    return [tag("ol", (tag("li", text) for text in chain), class_="chain")]


def _rest(one: Distribution) -> Markup:
    others = [text for text in one.requested_by if text not in one.chain]
    rows: list[tuple[str, str | Iterable[str]]] = [
        ("file", [code(one.file)]),
        ("address", [code(one.url)] if one.url else []),
        ("index", [code(one.location)] if one.location else []),
        ("by the rule", one.rule),
        ("built by", one.built_by),
        ("sha256", [code(one.sha256)]),
        ("also asked for by", _list(others)),
        ("does not have it", _list(f"{row.label}: {row.text}" for row in one.absent)),
        ("not asked", _list(f"{row.label}: {row.text}" for row in one.not_asked)),
        ("passed over", _list(_passed_over(one))),
        ("notes", _list(one.notes)),
    ]
    return to_open("more", facts(rows))


def _passed_over(one: Distribution) -> Iterator[str]:
    yield from (f"{row.label}: {row.text}" for row in one.passed_over)
    if one.more_passed_over > 0:
        yield f"and {one.more_passed_over} more"


def _list(texts: Iterable[str]) -> list[Markup]:
    items = [tag("li", text) for text in texts]
    return [tag("ul", items, class_="plain")] if items else []


def _drawing(driver: str, rows: tuple[Distribution, ...]) -> Markup | None:
    if graph.is_drawn(rows):
        return joined(
            tag("h4", "Who asks for whom"), tag("div", graph.graph(driver, rows), class_="wide drawing")
        )
    if len(rows) > 1:
        return tag("p", "too many lines for a drawing: the column “why” tells each way", class_="faint")
    return None


def _build(one: Build) -> Markup:
    again = f"attempt {one.attempt}, since the one before failed: {one.because}" if one.attempt > 1 else ""
    rows = (
        ("by", f"{one.fleet}: it came from the fleet store" if one.fleet else ""),
        ("for Python", one.python),
        ("with", ", ".join(one.tools) or "no tools besides Python"),
        ("contained", one.contained),
        ("again", again),
        ("log", [code(one.log)] if one.log else []),
    )
    head = [badge("built", "built"), Markup(" "), code(one.wheel), tag("span", f" in {seconds(one.seconds)}")]
    return to_open(head, facts(rows))


def _pairs(title: str, rows: Iterable[tuple[str, str]]) -> Markup | None:
    items = [tag("li", tag("b", label), " ", text) for label, text in rows]
    return joined(tag("h4", title), tag("ul", items, class_="plain")) if items else None
