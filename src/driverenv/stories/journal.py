"""The diary of one launch: what it goes by, what it has learned, how long its stages took, and its log."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from driverenv import __version__, facts
from driverenv.errors import DriverEnvError, foreign
from driverenv.events import Asked, Event, Listener, Stages, Traffic, Warned
from driverenv.facts import Record
from driverenv.model.requirement import Interpreter, Requirements
from driverenv.model.resolution import Facts
from driverenv.model.site import Policy
from driverenv.records import install_log, logger
from driverenv.records.install_log import InstallLog
from driverenv.stories.site import Site


class Journal:
    """The diary of one launch. Safe for threads."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.when = time.time()
        """When it began, in seconds since the epoch."""
        self._begun = time.monotonic()
        self._stages: dict[str, float] = {}
        self._running: list[str] = []
        """The stages that go on, the outermost first; the clock of the last one runs."""
        self._since = self._begun
        self._thread = 0
        self._traffic: dict[tuple[str, bool], Traffic] = {}
        self._lock = threading.Lock()
        self._record = Record(driver=site.driver, name=site.name, policy=site.policy)
        self._known = Facts()
        self._digests: dict[str, str] = {}
        self._warnings: set[tuple[str, str]] = set()
        self._asked: set[Asked] = set()
        self._log = InstallLog()
        self._log.note(install_log.heading(site.driver, site.name, iso(self.when), __version__))
        self._log.note(install_log.of_policy(site.policy))

    @property
    def seconds(self) -> float:
        """Since it began."""
        return time.monotonic() - self._begun

    def aims_at(self, interpreter: Interpreter) -> None:
        """The interpreter is known."""
        target = interpreter.target
        self._record = replace(self._record, target=target)
        self._log.note([f"python        {target.python_full_version}, {interpreter.executable}"])

    def hearing(self, on_event: Listener) -> Listener:
        """`on_event`, overheard."""

        def hear(event: Event) -> None:
            with self._lock:
                if isinstance(event, Warned):
                    self._warnings.add((event.code, event.text))
                elif isinstance(event, Asked):
                    self._asked.add(event)
            self._log.hear(event, self.seconds)
            logger.log(event, self.site.name)
            on_event(event)

        return hear

    @contextlib.contextmanager
    def timing(self, stage: str) -> Iterator[None]:
        """Count the time in here to `stage`, however it ends, and not to the stage around it.

        What other threads do meanwhile counts to the stage of the launch's own thread that waits for it.
        """
        me = threading.get_ident()
        if self._running and me != self._thread:
            yield
            return
        self._thread = me
        self._settle()
        self._running.append(stage)
        self._stages.setdefault(stage, 0.0)
        try:
            yield
        finally:
            self._settle()
            self._running.pop()

    def _settle(self) -> None:
        """Count the time since the last call to the stage that goes on."""
        now = time.monotonic()
        if self._running:
            self._stages[self._running[-1]] += now - self._since
        self._since = now

    @property
    def timings(self) -> dict[str, float]:
        """Seconds by stage, up to this moment."""
        found, running = dict(self._stages), self._running[-1:]
        return found | {stage: found[stage] + time.monotonic() - self._since for stage in running}

    @property
    def stages(self) -> Stages:
        """The same, as events have it."""
        return tuple(self.timings.items())

    @contextlib.contextmanager
    def requesting(self, index: str, _method: str, _url: str, public: bool) -> Iterator[None]:  # noqa: FBT001 (an `OnRequest`)
        """Count a request, which goes on in the `with`."""
        begun = time.monotonic()
        try:
            yield
        finally:
            spent = time.monotonic() - begun
            with self._lock:
                before = self._traffic.get((index, public), Traffic(index, public, 0, 0.0, 0.0))
                self._traffic[index, public] = Traffic(
                    index, public, before.requests + 1, before.seconds + spent, max(before.slowest, spent)
                )

    @property
    def traffic(self) -> tuple[Traffic, ...]:
        """What was sent to each index, local ones first."""
        with self._lock:
            return tuple(sorted(self._traffic.values(), key=lambda one: (one.public, one.index)))

    def read(self, requirements: Requirements) -> None:
        """The driver's requirements are known."""
        self._record = replace(self._record, requirements=requirements)
        self._log.note(install_log.of_requirements(requirements))

    def learned(self, policy: Policy, requirements: Requirements, known: Facts) -> None:
        """What is known after a round of questions; the last one has it all."""
        self._record = replace(self._record, policy=policy, requirements=requirements)
        self._known = known

    def fetched(self, digests: Mapping[str, str]) -> None:
        """Files are there, with these SHA-256 digests by `Candidate.key`."""
        self._digests.update(digests)

    def decided(self, told: Mapping[str, Any], building: tuple[str, ...]) -> None:
        """What is chosen, as a receipt has it; `building` names the sdists whose build it is for."""
        self._log.note(install_log.of_distributions(told["distributions"], building))

    def note(self, line: str) -> None:
        """A line for the log."""
        self._log.note([foreign(line, limit=1000)])

    @property
    def known(self) -> Facts:
        """What was known at the beginning of the last round of questions."""
        return self._known

    @property
    def asked(self) -> list[Asked]:
        """Every answer that was given, in order of names."""
        return sorted(self._asked, key=lambda one: (one.project, one.public, one.index))

    @property
    def warnings(self) -> list[tuple[str, str]]:
        """Code and text of each warning so far, in an order of their own: they come from many threads."""
        return sorted(self._warnings)

    def log(self, end: str) -> bytes:
        """The log for people, with these last lines."""
        stages = [f"{stage} {seconds:.3f} s" for stage, seconds in self.timings.items()]
        times = [f"times         {', '.join(stages)}"] if stages else []
        return self._log.text(["", *times, *end.split("\n")])

    def record(self, error: Exception | None = None) -> Record:
        """The facts by now, and what the launch failed with."""
        wanted = self._record.requirements
        learned: dict[str, Any] = {}
        if wanted is not None:
            learned["listings"] = facts.answers(self._known, wanted, self._record.policy)
            learned["dependencies"] = self._known.dependencies
        return replace(
            self._record,
            **learned,
            digests=self._digests,
            warnings=tuple(self._warnings),
            error=error if isinstance(error, DriverEnvError) else None,
        )


def iso(when: float) -> str:
    """Seconds since the epoch as ISO 8601, UTC."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(when))
