from __future__ import annotations

import pytest

from driverenv.model.finding import FAIL, OK, WARN, Section
from driverenv.stories.checkup import clock
from driverenv.stories.checkup.servers import Looked


def look(*offsets: float | None) -> Section:
    return clock.section(
        [Looked(f"lab{number}", Section("x", ()), one) for number, one in enumerate(offsets)]
    )


@pytest.mark.parametrize(
    ("offset", "status", "told"),
    [
        (0.4, OK, "the same as that of the index lab0"),
        (-29.0, OK, "the same as that of the index lab0"),
        (100.0, WARN, "100 s behind that of the index lab0"),
        (-4000.0, FAIL, "4,000 s ahead of that of the index lab0"),
    ],
)
def test_by_the_time_of_a_server(offset: float, status: str, told: str) -> None:
    (finding,) = look(offset).findings
    assert (finding.status, finding.detail) == (status, told)
    assert bool(finding.remedy) is (status != OK)


def test_nobody_tells_the_time() -> None:
    (finding,) = look(None).findings
    assert (finding.code, finding.status) == ("clock-unknown", OK)
    assert len(look(None, 1.0, 2.0).findings) == 2
