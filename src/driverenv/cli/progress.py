"""What a launch tells, for people: one plain line a stage, or a live display on a terminal."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, Self

from driverenv import events
from driverenv.cli.printing import warning_line, wrapped
from driverenv.cli.shell import Shell
from driverenv.errors import foreign

if TYPE_CHECKING:
    from driverenv.cli.profiling import Profile

MOST_ROWS = 6
COLLISION = "FILE_COLLISION"
_SOON = 0.0995
_RECENT = 3.0  # seconds: what a rate is the mean of
_RATE_AFTER = 0.5


def duration(seconds: float) -> str:
    """A time span as people say it: "3 ms", "0.8 s", "2 min 5 s"."""
    if seconds < _SOON:
        return f"{max(1, round(seconds * 1000))} ms"
    if seconds < 59.95:  # noqa: PLR2004 (what would be shown as 60.0 s)
        return f"{seconds:.1f} s"
    return f"{round(seconds) // 60} min {round(seconds) % 60} s"


def amount(count: int) -> str:
    """Bytes as people say them, in powers of 1000: "812 B", "11 kB", "12.3 MB"."""
    if count < 1000:  # noqa: PLR2004
        return f"{count} B"
    if count < 999_500:  # noqa: PLR2004
        return f"{count / 1000:.0f} kB"
    if count < 999_950_000:  # noqa: PLR2004
        return f"{count / 1e6:.1f} MB"
    return f"{count / 1e9:.1f} GB" if count < 999_950_000_000 else f"{count / 1e12:.1f} TB"  # noqa: PLR2004


def things(count: int, noun: str) -> str:
    """A count with its noun: "1 file", "2 files"."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


