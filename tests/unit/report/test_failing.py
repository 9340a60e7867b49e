from __future__ import annotations

from dataclasses import replace

from driverenv.report.failing import failures
from tests.unit.report import sample


def test_a_conflict() -> None:
    page = failures([sample.failure()], is_current=True)
    assert page is not None
    assert '<details open="">' in page
    assert '<p class="demand">urllib3&lt;1.26</p>' in page
    assert "no version" not in page  # the picture says it
    assert "<pre>2.2.3\n1.25</pre>" not in page
    assert "change one of these lines" in page
    assert "driverenv explain --failure &quot;/srv/home/failures/Rack Driver/f.json&quot;" in page


def test_another_failure() -> None:
    page = failures([replace(sample.failure(), sides=(), remedies=())], is_current=False)
    assert page is not None
    assert "Earlier failures" in page
    assert '<details open="">' not in page
    assert "<dt>conflict</dt><dd><pre>no version\nof urllib3</pre></dd>" in page


def test_none() -> None:
    assert failures([], is_current=True) is None
