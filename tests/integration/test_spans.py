"""Real launches as spans of OpenTelemetry."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest

from driverenv import prepare
from driverenv.errors import DriverEnvError
from tests.unit.stories.bench import Bench

pytest.importorskip("opentelemetry.sdk", reason="the SDK of OpenTelemetry is not installed")

from opentelemetry.trace import StatusCode

from driverenv.otel import Spans
from tests.unit.test_otel import Recorder, parent


@pytest.fixture
def recorder() -> Iterator[Recorder]:
    recorder = Recorder()
    yield recorder
    recorder.close()


def test_a_launch_from_its_begin_to_its_end(recorder: Recorder, bench: Bench) -> None:
    bench.sdist("six", "1.16.0", requires=["alpha"])
    bench.wheel("alpha")
    request = bench.request("six\n", builds="allowed")
    with recorder.tracer.start_as_current_span("the server's own"):
        made = prepare(request, on_event=Spans(recorder.tracer))
    launch = recorder.one("prepare")
    assert parent(recorder, launch) == "the server's own"
    assert launch.attributes == {
        "driverenv.driver": "Switch Driver",
        "driverenv.python": sys.version.split()[0].rstrip("+"),
        "driverenv.reused": False,
        "driverenv.prefix": made.prefix,
    }
    assert launch.status.status_code == StatusCode.UNSET
    for name in ("resolve", "link"):
        assert parent(recorder, recorder.one(name)) == "driverenv.prepare"
    build = recorder.one("build")
    assert build.attributes is not None
    assert build.attributes["driverenv.wheel"] == "six-1.16.0-py3-none-any.whl"
    asks = [span for span in recorder.spans if span.name == "driverenv.ask"]
    assert {parent(recorder, span) for span in asks} <= {"driverenv.resolve", "driverenv.prepare"}
    for span in recorder.spans:
        assert (span.end_time or 0) >= (span.start_time or 0)
        assert span.context.trace_id == launch.context.trace_id


def test_a_real_failure(recorder: Recorder, bench: Bench) -> None:
    with pytest.raises(DriverEnvError):
        prepare(bench.request("six\n"), on_event=Spans(recorder.tracer))
    assert recorder.one("prepare").status.description == "ABSENT_OFFLINE"
    assert recorder.one("resolve").status.status_code == StatusCode.ERROR
