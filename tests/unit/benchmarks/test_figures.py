from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest

from benchmarks.chart import chart
from benchmarks.figures import Row, duration, ratio, reference_of, summarize, table

UV = Row("S", "static", "cold", "uv", (0, 1, 2), (1.0, 10.0, 2.0))
OURS = Row("S", "static", "cold", "driverenv CLI", (0, 1, 2), (0.5, 4.0, 1.2))


def test_summary() -> None:
    one = summarize(OURS, UV)
    assert (one.median, one.low, one.high) == (1.2, 0.5, 4.0)
    assert one.deviation == pytest.approx(0.7)


def test_the_ratio_is_taken_within_rounds() -> None:
    assert ratio(OURS, UV) == pytest.approx(0.5)


def test_rounds_that_one_of_them_did_not_play_do_not_count() -> None:
    assert ratio(Row("S", "static", "cold", "pip", (1,), (40.0,)), UV) == pytest.approx(4.0)
    assert ratio(Row("S", "static", "cold", "pip", (7,), (40.0,)), UV) is None
    assert ratio(OURS, None) is None


def test_the_reference_is_uv_on_the_same_index() -> None:
    elsewhere = UV._replace(server="pypiserver")
    assert reference_of(OURS, [elsewhere, OURS]) is None
    assert reference_of(OURS, [elsewhere, OURS, UV]) == UV


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(2.345, "2.35 s"), (0.1234, "123 ms"), (0.01234, "12.3 ms"), (0.000456, "0.46 ms")],
)
def test_duration(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def test_table_has_a_line_for_each_row() -> None:
    lines = table([UV, OURS]).splitlines()
    assert lines[3] == (
        "| S | static | cold | driverenv CLI | 1.20 s | 500 ms - 4.00 s | 700 ms | 0.50 | 3 |"
    )
    assert len(lines) == 4


def test_chart_is_well_formed_and_cuts_long_bars() -> None:
    slow = Row("S", "static", "cold", "pip & co", (0,), (100.0,))
    root = ET.fromstring(chart([UV, OURS, slow], "a < b"))  # noqa: S314 (our own text)
    texts = [one.text or "" for one in root.iter("{http://www.w3.org/2000/svg}text")]
    assert "pip & co" in texts
    assert any(text.endswith("▸") for text in texts)