class Tally:
    """What was heard so far. `hear` gives the plain lines to say now, `rows` what a live display shows.

    Args:
        verbose: every step is said.
        resolving: what is resolved, where that is all that will be done.
    """

    def __init__(self, *, verbose: bool = False, resolving: str = "") -> None:
        self.verbose = verbose
        self._resolving = resolving
        self.ready: events.Ready | None = None
        self.solved: events.Solved | None = None
        self.warnings: list[events.Warned] = []
        self._said: set[str] = set()
        self._stage = ""
        self._known = (0, 0)
        self._coming: dict[str, tuple[int, int | None]] = {}
        self._samples: deque[tuple[float, int]] = deque()
        self._files = self._bytes = 0
        self._building: dict[str, None] = {}

    def hear(self, event: events.Event) -> list[str]:
        """Take one event in; the lines that a plain display says now."""
        lines: list[str] = []
        match event:
            case events.Started():
                lines = self._hear_start(event)
            case events.Asked() | events.Resolving():
                lines = self._hear_question(event)
            case events.Solved() if not self._building:  # else a build's own little environment
                self.solved, self._stage = event, "resolved"
                lines = [f"resolved {self._count(event)}"]
            case events.Downloading() | events.Downloaded():
                lines = self._hear_fetch(event)
            case events.Building() | events.Built():
                lines = self._hear_build(event)
            case events.BuiltElsewhere() if self.verbose:
                lines = [f"  {foreign(event.filename)}: from the fleet store, built by {event.by}"]
            case events.Linking() if not self._building:
                self._stage = f"linking {things(event.count, 'distribution')}"
                lines = [self._stage + self._fetched()]
            case events.Ready():
                self.ready = event
                lines = [self._end(event)]
        return lines

    def rows(self, width: int, seconds: float) -> list[str]:
        """The live display: what is being done, then each file; no row is wider than `width`."""
        rows = [_row("building" if self._building else self._stage or "starting", "", width)]
        coming = list(self._coming.items())  # others write while this is drawn
        received = self._bytes + sum(got for _, (got, _) in coming)
        if received:
            figures = amount(received) + (self._rate(seconds, received) if coming else "")
            done = f"{things(self._files, 'file')} done" if self._files else "received"
            rows.append(_row(done, figures, width))
        for filename, (got, total) in coming[:MOST_ROWS]:
            figures = amount(got) if total is None else f"{amount(got)} of {amount(total)}"
            rows.append(_row(f"  {foreign(filename)}", figures, width))
        rows += [
            _row(f"  building {foreign(filename)}", "", width)
            for filename in list(self._building)[:MOST_ROWS]
        ]
        return rows

    def _rate(self, seconds: float, received: int) -> str:
        """What came lately, a second; of times when nothing was on its way there are no samples."""
        self._samples.append((seconds, received))
        while self._samples[0][0] < seconds - _RECENT:
            self._samples.popleft()
        since, before = self._samples[0]
        if seconds - since < _RATE_AFTER:
            return ""
        return f", {amount(max(0, int((received - before) / (seconds - since))))}/s"

    def _hear_start(self, event: events.Started) -> list[str]:
        python = f"Python {event.python}" if event.python[:1].isdigit() else event.python
        if self._resolving:
            self._said.add("resolving")
            self._stage = f"resolving {foreign(self._resolving)}"
        else:
            self._stage = f"preparing {foreign(event.name)}"
        return [f"{self._stage} for {foreign(python)}" if python else self._stage]

    def _hear_question(self, event: events.Asked | events.Resolving) -> list[str]:
        if isinstance(event, events.Resolving):
            self._known = (event.projects, event.candidates)
        if self.solved is None and not self._building:
            projects, candidates = self._known
            self._stage = f"resolving: {things(projects, 'project')}, {things(candidates, 'candidate')}"
        lines = self._once("resolving")
        if self.verbose and isinstance(event, events.Asked):
            lines.append(f"  {foreign(event.project)}: {foreign(event.answer)} at {foreign(event.index)}")
        return lines

    def _hear_fetch(self, event: events.Downloading | events.Downloaded) -> list[str]:
        lines = self._once("fetching")  # a folder's files are copied, and small files tell only their end
        if self.solved and not self._building:
            self._stage = "fetching"
        if isinstance(event, events.Downloading):
            self._coming[event.filename] = (event.received, event.total)
            return lines
        self._coming.pop(event.filename, None)
        self._files += 1
        self._bytes += event.size
        return [*lines, f"  {foreign(event.filename)}: {amount(event.size)}"] if self.verbose else lines

    def _hear_build(self, event: events.Building | events.Built) -> list[str]:
        if isinstance(event, events.Building):
            self._building[event.filename] = None
            return [f"building {foreign(event.filename)}"]
        self._building.pop(event.filename, None)
        return [f"  {foreign(event.filename)}: built in {duration(event.seconds)}"] if self.verbose else []

    def _once(self, stage: str) -> list[str]:
        if stage in self._said:
            return []
        self._said.add(stage)
        return [stage]

    def _fetched(self) -> str:
        return f" ({things(self._files, 'file')} fetched, {amount(self._bytes)})" if self._files else ""

    def _count(self, solved: events.Solved) -> str:
        public = solved.count - solved.local
        return f"{things(solved.count, 'distribution')}, {solved.local} local, {public} public"

    def _end(self, ready: events.Ready) -> str:
        if ready.reused and self.solved:
            return f"ready in {duration(ready.seconds)}: nothing has changed"
        if ready.reused:
            return f"ready (nothing to do) in {duration(ready.seconds)}"
        counts = f": {self._count(self.solved)}" if self.solved else ""
        return f"ready in {duration(ready.seconds)}{counts}"


def _row(text: str, figures: str, width: int) -> str:
    """`text` and `figures` in one row; where both have no room, the text is cut, not the figures."""
    room = width - 2 - (len(figures) + 2 if figures else 0)  # two columns for the sign in front
    if len(text) > room:
        text = text[: max(1, room - 1)] + "…"
    return f"{text}  {figures}" if figures else text


class Screen(Protocol):
    """Where progress is shown."""

    def show(self, lines: list[str], *, last: bool) -> None:
        """Say `lines`; `last` where they are the end of the story."""

    def say(self, line: str) -> None:
        """Say a line that must stay, such as a warning."""

    def close(self) -> None:
        """Nothing more comes."""


