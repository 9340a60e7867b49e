from __future__ import annotations

from driverenv.report import graph
from tests.unit.report.sample import contents, distribution


def test_who_asks_for_whom() -> None:
    rows = contents().distributions
    found = graph.edges(rows)
    assert ("rack-tools", "humanize") in found
    assert [end for start, end in found if start != "rack-tools"] == ["rack-tools", "vendor-sdk"]


def test_the_drawing() -> None:
    drawn = graph.graph("Rack <Driver>", contents().distributions)
    assert drawn.count("<path") == 3
    assert drawn.count('class="box') == 4
    assert 'class="box local built"' in drawn
    assert "Rack &lt;Driver&gt;" in drawn
    assert "nan" not in drawn


def test_who_built_it() -> None:
    rows = [one for one in contents().distributions if one.built]
    other = distribution("beta", built=True, built_by="server-2, 2026-11-30T07:00:00Z")
    drawn = graph.graph("Rack", [*rows, other])
    assert "vendor-sdk 1.0 from lab (local), built from its sdist here" in drawn
    assert "beta 1.0 from lab (local), built from its sdist by server-2, 2026-11-30T07:00:00Z" in drawn


def test_what_nobody_could_read_is_not_drawn() -> None:
    assert graph.is_drawn(contents().distributions)
    assert not graph.is_drawn([distribution("one")])
    assert not graph.is_drawn([distribution(f"n{number}") for number in range(graph.MOST_NODES + 1)])


def test_a_long_name_is_cut() -> None:
    drawn = graph.graph(
        "x" * 500, [distribution("a"), distribution("b", "a 1.0: b", parents=("a", "unknown"))]
    )
    assert f">{'x' * 33}…</text>" in drawn
