from __future__ import annotations

from dataclasses import replace

from driverenv.report.contents import _build, contents, share_line, tally
from tests.unit.report import sample


def test_all_of_a_receipt() -> None:
    page = contents("Rack Driver", sample.contents())
    for said in (
        "rack-tools&gt;=2",
        "rack-tools 1.0: humanize&gt;=4",
        "humanize-9.tar.gz: Python 4 only",
        "and 2 more",
        "public PyPI: owned",
        "an odd wheel",
        "attempt 2, since the one before failed: old",
        "RECORD_ODD",
        "vendor.pth: import vendor",
        "build until 2027-01-01",
        'class="graph',
    ):
        assert said in page, said


def test_how_many_of_each() -> None:
    assert [one for one in tally(sample.contents().distributions) if one[1]] == [
        ("local", 2),
        ("public", 1),
        ("built", 1),
    ]
    assert share_line(sample.contents().distributions)[1] == "<span>2 local, 1 public; 1 built here</span>"


def test_how_many_were_built_on_other_servers() -> None:
    elsewhere = sample.distribution("beta", built=True, built_by="server-2, 2026-11-30T07:00:00Z")
    rows = (*sample.contents().distributions, elsewhere)
    assert dict(tally(rows))["built"] == 2
    assert share_line(rows)[1] == "<span>3 local, 1 public; 1 built here; 1 built on other servers</span>"
    assert share_line([elsewhere])[1] == "<span>1 local; 1 built on other servers</span>"
    assert "<dd>server-2, 2026-11-30T07:00:00Z</dd>" in contents(
        "a", replace(sample.contents(), distributions=rows)
    )


def test_nothing_and_too_much() -> None:
    assert "asks for no distribution" in contents("a", replace(sample.contents(), distributions=()))
    many = tuple(sample.distribution(f"n{number}") for number in range(200))
    page = contents("a", replace(sample.contents(), distributions=many, more_distributions=7))
    assert "too many lines for a drawing" in page
    assert "and 7 more distributions" in page


def test_who_built_a_wheel_of_the_fleet_store() -> None:
    (one,) = sample.contents().builds
    told = _build(replace(one, fleet="server-2, 2026-11-30T07:00:00Z"))
    assert "<dd>server-2, 2026-11-30T07:00:00Z: it came from the fleet store</dd>" in str(told)
    assert "fleet store" not in str(_build(one))
