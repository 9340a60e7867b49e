"""The page of `driverenv report` in a real Chromium: nothing is asked for, nothing is run, and it is readable."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from driverenv.report import render
from driverenv.report.content import Report
from tests.kit.browser import NO_CHROMIUM, Browser, run_browser
from tests.unit.report import sample
from tests.unit.report.test_report import HOSTILE

pytestmark = [pytest.mark.slow, pytest.mark.skipif(bool(NO_CHROMIUM), reason=NO_CHROMIUM)]
BRIGHT, DARK = 200, 80


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with run_browser(tmp_path_factory.mktemp("browser")) as found:
        yield found


def shown(browser: Browser, folder: Path, report: Report) -> None:
    """Open the page of a report; nothing else is asked for, and nothing is said against it."""
    path = folder / "report.html"
    path.write_text(render(report), encoding="utf-8")
    browser.requests()
    browser.console()
    browser.visit(path.as_uri())
    assert browser.requests() == [path.as_uri()]
    assert browser.console() == []


@pytest.mark.parametrize("text", ["", *HOSTILE])
def test_asks_for_nothing_and_runs_nothing(browser: Browser, tmp_path: Path, text: str) -> None:
    report = sample.report()
    shown(browser, tmp_path, sample.everywhere(report, text) if text else report)
    assert browser.run("return document.querySelectorAll('script, img, iframe, link, [style]').length") == 0
    if text:
        assert browser.run("return document.querySelector('h3').textContent") == text


def test_readable_in_the_dark_on_paper_and_on_a_phone(browser: Browser, tmp_path: Path) -> None:
    long = replace(sample.driver("Very " * 40), path="/srv/" + "drivers" * 40)
    shown(browser, tmp_path, sample.report(sample.driver(), sample.failing(), long))
    light = "return getComputedStyle(document.body).backgroundColor"
    ink = "return getComputedStyle(document.body).color"
    for width in (360, 800, 1_400):
        browser.look(width=width)
        assert browser.run("return document.documentElement.scrollWidth") <= width
    assert (_brightness(browser.run(light)) > BRIGHT, _brightness(browser.run(ink)) < DARK) == (True, True)
    browser.look(width=1_400, scheme="dark")
    assert (_brightness(browser.run(light)) < DARK, _brightness(browser.run(ink)) > BRIGHT) == (True, True)
    assert browser.run("return document.querySelector('.driver > details').open") is False
    inside = "return getComputedStyle(document.querySelector('.driver > details'), '::details-content').contentVisibility"
    assert browser.run(inside) == "hidden"
    browser.look(width=800, scheme="dark", media="print")
    assert browser.run(inside) == "visible"  # what is closed on a screen is open on paper
    assert _brightness(browser.run(ink)) < DARK  # and paper is white


def _brightness(colour: str) -> float:
    red, green, blue = map(float, re.findall(r"[\d.]+", colour)[:3])
    return (red + green + blue) / 3