class PlainScreen:
    """One line a stage, for pipes and logs."""

    def __init__(self, shell: Shell, *, quiet: bool) -> None:
        self._shell = shell
        self._quiet = quiet

    def show(self, lines: list[str], *, last: bool) -> None:  # noqa: ARG002 (a live screen needs it)
        """Say `lines`, unless quiet."""
        if not self._quiet:
            for line in lines:
                self.say(line)

    def say(self, line: str) -> None:
        """Say `line` in any case."""
        self._shell.err.write(line + "\n")
        self._shell.err.flush()

    def close(self) -> None:
        """Nothing to put away."""


class Progress:
    """Listens to a launch and shows it; may be called from many threads.

    Args:
        shell: the surroundings.
        quiet: only warnings are shown.
        verbose: every step is said.
        as_json: nothing is said in words; warnings are for the caller to hand on.
        resolving: what is resolved, where that is all that will be done.
        profile: adds up where the time went, and is shown at the end.
        has_result: whether that is part of a result in JSON, where the launch comes to one.
    """

    def __init__(
        self,
        shell: Shell,
        *,
        quiet: bool = False,
        verbose: bool = False,
        as_json: bool = False,
        resolving: str = "",
        profile: Profile | None = None,
        has_result: bool = True,
    ) -> None:
        self.tally = Tally(verbose=verbose, resolving=resolving)
        self.profile = profile
        self._has_result = has_result
        self._as_json = as_json
        self._lock = threading.Lock()
        self._shell = shell
        self._plain = PlainScreen(shell, quiet=quiet or as_json)
        self._screen: Screen = self._plain
        self._may_go_live = shell.watched and not (quiet or verbose or as_json)

    def __call__(self, event: events.Event) -> None:
        """Hear `event`."""
        with self._lock:
            if self.profile is not None:
                self.profile.hear(event)
            if isinstance(event, events.Warned):
                self._warn(event)
                return
            if isinstance(event, events.Ready):
                self._say_folded()
            lines = [self._fit(line) for line in self.tally.hear(event)]
            if self._may_go_live and not isinstance(event, events.Ready):
                self._may_go_live = False
                self._screen = _live(self._shell, self.tally.rows)
            self._screen.show(lines, last=isinstance(event, events.Ready))

    def _warn(self, event: events.Warned) -> None:
        """Say it, but of collisions, which real drivers have by the dozen, only the first."""
        again = any(one.code == event.code == COLLISION for one in self.tally.warnings)
        self.tally.warnings.append(event)
        if not self._as_json and (self.tally.verbose or not again):
            self._say(event.code, event.text)

    def _say_folded(self) -> None:
        more = sum(one.code == COLLISION for one in self.tally.warnings) - 1
        if more > 0 and not (self._as_json or self.tally.verbose):
            self._say(COLLISION, f"and {more} more like it (--verbose shows them)")

    def _say(self, code: str, text: str) -> None:
        self._screen.say(self._fit(warning_line(code, text, colour=self._shell.watched)))

    def _fit(self, line: str) -> str:
        indent = " " * (len(line) - len(line.lstrip(" ")))
        return "\n".join(wrapped(line, self._shell.width, indent + "  "))

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Take the display away, so that what follows has the terminal for itself."""
        with self._lock:
            self._screen.close()
            self._screen = self._plain
            if self.profile is not None:
                self._tell(self.profile, is_result=self._has_result and error is None)

    def _tell(self, profile: Profile, *, is_result: bool) -> None:
        if not self._as_json:
            self._shell.err.write(profile.text(self._shell.width))
        elif not is_result:
            self._shell.err.write(profile.json_line())
        self._shell.err.flush()


def _live(shell: Shell, rows: Callable[[int, float], list[str]]) -> Screen:
    from driverenv.cli.live import LiveScreen  # noqa: PLC0415 (rich costs 60 ms, for a watching person only)

    return LiveScreen(shell, rows)
