"""The story of a replay: facts from a file in, the same lock or the same error out. Nobody is asked."""

from __future__ import annotations

import os

from driverenv import facts, resolve
from driverenv.candidates import Sieve
from driverenv.errors import DriverEnvError, FactsInvalid, LockMismatch, foreign
from driverenv.events import Listener, Warned, ignore
from driverenv.facts import Record
from driverenv.model.answers import Found
from driverenv.model.lock import Lock, LockedPin
from driverenv.model.resolution import Conflict, Facts, Questions, Resolution
from driverenv.stories.failure import read_facts
from driverenv.stories.pinning import locked
from driverenv.stories.resolving import Outcome, terms


def replay(path: str | os.PathLike[str], *, on_event: Listener | None = None) -> Lock:
    """The lock that follows from the facts at `path`: the same as when they were saved.

    No index is asked, no interpreter is started, no other file is read. What the launch warned of is
    told again.

    Raises:
        FactsInvalid: the file is malformed, of another version, or not complete.
        DriverEnvError: what the launch raised, with the same text.
    """
    shown = os.fspath(path)
    record = read_facts(shown)
    tell = on_event or ignore
    for code, text in sorted(record.warnings):
        tell(Warned(code, text))
    outcome, resolution = resolved_again(record, path=shown)
    if record.error is not None:  # the resolution went well; what came after it did not
        raise record.error
    target = record.target
    assert target is not None  # noqa: S101 (there is no outcome without)
    pins = tuple(_with_digest(locked(pin, outcome, record.digests), shown) for pin in resolution.pins)
    return Lock(pins=pins, python=target.python_full_version, requirements_path=record.driver)


def resolved_again(record: Record, *, path: str) -> tuple[Outcome, Resolution]:
    """What follows from the facts. Raises the error that follows, else the one that was saved with them."""
    if isinstance(record.error, LockMismatch):  # a lock is no part of the facts
        raise record.error
    outcome = solved_again(record)
    if outcome is None:
        raise record.error or _incomplete(path)
    if isinstance(outcome.result, Conflict):
        assert record.target is not None  # noqa: S101 (there is no outcome without)
        raise resolve.explain(
            outcome.result, outcome.facts, record.target, outcome.rules, policy=record.policy
        )
    return outcome, outcome.result


def solved_again(record: Record) -> Outcome | None:
    """What solving comes to by the facts; None where they are those of a launch that could not go on.

    Raises what the solver raises.
    """
    if record.requirements is None or record.target is None or _is_given_up(record.error):
        return None
    by = terms(record.requirements, record.target, record.policy)
    known = sifted(record, by.sieve)
    result = resolve.solve(by.demands, known, record.target, by.rules)
    if isinstance(result, Questions):
        return None
    return Outcome(result, known, record.requirements, by.rules, record.policy.baseline)


def _is_given_up(error: DriverEnvError | None) -> bool:
    """Whether the search ended by a bound: how far it comes by then depends on the machine."""
    return error is not None and error.code == "TOO_DEEP"


def sifted(record: Record, sieve: Sieve) -> Facts:
    """The facts as the solver takes them."""
    listings = {
        project: sieve.sift(project, one) if isinstance(one, Found) else one
        for project, one in record.listings.items()
    }
    return Facts(listings, dict(record.dependencies))


def _with_digest(pin: LockedPin, path: str) -> LockedPin:
    if any(name == "sha256" for name, _ in pin.hashes):
        return pin
    raise FactsInvalid(
        f"the facts have no SHA-256 of {foreign(pin.filename)}, which its index does not give",
        facts=(("file", foreign(path)),),
        remedies=("save them with `driverenv lock`, which reads such files",),
        data={"file": path, "project": pin.name},
    )


def _incomplete(path: str) -> DriverEnvError:
    return facts.invalid(path, "the launch ended before all was known, and how it ended is not in it")
