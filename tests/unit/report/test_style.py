from __future__ import annotations

import re

from driverenv.records.history import HOW
from driverenv.report.style import STYLE


def test_each_colour_has_one_for_the_dark() -> None:
    names = re.findall(r"--([a-z-]+):", STYLE)
    assert {name: names.count(name) for name in names if names.count(name) != 2} == {}
    assert set(re.findall(r"var\(--([a-z-]+)\)", STYLE)) <= set(names)


def test_each_launch_has_a_colour() -> None:
    assert all(f".how-{how}{{" in STYLE for how in HOW)


def test_nothing_is_loaded() -> None:
    assert "url(" not in STYLE
    assert "@import" not in STYLE
    assert STYLE.count("{") == STYLE.count("}")
