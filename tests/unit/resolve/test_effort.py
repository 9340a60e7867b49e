"""Steps are counted, and the time is over when somebody says so."""

from __future__ import annotations

import pytest

from driverenv import resolve
from driverenv.errors import Unresolvable
from driverenv.resolve.effort import Effort, TooDeep
from tests.unit.resolve.worlds import F, World

HUB = World(
    public={
        **{
            name: [F(str(number), (f"hub=={place}",)) for number in range(8, 0, -1)]
            for place, name in enumerate("abcdefgh", 1)
        },
        "hub": [str(number) for number in range(8, 0, -1)],
    }
)
"""All are at odds through one more."""


class Patience:
    """Says that the time is over after so many looks at the clock."""

    def __init__(self, looks: int) -> None:
        self.left = looks

    def __call__(self) -> bool:
        self.left -= 1
        return self.left < 0


def test_a_step_is_counted_until_the_time_is_over() -> None:
    effort = Effort(Patience(2), seconds=1.5)
    effort.step()
    effort.step()
    with pytest.raises(TooDeep) as raised:
        effort.step()
    assert effort.steps == 3
    assert raised.value.over_time
    assert "1.5 seconds" in raised.value.reason


def test_without_a_deadline_it_only_counts() -> None:
    effort = Effort()
    assert HUB.play("a\n", effort=effort).pins == {"a": "8", "hub": "1"}
    assert effort.steps > 2


@pytest.mark.parametrize("looks", [0, 1, 20, 40, 60])
def test_when_the_time_is_over_wherever_the_search_is_then_it_says_so(looks: int) -> None:
    with pytest.raises(Unresolvable) as raised:
        HUB.play("\n".join("abcdefgh"), effort=Effort(Patience(looks), seconds=120))
    error = raised.value
    assert error.code == "TOO_DEEP"
    assert ("because", "the 120 seconds for one resolve were over") in error.facts
    assert error.data["over_time"] is True
    assert error.remedies


def test_the_projects_it_fought_about_are_named_with_a_line_to_begin_with() -> None:
    from tests.unit.resolve import worlds

    wanted = worlds.read("\n".join("abcdefgh"))
    whole = Effort()
    facts = HUB.all_facts(wanted)
    resolve.solve(resolve.demands(wanted), facts, HUB.target, HUB.rules(wanted), effort=whole)
    with pytest.raises(Unresolvable) as raised:
        resolve.solve(
            resolve.demands(wanted),
            facts,
            HUB.target,
            HUB.rules(wanted),
            effort=Effort(Patience(whole.steps - 2), seconds=120),
        )
    assert "hub" in raised.value.data["projects"]
    assert "hub==8" in raised.value.data["pins"]
