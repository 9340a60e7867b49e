from __future__ import annotations

from datetime import UTC, datetime

import pytest

from driverenv.model.site import Exemption, Policy
from driverenv.policy.terms import ends, in_force, instant, over, settled, valid_for

LAST = Exemption("six", allow="public", until="2026-12-01", reason="r", owner="o")
EARLIER = LAST.replace(until="2024-02-29")
MIDNIGHT = datetime(2026, 12, 2, tzinfo=UTC).timestamp()


def test_an_exception_holds_until_its_day_is_over() -> None:
    policy = Policy(exceptions=[LAST, EARLIER])
    assert ends(LAST) == MIDNIGHT
    assert in_force(policy, MIDNIGHT - 1) == (LAST,)
    assert over(policy, MIDNIGHT - 1) == (EARLIER,)
    assert in_force(policy, MIDNIGHT) == ()
    assert over(policy, MIDNIGHT) == (LAST, EARLIER)
    assert settled(policy, MIDNIGHT - 1).exceptions == (LAST,)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("7 days", "2026-11-25T00:00:00Z"),
        ("1 day", "2026-12-01T00:00:00Z"),
        ("12 hours", "2026-12-01T12:00:00Z"),
        ("90minutes", "2026-12-01T22:30:00Z"),
        ("2 weeks", "2026-11-18T00:00:00Z"),
        ("2026-11-01", "2026-11-01T00:00:00Z"),
        ("2026-11-01T10:00:00+02:00", "2026-11-01T08:00:00Z"),
        ("2026-11-01 10:00:00.5", "2026-11-01T10:00:00Z"),
    ],
)
def test_instants(text: str, expected: str) -> None:
    assert instant(text, MIDNIGHT) == expected
    assert settled(Policy(exclude_newer=text), MIDNIGHT).exclude_newer == expected
    assert instant(expected, 0) == expected


@pytest.mark.parametrize("text", ["", "soon", "-1 days", "1.5 days", "3 years", "2026-13-01", "999999 weeks"])
def test_what_is_no_instant(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        instant(text, MIDNIGHT)


def test_no_cool_down_is_none() -> None:
    assert settled(Policy(), MIDNIGHT) == Policy()


@pytest.mark.parametrize(
    ("name", "minutes"),
    [
        ("Rack Driver", 480.0),
        ("Switch Driver", 60.0),
        ("switch x9", 5.0),
        ("Legacy PDU", float("inf")),
        ("A Legacy PDU", 480.0),
    ],
)
def test_how_long_an_environment_is_valid(name: str, minutes: float) -> None:
    policy = Policy(valid_for_drivers={"Switch *": 60, "Switch X*": 5, "Legacy PDU": "never"})
    assert valid_for(policy, name) == minutes
    assert valid_for(Policy(valid_for_minutes="never"), name) == float("inf")
