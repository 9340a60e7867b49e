"""Every error: a stable code, what happened, where, why, and what to do.

An error is data first (`code`, `summary`, `facts`, `remedies`, `data`) and text second: `str(error)`
is the whole explanation, ready for a log. Errors survive pickling. Foreign text (from indexes,
archives, builds) must go through `foreign` before it becomes part of one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, ClassVar

LEGACY = "Failed to setup the Python environment, error installing dependencies."
"""What execution servers used to log, whatever the cause was."""
_LABEL = 14


def foreign(text: object, *, limit: int = 300) -> str:
    """`text` from outside, safe for a terminal: control and format characters escaped, capped at `limit`."""
    shown = _escaped(str(text)[: limit + 1])
    return shown if len(shown) <= limit else shown[:limit] + "…"


def _escaped(text: str) -> str:
    if text.isprintable():
        return text
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode("ascii")
        for character in text
    )


def masked(text: str) -> str:
    """`text`, such as a line of a file, without what may be a password in it: in URLs, also in malformed ones."""
    return _LOGIN.sub("***@", _URL.sub(_masked_url, text))


def _masked_url(found: re.Match[str]) -> str:
    authority, rest = found["authority"], found["rest"]
    if "@" in rest and not _HOST.fullmatch(authority.rpartition("@")[2]):
        authority, rest = "@", rest.rpartition("@")[2]  # a password with a slash or a blank in it, unescaped
    path, mark, fragment = rest.partition("#")
    address, query, _ = path.partition("?")
    _, at, host = authority.rpartition("@")
    return (
        found["head"] + ("***@" if at else "") + host + address + ("?***" if query else "") + mark + fragment
    )


_URL = re.compile(
    r"(?P<head>[A-Za-z][A-Za-z0-9+.-]{0,30}:/{1,3}|(?<!:)//)(?P<authority>[^/?#\s]*)(?P<rest>\S*)"
)
_HOST = re.compile(r"[^:]*(?::\d*)?|\[[^\]]*\](?::\d*)?")
_LOGIN = re.compile(r"(?<![^\s\"'=])[^\s/@:=\"']{1,100}:(?!\\)[^\s/@]{1,300}@(?=[^\s@])")


class DriverEnvError(Exception):
    """The base of all errors that driverenv raises on purpose.

    Args:
        summary: what happened, one sentence without a full stop at its end.
        code: stable, upper case; by default the class's.
        facts: pairs of a short label ("required by", "local index") and a text; repeated labels are fine.
        remedies: what to do, each a sentence or a ready command; safe ones only.
        data: the same as JSON-able values, for `--json` and for programs.
    """

    default_code: ClassVar[str] = "ERROR"
    exit_code: ClassVar[int] = 100
    failure: str = ""
    """The path of the failure's receipt; empty where none was written (or the error has crossed a process border)."""

    def __init__(
        self,
        summary: str,
        *,
        code: str = "",
        facts: tuple[tuple[str, str], ...] = (),
        remedies: tuple[str, ...] = (),
        data: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(summary)
        self.summary = summary
        self.code = code or self.default_code
        self.facts = tuple(facts)
        self.remedies = tuple(remedies)
        self.data: dict[str, Any] = dict(data or {})

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle by fields, so that errors cross process borders whole."""
        return _restore, (type(self), self.summary, self.code, self.facts, self.remedies, self.data)

    def __str__(self) -> str:
        """The whole explanation: summary, then one fact a line, then the remedies."""
        lines = [f"{self.code}: {self.summary}"]
        previous = ""
        for label, text in (*self.facts, *(("to fix", remedy) for remedy in self.remedies)):
            shown = "" if label == previous else label
            previous = label
            first, *rest = text.split("\n")
            lines.append(f"  {shown:<{_LABEL}}{first}".rstrip())
            lines.extend(f"  {'':<{_LABEL}}{line}".rstrip() for line in rest)
        return "\n".join(_escaped(line) for line in "\n".join(lines).split("\n"))

    @property
    def legacy(self) -> str:
        """One sentence that is the same for every cause, then the code: for programs that search old logs."""
        return f"{LEGACY} [{self.code}]"

    def with_facts(self, *facts: tuple[str, str]) -> DriverEnvError:
        """The same error with more facts in front, for the one who knows more of the chain."""
        return _restore(type(self), self.summary, self.code, (*facts, *self.facts), self.remedies, self.data)

    def as_dict(self) -> dict[str, Any]:
        """The JSON shape: code, message, summary, facts, remedies, and the data."""
        return {
            "code": self.code,
            "message": str(self),
            "summary": self.summary,
            "facts": [list(fact) for fact in self.facts],
            "remedies": list(self.remedies),
            **self.data,
        }


def _restore(  # noqa: PLR0917 (pickle hands everything over by position)
    kind: type[DriverEnvError],
    summary: str,
    code: str,
    facts: tuple[tuple[str, str], ...],
    remedies: tuple[str, ...],
    data: dict[str, Any],
) -> DriverEnvError:
    return kind(summary, code=code, facts=facts, remedies=remedies, data=data)


class SettingsInvalid(DriverEnvError):
    """A settings file, a `DRIVERENV_*` variable or an argument has a value that is not allowed."""

    default_code = "SETTINGS_INVALID"
    exit_code = 101


class RequirementsInvalid(DriverEnvError):
    """A driver, or its requirements file, is missing, unreadable or malformed.

    Codes: `REQUIREMENTS_SYNTAX`, `REQUIREMENTS_MISSING`, `DRIVER_INVALID`.
    """

    default_code = "REQUIREMENTS_SYNTAX"
    exit_code = 102


class PolicyViolation(DriverEnvError):
    """A driver needs what the site's policy does not allow.

    Codes: `POLICY_URL`, `POLICY_VCS`, `POLICY_INDEX`, `POLICY_PATH`, `POLICY_TLS`, `POLICY_ENV`,
    `POLICY_OPTION`, `BUILD_FORBIDDEN`, `BUILD_UNCONFINED`, `PUBLIC_FORBIDDEN`, `CONFUSABLE`, `STARTUP_HOOK`.
    """

    default_code = "POLICY_VIOLATION"
    exit_code = 103


class LocalVersionMismatch(DriverEnvError):
    """A local index has the project, but nothing there fits: local version wins or fails.

    Codes: `LOCAL_NO_MATCH`, `LOCAL_EMPTY`, `LOCAL_VANISHED`.
    """

    default_code = "LOCAL_NO_MATCH"
    exit_code = 104


class ProjectNotFound(DriverEnvError):
    """No index that may serve the project has it, nothing asks for it, or nothing is remembered of it.

    Codes: `NOT_FOUND`, `ABSENT_OFFLINE`, `NOT_NEEDED`, `NOT_REMEMBERED`.
    """

    default_code = "NOT_FOUND"
    exit_code = 105


class IndexUnavailable(DriverEnvError):
    """An index could not answer, so nobody else was asked in its place.

    Codes: `LOCAL_DOWN`, `LOCAL_DNS`, `LOCAL_TIMEOUT`, `LOCAL_TLS`, `LOCAL_AUTH`, `LOCAL_ERROR`, `LOCAL_REDIRECT`,
    `LOCAL_NOT_AN_INDEX`, `LOCAL_TRUNCATED`, `LOCAL_TOO_LARGE`, `PUBLIC_UNAVAILABLE`, `PUBLIC_REDIRECT`, `PROXY_AUTH`.
    """

    default_code = "LOCAL_ERROR"
    exit_code = 106

    @staticmethod
    def code_for(kind: str, *, public: bool) -> str:
        """The code for a `kind` of trouble ("down", "dns", "auth", "not-an-index" ...) with an index of that role."""
        if kind == "proxy-auth":
            return "PROXY_AUTH"
        if public:
            return "PUBLIC_REDIRECT" if kind == "redirect" else "PUBLIC_UNAVAILABLE"
        return "LOCAL_" + kind.upper().replace("-", "_")


class Unresolvable(DriverEnvError):
    """The requirements contradict each other, or no release of a public project fits.

    Codes: `CONFLICT`, `PUBLIC_NO_MATCH`, `DIRECT_NO_MATCH`, `TOO_DEEP`.
    """

    default_code = "CONFLICT"
    exit_code = 107


class IntegrityError(DriverEnvError):
    """A file is not what the index, the requirements file or the store says it is. Code: `INTEGRITY`."""

    default_code = "INTEGRITY"
    exit_code = 108


class HashMismatch(IntegrityError):
    """A file's digest differs from the one that was promised. Code: `INTEGRITY`."""


class ArchiveRejected(DriverEnvError):
    """A wheel or sdist breaks a rule of archives; nothing of it was used. Code: `ARCHIVE_REJECTED`."""

    default_code = "ARCHIVE_REJECTED"
    exit_code = 109


class BuildFailed(DriverEnvError):
    """An sdist could not be built into a wheel. Codes: `BUILD_FAILED`, `BUILD_CYCLE`, `BUILD_TIMEOUT`, `BUILD_LIMIT`."""

    default_code = "BUILD_FAILED"
    exit_code = 110


class InterpreterNotFound(DriverEnvError):
    """The target Python is not there, does not run, or cannot have environments. Code: `INTERPRETER`."""

    default_code = "INTERPRETER"
    exit_code = 111


class EnvironmentBroken(DriverEnvError):
    """An environment could not be made, is not whole, or is not known. Codes: `ENV_CORRUPT`, `ENV_UNKNOWN`."""

    default_code = "ENV_CORRUPT"
    exit_code = 112


class HomeUnusable(DriverEnvError):
    """The home folder cannot be used: rights, space, locks, others' rights. Codes: `HOME_UNUSABLE`, `HOME_BUSY`, `HOME_UNSUITABLE`, `STATE_UNSAFE`."""

    default_code = "HOME_UNUSABLE"
    exit_code = 113


class DriverNotRunnable(DriverEnvError):
    """There is nothing to start: no ``driver.py``, ``main.py`` or ``__main__.py``. Code: `NO_ENTRY_POINT`."""

    default_code = "NO_ENTRY_POINT"
    exit_code = 114


class FactsInvalid(DriverEnvError):
    """A file of facts or of a failure is missing, malformed, of another version, or cannot be written. Code: `FACTS_INVALID`."""

    default_code = "FACTS_INVALID"
    exit_code = 115


class LockMismatch(DriverEnvError):
    """A launch is held to a lock (`Request.locked`), and there is none, or it does not fit any more; nothing was installed.

    Codes: `LOCK_MISSING`, `LOCK_INVALID`, `LOCK_PYTHON`, `LOCK_REQUIREMENTS`, `LOCK_INDEX`, `LOCK_FILE`, `LOCK_OUTDATED`.
    """

    default_code = "LOCK_OUTDATED"
    exit_code = 116


class RepositoryRefused(DriverEnvError):
    """A repository's files cannot be changed, written down or restored as was asked; nothing was changed.

    Codes: `NOT_A_DISTRIBUTION`, `OTHER_CONTENT`, `NOT_IN_REPOSITORY`, `REPOSITORY_UNUSABLE`, `SNAPSHOT_INVALID`,
    `CONTENT_MISSING`, `WOULD_FAIL`, `NOT_A_LOCAL_INDEX`, `BUNDLE_INVALID`, `BUNDLE_INCOMPLETE`, `BUNDLE_UNWRITABLE`,
    `BUNDLE_TOO_LARGE`.
    """

    default_code = "REPOSITORY_UNUSABLE"
    exit_code = 120


class ServerFailed(DriverEnvError):
    """A local index cannot be served from here. Codes: `SERVER_MISSING`, `SERVER_PORT`, `SERVER_PASSWORDS`, `SERVER_FAILED`."""

    default_code = "SERVER_FAILED"
    exit_code = 121


class UploadFailed(DriverEnvError):
    """A server did not take a file. Codes: `UPLOAD_AUTH`, `UPLOAD_EXISTS`, `UPLOAD_REFUSED`, `UPLOAD_UNREACHABLE`, `UPLOAD_SETTINGS`."""

    default_code = "UPLOAD_REFUSED"
    exit_code = 122
