"""Numbers, moments and words as people read them."""

from __future__ import annotations

from driverenv.report.content import BACK, EXTRA, FAILS, LOCAL, NAMED, PUBLIC, REMOVED, STALE, WELL

NOTHING = "\u2013"
"""A cell that has nothing to say."""
HOW = {
    "ready": "ready: the environment was there",
    "made": "a new environment was made",
    "checked": "the indexes had nothing new",
    "mended": "made again, since it had been changed",
    "stale": "an index did not answer: the last answer again",
    "refreshing": "the last answer once more, the indexes asked in the background",
    "pinned": "with the generation gone back to",
    "instance": "ready: a fresh instance of the environment was given",
    "failed": "failed",
}
ORIGINS = {
    LOCAL: "local",
    EXTRA: "site or vendor",
    PUBLIC: "public",
    NAMED: "named by a line",
}
STATES = {FAILS: "fails", STALE: "stale", BACK: "gone back", REMOVED: "removed", WELL: "well"}
WEIGHTS = {FAILS: "bad", STALE: "warn", BACK: "warn", REMOVED: "warn", WELL: "good"}
_STEP = 1000
_UNITS = ("B", "kB", "MB", "GB", "TB")
_MINUTE = 60


def amount(size: int | None) -> str:
    """Bytes."""
    if size is None:
        return NOTHING
    shown, unit = float(size), _UNITS[0]
    for unit in _UNITS:
        if shown < _STEP or unit == _UNITS[-1]:
            break
        shown /= _STEP
    return f"{shown:.0f} {unit}" if unit == _UNITS[0] else f"{shown:.1f} {unit}"


def moment(when: str) -> str:
    """A moment of ISO 8601; what is none is shown as it is."""
    return f"{when[:10]} {when[11:16]} UTC" if when[10:11] == "T" else when or NOTHING


def seconds(spent: float) -> str:
    """A duration."""
    if spent < 1:
        return f"{spent * 1000:.0f} ms"
    return f"{spent:.1f} s" if spent < _MINUTE else f"{spent / _MINUTE:.0f} min"


def things(count: int, one: str, several: str = "") -> str:
    """A number and its noun."""
    return f"1 {one}" if count == 1 else f"{count:,} {several or one + 's'}"
