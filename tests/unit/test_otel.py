from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import pytest

from driverenv import events
from driverenv.events import Event
from tests.budget.source import SRC

pytest.importorskip("opentelemetry.sdk", reason="the SDK of OpenTelemetry is not installed")

from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode, Tracer

from driverenv.otel import Spans


class Recorder:
    """A tracer, and what it traced."""

    def __init__(self) -> None:
        self._exporter = InMemorySpanExporter()
        self._provider = TracerProvider(shutdown_on_exit=False)
        self._provider.add_span_processor(SimpleSpanProcessor(self._exporter))
        self.tracer: Tracer = self._provider.get_tracer("test")

    @property
    def spans(self) -> list[ReadableSpan]:
        return sorted(self._exporter.get_finished_spans(), key=lambda span: span.start_time or 0)

    def one(self, name: str) -> ReadableSpan:
        (found,) = [span for span in self.spans if span.name == f"driverenv.{name}"]
        return found

    def close(self) -> None:
        self._provider.shutdown()


@pytest.fixture
def recorder() -> Iterator[Recorder]:
    recorder = Recorder()
    yield recorder
    recorder.close()


def tell(recorder: Recorder, *told: Event) -> None:
    spans = Spans(recorder.tracer)
    for event in told:
        spans(event)


def parent(recorder: Recorder, span: ReadableSpan) -> str:
    (found,) = [
        one.name for one in recorder.spans if span.parent and one.context.span_id == span.parent.span_id
    ] or [""]
    return found


def test_a_warm_launch_is_one_span(recorder: Recorder) -> None:
    tell(recorder, events.Ready("/home/k/Switch Driver", reused=True, seconds=0.5))
    (launch,) = recorder.spans
    assert launch.attributes == {"driverenv.reused": True, "driverenv.prefix": "/home/k/Switch Driver"}
    assert (launch.end_time or 0) - (launch.start_time or 0) == 500_000_000


def test_work_within_its_stage(recorder: Recorder) -> None:
    tell(
        recorder,
        events.Started("Switch Driver", "3.11.7"),
        events.Asked("six", "lab", "found", public=False, seconds=0.25),
        events.Solved(1, 1, seconds=0.5),
        events.Downloaded("six.whl", 7, "ab", seconds=0.125),
        events.Linking(1),
        events.Linked(1, 0.25),
        events.Ready("/prefix", reused=False, seconds=1.0),
    )
    ask, download = recorder.one("ask"), recorder.one("download")
    assert (parent(recorder, ask), parent(recorder, download)) == ("driverenv.resolve", "driverenv.prepare")
    assert ask.attributes == {
        "driverenv.project": "six",
        "driverenv.index": "lab",
        "driverenv.index.public": False,
        "driverenv.answer": "found",
    }
    assert download.attributes == {"file.name": "six.whl", "file.size": 7, "driverenv.sha256": "ab"}
    assert recorder.one("resolve").attributes == {"driverenv.count": 1, "driverenv.count.local": 1}


def test_a_failure_ends_all_that_goes_on(recorder: Recorder) -> None:
    tell(
        recorder,
        events.Started("Switch Driver", "3.11.7"),
        events.Resolving(1, 1),
        events.Building("six.tar.gz"),
        events.Failed("BUILD_FAILED", "BUILD_FAILED: it broke", 1.0, receipt="/failures/f.json"),
    )
    for name in ("prepare", "resolve", "build"):
        span = recorder.one(name)
        assert span.status.status_code == StatusCode.ERROR
        assert span.attributes is not None
        assert span.attributes["error.type"] == "BUILD_FAILED"
    (event,) = recorder.one("prepare").events
    assert event.attributes == {
        "exception.type": "BUILD_FAILED",
        "exception.message": "BUILD_FAILED: it broke",
    }


def test_what_has_no_duration(recorder: Recorder) -> None:
    tell(
        recorder,
        events.Started("Switch Driver", "3.11.7"),
        events.InterpreterChanged("Switch Driver", "/old", "3.11.6", "/new", "3.11.7"),
        events.Warned("STALE", "an index did not answer"),
        events.StartupHook("six", "1.0", "six.pth", ("import six",)),
        events.Downloading("six.whl", 1, None),
        events.Working("checking", "x", 1, 2),
        events.Ready("/prefix", reused=True, seconds=1.0),
    )
    names = [event.name for event in recorder.one("prepare").events]
    assert names == ["driverenv.interpreter_changed", "driverenv.warning", "driverenv.startup_hook"]


def test_all_begins_again_where_the_store_was_damaged(recorder: Recorder) -> None:
    tell(
        recorder,
        events.Started("Switch Driver", "3.11.7"),
        events.Solved(1, 1),
        events.Linking(1),
        events.Asked("six", "lab", "found", public=False),
        events.Solved(1, 1),
        events.Built("six.tar.gz", "six.whl", 0.5),  # its begin was not heard
        events.Linking(1),
        events.Linked(1, 0.25),
        events.Ready("/prefix", reused=False, seconds=1.0),
    )
    names = [span.name for span in recorder.spans]
    assert (names.count("driverenv.link"), names.count("driverenv.resolve")) == (2, 2)


def test_one_listener_for_two_launches_in_a_row(recorder: Recorder) -> None:
    ready = events.Ready("/prefix", reused=True, seconds=0.1)
    tell(recorder, ready, ready)
    assert len(recorder.spans) == 2


def test_nobody_imports_it() -> None:
    code = (
        f"import sys; sys.path.insert(0, {str(SRC)!r})\n"
        "import driverenv.cli.main, driverenv.stories.prepare, driverenv.stories.making\n"
        "print([name for name in sys.modules if name.startswith('opentelemetry')])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout == "[]\n"
