from __future__ import annotations

from dataclasses import replace

from driverenv.report.closing import closing
from tests.unit.report import sample


def test_the_end() -> None:
    page = closing(sample.report())
    for said in (
        "Stale and failed launches",
        "3, since 2026-11-30 01:02 UTC",
        "On the disk",
        "2.0 MB",
        "Environments of no driver",
        "/srv/home/drivers/odd",
        "Nobody was asked",
    ):
        assert said in page, said


def test_what_is_not_there_is_not_told() -> None:
    page = closing(replace(sample.report(), places=(), troubles=(), loose=(), unread=()))
    assert page.startswith("<footer>")
