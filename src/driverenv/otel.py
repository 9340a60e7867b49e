"""Launches as spans of OpenTelemetry, made of their events. Needs the extra ``otel``; nothing else imports this.

>>> from driverenv.otel import Spans  # doctest: +SKIP
>>> prepare(request, on_event=Spans())  # doctest: +SKIP
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping

from opentelemetry import context as contexts
from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import Span, Status, StatusCode, Tracer

from driverenv import __version__, events
from driverenv.events import Event

NAME = "driverenv"
LAUNCH, RESOLVE, ASK, DOWNLOAD, BUILD, LINK = (
    "driverenv.prepare",
    "driverenv.resolve",
    "driverenv.ask",
    "driverenv.download",
    "driverenv.build",
    "driverenv.link",
)
Attributes = Mapping[str, "str | bool | int | float"]


class Spans:
    """A listener that makes spans of one launch; make one for each, where the launch begins.

    The launch is a child of the span that is current then, in the thread that makes this. Safe for threads.

    Args:
        tracer: by default that of the provider which the program has set.
    """

    def __init__(self, tracer: Tracer | None = None) -> None:
        self._tracer = tracer or trace.get_tracer(NAME, __version__)
        self._around = contexts.get_current()
        self._lock = threading.Lock()
        self._launch: Span | None = None
        self._stage: Span | None = None
        """Resolving or linking."""
        self._stage_name = ""
        self._builds: dict[str, Span] = {}

    def __call__(self, event: Event) -> None:
        """Hear an event."""
        with self._lock:
            self._hear(event, time.time_ns())

    def _hear(self, event: Event, now: int) -> None:
        match event:
            case events.Started():
                told: Attributes = {"driverenv.driver": event.name, "driverenv.python": event.python}
                self._root(now).set_attributes(told)
            case events.Resolving():
                self._enter(RESOLVE, now)
            case events.Solved():
                self._enter(RESOLVE, now - _ns(event.seconds))
                self._leave(now, {"driverenv.count": event.count, "driverenv.count.local": event.local})
            case events.Linking():
                self._enter(LINK, now)
            case events.Linked():
                self._leave(now, {"driverenv.count": event.count})
            case events.Asked() | events.Downloaded() | events.Building() | events.Built():
                self._work(event, now)
            case events.Ready() | events.Locked() | events.Failed():
                self._end(event, now)
            case _:
                self._note(event, now)

    def _root(self, start: int) -> Span:
        """The span of the launch; its first event opens it."""
        if self._launch is None:
            self._launch = self._tracer.start_span(LAUNCH, self._around, start_time=start)
        return self._launch

    def _within(self, start: int) -> Context:
        """What is going on now, as the parent of something."""
        return trace.set_span_in_context(self._stage or self._root(start), self._around)

    def _enter(self, name: str, start: int) -> None:
        """A stage begins, unless it has begun; another one that is going on is over."""
        if self._stage_name != name:
            self._leave(start, {})
            parent = trace.set_span_in_context(self._root(start), self._around)
            self._stage, self._stage_name = self._tracer.start_span(name, parent, start_time=start), name

    def _leave(self, end: int, told: Attributes) -> None:
        if self._stage is not None:
            self._stage.set_attributes(told)
            self._stage.end(end)
        self._stage, self._stage_name = None, ""

    def _work(self, event: Event, now: int) -> None:
        """Work that many threads do at once: told when it is done, but for builds."""
        match event:
            case events.Asked():
                if self._stage is None:
                    self._enter(RESOLVE, now - _ns(event.seconds))
                told: Attributes = {
                    "driverenv.project": event.project,
                    "driverenv.index": event.index,
                    "driverenv.index.public": event.public,
                    "driverenv.answer": event.answer,
                }
                self._done(ASK, now, event.seconds, told)
            case events.Downloaded():
                told = {
                    "file.name": event.filename,
                    "file.size": event.size,
                    "driverenv.sha256": event.sha256,
                }
                self._done(DOWNLOAD, now, event.seconds, told)
            case events.Building():
                span = self._tracer.start_span(BUILD, self._within(now), start_time=now)
                span.set_attribute("file.name", event.filename)
                self._builds.setdefault(event.filename, span)
            case events.Built():
                if event.filename not in self._builds:
                    self._work(events.Building(event.filename), now - _ns(event.seconds))
                span = self._builds.pop(event.filename)
                span.set_attributes({"file.name": event.filename, "driverenv.wheel": event.wheel})
                span.end(now)

    def _done(self, name: str, now: int, seconds: float, told: Attributes) -> None:
        start = now - _ns(seconds)
        span = self._tracer.start_span(name, self._within(start), start_time=start)
        span.set_attributes(told)
        span.end(now)

    def _note(self, event: Event, now: int) -> None:
        """What has no duration: an event of the launch's span."""
        match event:
            case events.Warned():
                told: Attributes = {"driverenv.code": event.code, "driverenv.text": event.text}
                self._root(now).add_event("driverenv.warning", told, now)
            case events.StartupHook():
                told = {"driverenv.project": event.project, "file.name": event.file}
                self._root(now).add_event("driverenv.startup_hook", told, now)
            case events.InterpreterChanged():
                told = {"driverenv.python": event.version, "driverenv.python.before": event.was_version}
                self._root(now).add_event("driverenv.interpreter_changed", told, now)
            case _:
                pass

    def _end(self, event: events.Ready | events.Locked | events.Failed, now: int) -> None:
        launch = self._root(now - _ns(event.seconds))
        code = event.code if isinstance(event, events.Failed) else ""
        for span in (*self._builds.values(), *([self._stage] if self._stage else ())):
            _fail(span, code, now)
        self._stage, self._stage_name = None, ""
        if isinstance(event, events.Locked):
            launch.set_attribute("driverenv.count", event.count)
            launch.end(now)
        elif isinstance(event, events.Ready):
            launch.set_attributes({"driverenv.reused": event.reused, "driverenv.prefix": event.prefix})
            launch.end(now)
        else:
            told: Attributes = {"exception.type": event.code, "exception.message": event.text}
            launch.add_event("exception", told, now)
            launch.set_attribute("driverenv.receipt", event.receipt)
            _fail(launch, event.code, now)
        self._launch, self._builds = None, {}


def _fail(span: Span, code: str, now: int) -> None:
    """End a span with an error; `code` is "" where only its end is missing."""
    if code:
        span.set_attribute("error.type", code)
        span.set_status(Status(StatusCode.ERROR, code))
    span.end(now)


def _ns(seconds: float) -> int:
    return int(seconds * 1e9)
