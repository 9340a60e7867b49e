from __future__ import annotations

import pytest

from driverenv._cell.terms import Held, Limits, Order, Report


def test_an_order_crosses_a_pipe_whole() -> None:
    order = Order(
        argv=["/usr/bin/python3", "-c", "print('é\udcff\n')"],
        cwd="/work",
        environ={"A": "b=c"},
        work="/work",
        private="/private",
        needed=["/env"],
        limits=Limits(1.5, 2, 3, 4, 5),
        isolation="auto",
        network=True,
    )
    line = order.encoded()
    assert line.count(b"\n") == 1
    assert Order.decoded(line) == order


def test_a_report_crosses_a_pipe_whole() -> None:
    report = Report(None, "disk", "", Held("cut", "own", "namespace"), "too deep")
    assert Report.decoded(report.encoded()) == report


@pytest.mark.parametrize("line", [b"", b"[]", b"{}", b'{"status": 0}', b"Traceback", b'{"held": 1}'])
def test_no_report(line: bytes) -> None:
    with pytest.raises(ValueError, match=r"report|Expecting"):
        Report.decoded(line)
