from __future__ import annotations

import pytest

from driverenv._http import HttpTransport, Timeouts, Transport, TransportFailure, trouble_of
from driverenv.model.site import Index, Policy


def test_a_failure_reads_as_the_end_of_a_sentence() -> None:
    failure = TransportFailure("down", "the connection was refused")
    assert str(failure) == "the connection was refused"
    assert (failure.again, failure.partial) == (True, None)


def test_the_real_transport_is_a_transport() -> None:
    transport: Transport = HttpTransport(Policy())
    assert transport is not None


def test_trouble() -> None:
    assert TransportFailure("forbidden", "x").trouble == "redirect"
    assert TransportFailure("dns", "x").trouble == "dns"
    assert [trouble_of(status) for status in (401, 403, 404, 407, 500, 511)] == [
        "auth",
        "auth",
        "error",
        "proxy-auth",
        "error",
        "proxy-auth",
    ]


@pytest.mark.parametrize(
    ("terms", "connect", "first_byte", "answer", "whole"),
    [
        ({}, 3, 10, 11, 29.5),
        ({"connect_timeout": 1}, 1, 10, 11, 29.5),
        ({"connect_timeout": 20}, 20, 20, 21, 29.5),
        ({"answer_timeout": 5}, 3, 5, 6, 29.5),
        ({"answer_timeout": 60}, 3, 60, 61, 61),
        ({"whole_timeout": 90}, 3, 10, 11, 90),
        ({"connect_timeout": 1, "answer_timeout": 2, "whole_timeout": 3}, 1, 2, 3, 3),
    ],
)
def test_an_index_may_have_its_own_times(
    terms: dict[str, float], connect: float, first_byte: float, answer: float, whole: float
) -> None:
    times = Timeouts().of(Index("http://pypi.lab", **terms))  # type: ignore[arg-type]
    assert (times.connect, times.first_byte, times.answer, times.whole) == (
        connect,
        first_byte,
        answer,
        whole,
    )
