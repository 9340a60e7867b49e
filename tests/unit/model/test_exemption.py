from __future__ import annotations

import pytest

from driverenv.model.exemption import Correction, Exemption
from tests.unit.model.copies import pickled


def test_an_exemption_says_who_what_until_when_and_why() -> None:
    one = Exemption("urllib3", allow="public", until="2026-12-01", reason="CVE", owner="ops")
    assert str(one) == "allow public urllib3 until 2026-12-01: CVE (ops)"
    assert pickled(one) == one


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"allow": "everything"}, "allow must be one of public, build"),
        ({"until": "soon"}, "until must be a day such as 2026-12-01, not 'soon'"),
        ({"until": "20261201"}, "until must be a day"),
        ({"reason": " "}, "an exception needs its reason"),
        ({"owner": ""}, "an exception needs its owner"),
        ({"project": ""}, "an exception needs its project"),
    ],
)
def test_an_exemption_that_is_none(change: dict[str, str], told: str) -> None:
    whole = {"project": "urllib3", "allow": "public", "until": "2026-12-01", "reason": "CVE", "owner": "ops"}
    with pytest.raises(ValueError, match=told):
        Exemption(**{**whole, **change})


def test_a_correction_says_what_is_true_of_which_releases() -> None:
    one = Correction("six", versions="==1.0", requires=["a"])
    assert (one.requires, one.requires_python) == (("a",), None)
    assert pickled(one) == one
    with pytest.raises(ValueError, match="needs requires, requires_python, or both"):
        Correction("six")
    with pytest.raises(ValueError, match="needs its project"):
        Correction(" ", requires=[])
