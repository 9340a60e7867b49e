from __future__ import annotations

from driverenv.repository.findings import ERROR, KINDS, NOTE, SEVERITIES, WARNING, Finding, in_order


def test_every_kind_says_how_much_it_matters_and_what_it_means() -> None:
    for code, kind in KINDS.items():
        assert code.replace("_", "").isupper()
        assert kind.severity in SEVERITIES
        assert kind.meaning
        assert not kind.meaning.endswith(".")


def test_the_worst_comes_first_and_each_once() -> None:
    rows = [Finding(code, "x", "", "", "") for code in ("STRAY", "OLD_FORMAT", "BROKEN", "BUNDLE", "STRAY")]
    found = in_order(rows)
    assert [one.code for one in found] == ["BROKEN", "BUNDLE", "OLD_FORMAT", "STRAY"]
    assert [one.severity for one in found] == [ERROR, ERROR, WARNING, NOTE]
