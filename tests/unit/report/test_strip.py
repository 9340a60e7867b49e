from __future__ import annotations

from driverenv.report import strip
from driverenv.report.content import Launch

WHEN = "2026-11-30T01:02:03Z"


def test_launches() -> None:
    rows = [
        Launch(WHEN, 2.0, "made", 3, ""),
        Launch(WHEN, 0.001, "ready", 3, ""),
        Launch(WHEN, 1.0, "failed", 0, "A<B"),
    ]
    drawn = strip.launches(rows)
    assert drawn.count("<rect") == 3
    assert "2026-11-30 01:02 UTC: a new environment was made, generation 3, 2.0 s" in drawn
    assert "failed: A&lt;B, 1.0 s" in drawn
    assert strip.launches([]).startswith("<svg")


def test_shares() -> None:
    drawn = strip.shares([("local", 1), ("public", 0), ("built", 3)], "told")
    assert 'width="25"' in drawn
    assert 'x="25"' in drawn
    assert drawn.count("<rect") == 2
    assert strip.shares([("local", 0)], "none").count("<rect") == 0
