"""What a site decides: the mode, its indexes, and the rules for what comes from where (`Policy`)."""

from __future__ import annotations

from driverenv.model.index import PUBLIC_PYPI, Index, one_of
from driverenv.model.noun import Noun

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Literal

__all__ = ["DEFAULT_VALID_FOR_MINUTES", "PUBLIC_PYPI", "Correction", "Exemption", "Index", "Mode", "Policy"]

DEFAULT_VALID_FOR_MINUTES = 480.0
"""How long an environment is used again without asking the indexes (minutes)."""

DEFAULT_MAX_STALE_MINUTES = 10_080.0
"""How long after its validity a verified environment is used while an index is out of order (minutes: a week)."""


class Mode:
    """Whether anything may leave the site: `ONLINE` (absent locally -> public) or `OFFLINE` (local only)."""

    ONLINE: Literal["online"] = "online"
    OFFLINE: Literal["offline"] = "offline"


class Exemption(Noun):
    """A dated exception from the rules, for one project or pattern, with a reason and an owner.

    Args:
        project: a normalised name or a pattern ("acme-*").
        allow: "public" (the local indexes are passed over: public may serve it) or "build" (its
            sdists may be built whatever `builds` says).
        until: the last day on which it holds, ISO 8601 ("2026-12-01").
        reason: why; every receipt shows it while it holds.
        owner: who answers for it.

    Raises:
        ValueError: `allow` is neither, the date is none, or a text is empty.
    """

    __slots__ = ("allow", "owner", "project", "reason", "until")

    project: str
    allow: str
    until: str
    reason: str
    owner: str

    def __init__(self, project: str, *, allow: str, until: str, reason: str, owner: str) -> None:
        one_of("allow", allow, ("public", "build"))
        if not _is_day(until):
            raise ValueError(f"until must be a day such as 2026-12-01, not {until!r}")
        for name, text in (("project", project), ("reason", reason), ("owner", owner)):
            if not text.strip():
                raise ValueError(f"an exception needs its {name}")
        self._set(project=project, allow=allow, until=until, reason=reason, owner=owner)

    def __str__(self) -> str:
        """One line, as receipts and messages show it."""
        return f"allow {self.allow} {self.project} until {self.until}: {self.reason} ({self.owner})"


def _is_day(text: str) -> bool:
    from datetime import date  # noqa: PLC0415 (only where a policy has exceptions)

    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


class Correction(Noun):
    """What a site knows better than a release's own metadata, for releases that are broken and stay so.

    Where several corrections are for one release, the last one counts, for each field by itself. What an
    index or a file says is remembered as it was said; a correction is laid over it.

    Args:
        project: a normalised name.
        versions: a specifier set (PEP 440), such as "==0.15.33"; empty for every version.
        requires: what these releases need (PEP 508), in place of what they say; None leaves it.
        requires_python: the same for the Python they are for; None leaves it.

    Raises:
        ValueError: the project is empty, or nothing is corrected.
    """

    __slots__ = ("project", "requires", "requires_python", "versions")

    project: str
    versions: str
    requires: tuple[str, ...] | None
    requires_python: str | None

    def __init__(
        self,
        project: str,
        *,
        versions: str = "",
        requires: tuple[str, ...] | list[str] | None = None,
        requires_python: str | None = None,
    ) -> None:
        if not project.strip():
            raise ValueError("a correction needs its project")
        if requires is None and requires_python is None:
            raise ValueError("a correction needs requires, requires_python, or both")
        self._set(
            project=project,
            versions=versions,
            requires=None if requires is None else tuple(requires),
            requires_python=requires_python,
        )


