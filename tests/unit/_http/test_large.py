"""Large answers: in turn, and bounded in sum."""

from __future__ import annotations

import math

import pytest

from driverenv._http import HttpTransport, Timeouts, TransportFailure
from driverenv._http.large import LARGE, LargeAnswers
from driverenv.model.site import Index, Policy
from tests.kit import rawserver
from tests.kit.factories import RawServerFactory

TIMES = Timeouts()


def test_who_waits_too_long_fails() -> None:
    answers = LargeAnswers()
    with answers.alone(TIMES, math.inf):
        assert answers.locked()
        with pytest.raises(TransportFailure) as caught, answers.alone(TIMES, 0.0):
            pass
    assert (caught.value.kind, answers.locked()) == ("timeout", False)


def test_the_sum_is_bounded_and_small_answers_do_not_count() -> None:
    answers = LargeAnswers(in_all=3 * LARGE)
    for size in (LARGE, LARGE, 2 * LARGE, 2 * LARGE):
        with answers.alone(TIMES, math.inf):
            answers.came(size)
    with pytest.raises(TransportFailure) as caught, answers.alone(TIMES, math.inf):
        pass
    assert (caught.value.kind, caught.value.again, answers.locked()) == ("too-large", False, False)


@pytest.mark.parametrize(("limit", "is_held"), [(32 << 20, True), (8 << 20, False)])
def test_a_large_page_has_its_turn_until_it_was_read(
    raw_server: RawServerFactory, limit: int, *, is_held: bool
) -> None:
    server = raw_server()
    server.otherwise(rawserver.page(b"x" * (LARGE + 1)))
    index = Index(server.url)
    transport = HttpTransport(Policy(local=[index]))
    answer = transport.get(index, server.url + "/p", public=False, limit=limit)
    assert transport._large.locked() is is_held
    answer.done()
    answer.done()
    assert not transport._large.locked()
    transport.close()
