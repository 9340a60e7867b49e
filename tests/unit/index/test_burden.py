"""What may be kept of all pages together; counted, not timed."""

from __future__ import annotations

import tracemalloc

from driverenv.index.burden import LIMIT, Burden, weight_of
from driverenv.index.page import parse_page
from driverenv.model.answers import ProjectFile

FILE = ProjectFile("a-1.0-py3-none-any.whl", "http://h/a-1.0-py3-none-any.whl")


def test_beyond_the_limit_nothing_is_kept_any_more() -> None:
    burden = Burden(3 * weight_of([FILE]))
    burden.take([FILE, FILE])
    seen = list[bool]()
    for files in ([FILE], [FILE], []):
        burden.take(files)
        seen.append(burden.is_over)
    assert seen == [False, True, True]


def test_the_largest_drivers_are_far_below_the_limit() -> None:
    """A hundred projects with three hundred files each, as public PyPI describes them."""
    digest = (("sha256", "0" * 64),)
    file = ProjectFile(
        "n" * 60, "u" * 150, digest, ">=3.9", None, 1, digest, upload_time="2026-01-01T00:00:00Z"
    )
    assert 30_000 * weight_of([file]) < LIMIT


def test_the_weight_is_that_of_the_memory() -> None:
    rows = "".join(
        f'<a href="/{"d" * 90}/a-{n}.0.tar.gz#sha256={n:064d}" data-requires-python="{n}">x</a>\n'
        for n in range(5000)
    )
    page = f"<!DOCTYPE html><html><body>{rows}</body></html>".encode()
    tracemalloc.start()
    try:
        files = parse_page(page, "text/html", "http://h/simple/a/", "a")  # type: ignore[arg-type]
        kept, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert 0.7 < weight_of(files) / kept < 1.6