class Policy(Noun):
    """The site's rules for where distributions may come from and how environments are made.

    Patterns are normalised names (PEP 503) in which ``*`` stands for any text.

    Args:
        mode: `Mode.ONLINE` or `Mode.OFFLINE`.
        local: the local indexes in order; the first that has a project owns it.
        extra: further indexes of the site or of a vendor, asked in order after the local ones and before
            public, by the same rules as local ones; online only.
        public: the public index, asked only for what every other index lacks; None for no public index.
        private: patterns of names that are never asked at public, not even for their existence.
        public_allow: patterns; where there are any, only names that match one may come from public.
        public_deny: patterns of names that may not come from public.
        sources: pairs of a pattern and the names of the only indexes that may serve what matches it; the
            most specific pattern wins (the longest without its ``*``).
        exceptions: dated exceptions.
        prereleases: "if-necessary" (PEP 440: only where no final release fits), "explicit" (only
            where a requirement names one) or "never".
        builds: whether sdists may be built: "allowed", "local" (only those of local indexes) or "never".
        yanked: "pinned" (PEP 592: only where a requirement pins the version) or "never".
        empty_page: what a local page without files says: "fail" (it claims the project) or "absent".
        vanished: a project that had files in a local index and has none any more: "auto" (it may come
            from public only if public lists the very same bytes), "fail" or "warn".
        released: projects that may vanish: their local past is forgotten.
        replaced: a local file whose bytes changed under the same name: "warn" or "fail".
        confusable: a name that no local index has, but nearly: "warn", "fail" or "off".
        constraints: requirements (PEP 508) that limit versions for every driver, at every depth.
        overrides: requirements that replace what anybody demands of their project.
        baseline: requirements that every driver has besides its own.
        seeds: by version of Python ("2.7", "3"), what every driver on such a Python has besides its own
            (setuptools for old drivers, say).
        corrections: what is true of releases whose metadata is wrong.
        pythons: by what drivers declare ("2", "3", "3.9", or "undeclared"), the interpreter that is meant: a
            version or an absolute path.
        expand_vars: names of variables that requirements files may use as ``${NAME}``.
        variables: variables for every driver's process, by name.
        exclude_newer: for public files only: an instant (ISO 8601, UTC) or a duration ("7 days") before
            which they must have been uploaded; None for no cool-down.
        on_outage: an environment whose validity is over while an index cannot answer: "reuse" or "fail".
        max_stale_minutes: for how long after its validity.
        sharing: "link" (code files are shared with the store by hard links) or "copy".
        byte_code: "background" (compiled after the hand-over), "now" or "never".
        valid_for_minutes: how long an environment is used again without asking the indexes.
        proxies: for the public index only, by the names "http_proxy", "https_proxy", "all_proxy" and
            "no_proxy". Local indexes are always asked directly, unless one has a `proxy` of its own.

    Raises:
        ValueError: a value that is none of those listed.
    """

    __slots__ = (
        "baseline",
        "builds",
        "byte_code",
        "confusable",
        "constraints",
        "corrections",
        "empty_page",
        "exceptions",
        "exclude_newer",
        "expand_vars",
        "extra",
        "local",
        "max_stale_minutes",
        "mode",
        "on_outage",
        "overrides",
        "prereleases",
        "private",
        "proxies",
        "public",
        "public_allow",
        "public_deny",
        "pythons",
        "released",
        "replaced",
        "seeds",
        "sharing",
        "sources",
        "valid_for_minutes",
        "vanished",
        "variables",
        "yanked",
    )

    mode: str
    local: tuple[Index, ...]
    extra: tuple[Index, ...]
    public: Index | None
    private: tuple[str, ...]
    public_allow: tuple[str, ...]
    public_deny: tuple[str, ...]
    sources: tuple[tuple[str, tuple[str, ...]], ...]
    exceptions: tuple[Exemption, ...]
    prereleases: str
    builds: str
    yanked: str
    empty_page: str
    vanished: str
    released: tuple[str, ...]
    replaced: str
    confusable: str
    constraints: tuple[str, ...]
    overrides: tuple[str, ...]
    baseline: tuple[str, ...]
    seeds: tuple[tuple[str, tuple[str, ...]], ...]
    corrections: tuple[Correction, ...]
    pythons: tuple[tuple[str, str], ...]
    expand_vars: tuple[str, ...]
    variables: tuple[tuple[str, str], ...]
    exclude_newer: str | None
    on_outage: str
    max_stale_minutes: float
    sharing: str
    byte_code: str
    valid_for_minutes: float
    proxies: tuple[tuple[str, str], ...]
    _secret = frozenset({"proxies", "variables"})

    def __init__(  # noqa: PLR0913 (a site's policy, by name)
        self,
        *,
        mode: str = Mode.ONLINE,
        local: tuple[Index, ...] | list[Index] = (),
        extra: tuple[Index, ...] | list[Index] = (),
        public: Index | None = Index(PUBLIC_PYPI, name="public PyPI"),  # noqa: B008 (immutable)
        private: tuple[str, ...] | list[str] = (),
        public_allow: tuple[str, ...] | list[str] = (),
        public_deny: tuple[str, ...] | list[str] = (),
        sources: Mapping[str, tuple[str, ...] | list[str]] | tuple[tuple[str, tuple[str, ...]], ...] = (),
        exceptions: tuple[Exemption, ...] | list[Exemption] = (),
        prereleases: str = "if-necessary",
        builds: str = "allowed",
        yanked: str = "pinned",
        empty_page: str = "fail",
        vanished: str = "auto",
        released: tuple[str, ...] | list[str] = (),
        replaced: str = "warn",
        confusable: str = "warn",
        constraints: tuple[str, ...] | list[str] = (),
        overrides: tuple[str, ...] | list[str] = (),
        baseline: tuple[str, ...] | list[str] = (),
        seeds: Mapping[str, tuple[str, ...] | list[str]] | tuple[tuple[str, tuple[str, ...]], ...] = (),
        corrections: tuple[Correction, ...] | list[Correction] = (),
        pythons: Mapping[str, str] | tuple[tuple[str, str], ...] = (),
        expand_vars: tuple[str, ...] | list[str] = (),
        variables: Mapping[str, str] | tuple[tuple[str, str], ...] = (),
        exclude_newer: str | None = None,
        on_outage: str = "reuse",
        max_stale_minutes: float = DEFAULT_MAX_STALE_MINUTES,
        sharing: str = "link",
        byte_code: str = "background",
        valid_for_minutes: float = DEFAULT_VALID_FOR_MINUTES,
        proxies: Mapping[str, str] | tuple[tuple[str, str], ...] = (),
    ) -> None:
        self._set(
            mode=mode,
            local=tuple(local),
            extra=tuple(extra),
            public=public,
            private=tuple(private),
            public_allow=tuple(public_allow),
            public_deny=tuple(public_deny),
            sources=tuple(sorted((pattern, tuple(names)) for pattern, names in dict(sources).items())),
            exceptions=tuple(exceptions),
            prereleases=prereleases,
            builds=builds,
            yanked=yanked,
            empty_page=empty_page,
            vanished=vanished,
            released=tuple(released),
            replaced=replaced,
            confusable=confusable,
            constraints=tuple(constraints),
            overrides=tuple(overrides),
            baseline=tuple(baseline),
            seeds=tuple(sorted((version, tuple(names)) for version, names in dict(seeds).items())),
            corrections=tuple(corrections),
            pythons=tuple(sorted(dict(pythons).items())),
            expand_vars=tuple(expand_vars),
            variables=tuple(sorted(dict(variables).items())),
            exclude_newer=exclude_newer,
            on_outage=on_outage,
            max_stale_minutes=float(max_stale_minutes),
            sharing=sharing,
            byte_code=byte_code,
            valid_for_minutes=float(valid_for_minutes),
            proxies=tuple(sorted(dict(proxies).items())),
        )
        self._check()

    def _check(self) -> None:
        for name, allowed in WORDS.items():
            one_of(name, getattr(self, name), allowed)
        for name in ("valid_for_minutes", "max_stale_minutes"):
            if not getattr(self, name) >= 0:
                raise ValueError(f"{name} must be 0 or more, not {getattr(self, name)!r}")
        for name in ("local", "extra"):
            if not all(isinstance(index, Index) for index in getattr(self, name)):
                raise ValueError(f"{name} must be a sequence of Index")
        if self.public is not None and self.public.is_folder:
            raise ValueError("public must be an Index with an http(s) URL, or None")
        for name, value in self.proxies:  # never quoted: they may hold a password
            if name.lower() not in _PROXIES:
                raise ValueError(f"proxies has the names {', '.join(_PROXIES)}, not {name!r}")
            if not value.isprintable():
                raise ValueError(f"proxies has a {name} that is no printable text")

    @property
    def indexes(self) -> tuple[Index, ...]:
        """Every index of the site: local, extra, public."""
        return (*self.local, *self.extra, *(() if self.public is None else (self.public,)))

    @property
    def offline(self) -> bool:
        """Whether nothing may leave the site."""
        return self.mode == Mode.OFFLINE


_PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")

WORDS: dict[str, tuple[str, ...]] = {
    "mode": ("online", "offline"),
    "prereleases": ("if-necessary", "explicit", "never"),
    "builds": ("allowed", "local", "never"),
    "yanked": ("pinned", "never"),
    "empty_page": ("fail", "absent"),
    "vanished": ("auto", "fail", "warn"),
    "replaced": ("warn", "fail"),
    "confusable": ("warn", "fail", "off"),
    "on_outage": ("reuse", "fail"),
    "sharing": ("link", "copy"),
    "byte_code": ("background", "now", "never"),
}
"""The settings that are one word, with the words that are allowed; the first is the default."""
