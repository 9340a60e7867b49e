"""What a site decides: the mode, its indexes, and the rules for what comes from where (`Policy`)."""

from __future__ import annotations

from driverenv.model.exemption import Correction, Exemption
from driverenv.model.index import PUBLIC_PYPI, Index, folder_url, one_of
from driverenv.model.keeping import Keep
from driverenv.model.noun import Noun

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Literal

    from driverenv.model.fleet import Fleet

__all__ = [
    "DEFAULT_VALID_FOR_MINUTES",
    "PUBLIC_PYPI",
    "Correction",
    "Exemption",
    "Index",
    "Mode",
    "Policy",
]

DEFAULT_VALID_FOR_MINUTES = 480.0
"""How long an environment is used again without asking the indexes (minutes)."""

NEVER = "never"
"""What stands for an infinite number of minutes: the indexes are never asked again."""

DEFAULT_MAX_STALE_MINUTES = 10_080.0
"""How long after its validity a verified environment is used while an index is out of order (minutes: a week)."""


BUILD_LIMITS: dict[str, float] = {
    "minutes": 10.0,
    "memory_mib": 4096.0,
    "disk_mib": 4096.0,
    "output_mib": 64.0,
    "processes": 512.0,
}
"""What one build may use, where the policy says nothing else."""
_ENDLESS = 1e9


class Mode:
    """Whether anything may leave the site: `ONLINE` (absent locally -> public) or `OFFLINE` (local only)."""

    ONLINE: Literal["online"] = "online"
    OFFLINE: Literal["offline"] = "offline"


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
        build_sandbox: whether builds are kept from the network and from files that are not theirs: "auto" (where
            the system can), "required" (or not built at all) or "off".
        build_limits: what each step of a build may use (it is asked for its tools, then it builds; another
            attempt has steps of its own): "minutes", "memory_mib" (each process, and all together),
            "disk_mib", "output_mib", "processes"; what is not named stays as by default.
        build_constraints: by pattern of a project, requirements (PEP 508) that limit the tools of its builds.
        build_retry: a build that fails for a reason that older tools do not have: "older-tools" (it is tried
            again with those) or "never".
        yanked: "pinned" (PEP 592: only where a requirement pins the version) or "never".
        empty_page: what a local page without files says: "fail" (it claims the project) or "absent".
        vanished: a project that had files in a local index and has none any more: "auto" (it may come
            from public only if public lists the very same bytes), "fail" or "warn".
        released: projects that may vanish: their local past is forgotten.
        replaced: a local file whose bytes changed under the same name: "warn" or "fail".
        record: a local wheel that does not match its own RECORD: "warn" or "fail".
        confusable: a name that no local index has, but nearly: "warn", "fail" or "off".
        constraints: requirements (PEP 508) that limit versions for every driver, at every depth.
        overrides: requirements that replace what anybody demands of their project.
        baseline: requirements that every driver has besides its own.
        seeds: by version of Python ("2.7", "3"), what every driver on such a Python has besides its own
            (setuptools for old drivers, say).
        corrections: what is true of releases whose metadata is wrong.
        pythons: by what drivers declare ("2", "3", "3.9", or "undeclared"), the interpreter that is meant: a
            version or an absolute path.
        direct_urls: addresses, each an origin or a folder below it ("https://files.acme.example/wheels/"):
            a driver's file may name files that lie there, with their sha256, where no index that is asked
            first has the project; offline only on the origins of local indexes.
        bundled: whether a driver's file may name wheels in the driver's own folder, for projects that no
            index asked before public has: "never" or "allowed".
        expand_vars: names of variables that requirements files may use as ``${NAME}``.
        variables: variables for every driver's process, by name.
        exclude_newer: for public files only: an instant (ISO 8601, UTC) or a duration ("7 days") before
            which they must have been uploaded; None for no cool-down.
        on_outage: an environment whose validity is over while an index cannot answer: "reuse" or "fail".
        max_stale_minutes: for how long after its validity.
        sharing: how code files come from the store: "auto" (clones where the file system has them, else hard
            links), "link" or "copy".
        copied: patterns of code files that are each environment's own all the same, since somebody edits them there:
            of a file's name ("config.py"), or of its path below site-packages ("acme/*/settings.py").
        overlays: patterns, as those of `copied`, of files of whatever kind that people may edit in an environment: it is
            no damage, and goes along into the driver's next environment.
        startup_hooks: what Python would run by itself at every start of an environment (``*.pth`` with an import
            line, `sitecustomize`, `usercustomize`, ``*.start``): "allow" (the receipt lists it), "warn" or "forbid".
        startup_hooks_allowed: patterns of projects that may bring such hooks whatever `startup_hooks` says.
        byte_code: "background" (compiled after the hand-over), "now" or "never".
        watch_environments: whether a process that launches from an environment again and again has the system tell of
            changes in it, where it can (inotify), in place of a look at every file at each launch: "auto" or "off".
        network_home: a home folder on a network file system, where locks may not hold: "refuse" or "allow".
        valid_for_minutes: how long an environment is used again without asking the indexes: 0 asks each time, "never"
            (or infinity) not again.
        valid_for_drivers: the same for drivers whose readable names fit a pattern; the most specific one decides.
        keep: what `driverenv gc` leaves where it is of what nobody uses.
        fleet: where this server finds wheels that other servers built of sdists, and puts its own; None: nowhere.
        proxies: for the public index only, by the names "http_proxy", "https_proxy", "all_proxy" and
            "no_proxy". Local indexes are always asked directly, unless one has a `proxy` of its own.
        proxies_from: by the same names, where each was set ("variable https_proxy"): for messages alone.

    Raises:
        ValueError: a value that is none of those listed.
    """

    __slots__ = (
        "baseline",
        "build_constraints",
        "build_limits",
        "build_retry",
        "build_sandbox",
        "builds",
        "bundled",
        "byte_code",
        "confusable",
        "constraints",
        "copied",
        "corrections",
        "direct_urls",
        "empty_page",
        "exceptions",
        "exclude_newer",
        "expand_vars",
        "extra",
        "fleet",
        "keep",
        "local",
        "max_stale_minutes",
        "mode",
        "network_home",
        "on_outage",
        "overlays",
        "overrides",
        "prereleases",
        "private",
        "proxies",
        "proxies_from",
        "public",
        "public_allow",
        "public_deny",
        "pythons",
        "record",
        "released",
        "replaced",
        "seeds",
        "sharing",
        "sources",
        "startup_hooks",
        "startup_hooks_allowed",
        "valid_for_drivers",
        "valid_for_minutes",
        "vanished",
        "variables",
        "watch_environments",
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
    build_sandbox: str
    build_limits: tuple[tuple[str, float], ...]
    build_constraints: tuple[tuple[str, tuple[str, ...]], ...]
    build_retry: str
    yanked: str
    empty_page: str
    vanished: str
    released: tuple[str, ...]
    replaced: str
    record: str
    confusable: str
    constraints: tuple[str, ...]
    overrides: tuple[str, ...]
    baseline: tuple[str, ...]
    seeds: tuple[tuple[str, tuple[str, ...]], ...]
    corrections: tuple[Correction, ...]
    pythons: tuple[tuple[str, str], ...]
    direct_urls: tuple[str, ...]
    bundled: str
    expand_vars: tuple[str, ...]
    variables: tuple[tuple[str, str], ...]
    exclude_newer: str | None
    on_outage: str
    max_stale_minutes: float
    sharing: str
    copied: tuple[str, ...]
    overlays: tuple[str, ...]
    startup_hooks: str
    startup_hooks_allowed: tuple[str, ...]
    byte_code: str
    watch_environments: str
    network_home: str
    valid_for_minutes: float
    valid_for_drivers: tuple[tuple[str, float], ...]
    keep: Keep
    fleet: Fleet | None
    proxies: tuple[tuple[str, str], ...]
    proxies_from: tuple[tuple[str, str], ...]
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
        build_sandbox: str = "auto",
        build_limits: Mapping[str, float] | tuple[tuple[str, float], ...] = (),
        build_constraints: Mapping[str, tuple[str, ...] | list[str]]
        | tuple[tuple[str, tuple[str, ...]], ...] = (),
        build_retry: str = "older-tools",
        yanked: str = "pinned",
        empty_page: str = "fail",
        vanished: str = "auto",
        released: tuple[str, ...] | list[str] = (),
        replaced: str = "warn",
        record: str = "warn",
        confusable: str = "warn",
        constraints: tuple[str, ...] | list[str] = (),
        overrides: tuple[str, ...] | list[str] = (),
        baseline: tuple[str, ...] | list[str] = (),
        seeds: Mapping[str, tuple[str, ...] | list[str]] | tuple[tuple[str, tuple[str, ...]], ...] = (),
        corrections: tuple[Correction, ...] | list[Correction] = (),
        pythons: Mapping[str, str] | tuple[tuple[str, str], ...] = (),
        direct_urls: tuple[str, ...] | list[str] = (),
        bundled: str = "never",
        expand_vars: tuple[str, ...] | list[str] = (),
        variables: Mapping[str, str] | tuple[tuple[str, str], ...] = (),
        exclude_newer: str | None = None,
        on_outage: str = "reuse",
        max_stale_minutes: float = DEFAULT_MAX_STALE_MINUTES,
        sharing: str = "auto",
        copied: tuple[str, ...] | list[str] = (),
        overlays: tuple[str, ...] | list[str] = (),
        startup_hooks: str = "allow",
        startup_hooks_allowed: tuple[str, ...] | list[str] = (),
        byte_code: str = "background",
        watch_environments: str = "auto",
        network_home: str = "refuse",
        valid_for_minutes: float | Literal["never"] = DEFAULT_VALID_FOR_MINUTES,
        valid_for_drivers: Mapping[str, float | Literal["never"]] | tuple[tuple[str, float], ...] = (),
        keep: Keep = Keep(),  # noqa: B008 (immutable)
        fleet: Fleet | None = None,
        proxies: Mapping[str, str] | tuple[tuple[str, str], ...] = (),
        proxies_from: Mapping[str, str] | tuple[tuple[str, str], ...] = (),
    ) -> None:
        given = locals()
        self._set(
            **{name: given[name] for name in WORDS},
            local=tuple(local),
            extra=tuple(extra),
            public=public,
            private=tuple(private),
            public_allow=tuple(public_allow),
            public_deny=tuple(public_deny),
            copied=tuple(copied),
            overlays=tuple(overlays),
            startup_hooks_allowed=tuple(startup_hooks_allowed),
            sources=_table(sources),
            exceptions=tuple(exceptions),
            build_limits=tuple({**BUILD_LIMITS, **dict(build_limits)}.items()),
            build_constraints=_table(build_constraints),
            released=tuple(released),
            constraints=tuple(constraints),
            overrides=tuple(overrides),
            baseline=tuple(baseline),
            seeds=_table(seeds),
            corrections=tuple(corrections),
            **_pairs(pythons=pythons, variables=variables, proxies=proxies, proxies_from=proxies_from),
            direct_urls=tuple(map(folder_url, direct_urls)),
            expand_vars=tuple(expand_vars),
            exclude_newer=exclude_newer,
            max_stale_minutes=float(max_stale_minutes),
            valid_for_minutes=_minutes(valid_for_minutes),
            valid_for_drivers=tuple(
                sorted((one, _minutes(minutes)) for one, minutes in dict(valid_for_drivers).items())
            ),
            keep=keep,
            fleet=fleet,
        )

    def _set(self, **values: object) -> None:
        super()._set(**values)
        for name, allowed in WORDS.items():
            one_of(name, getattr(self, name), allowed)
        for name, amount in self.build_limits:
            if name not in BUILD_LIMITS or not 0 < amount < _ENDLESS:
                raise ValueError(
                    f"build_limits has {', '.join(BUILD_LIMITS)}, each above 0, not {name}={amount!r}"
                )
        for name in ("local", "extra"):
            if not all(isinstance(index, Index) for index in getattr(self, name)):
                raise ValueError(f"{name} must be a sequence of Index")
        if self.public is not None and self.public.is_folder:
            raise ValueError("public must be an Index with an http(s) URL, or None")
        self._check_minutes()
        self._check_proxies()

    def _check_minutes(self) -> None:
        given = [(name, getattr(self, name)) for name in ("valid_for_minutes", "max_stale_minutes")]
        given += [(f"valid_for_drivers[{pattern!r}]", minutes) for pattern, minutes in self.valid_for_drivers]
        for name, minutes in given:
            if not minutes >= 0:
                raise ValueError(f"{name} must be 0 or more, not {minutes!r}")

    def _check_proxies(self) -> None:
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


def _minutes(said: float | str) -> float:
    return float("inf") if said == NEVER else float(said)


def _table(
    given: Mapping[str, tuple[str, ...] | list[str]] | tuple[tuple[str, tuple[str, ...]], ...],
) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return tuple(sorted((name, tuple(several)) for name, several in dict(given).items()))


def _pairs(
    **given: Mapping[str, str] | tuple[tuple[str, str], ...],
) -> dict[str, tuple[tuple[str, str], ...]]:
    return {name: tuple(sorted(dict(pairs).items())) for name, pairs in given.items()}


_PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")

WORDS: dict[str, tuple[str, ...]] = {
    "mode": ("online", "offline"),
    "prereleases": ("if-necessary", "explicit", "never"),
    "builds": ("allowed", "local", "never"),
    "build_sandbox": ("auto", "required", "off"),
    "build_retry": ("older-tools", "never"),
    "yanked": ("pinned", "never"),
    "empty_page": ("fail", "absent"),
    "vanished": ("auto", "fail", "warn"),
    "replaced": ("warn", "fail"),
    "record": ("warn", "fail"),
    "confusable": ("warn", "fail", "off"),
    "bundled": ("never", "allowed"),
    "on_outage": ("reuse", "fail"),
    "network_home": ("refuse", "allow"),
    "sharing": ("auto", "link", "copy"),
    "startup_hooks": ("allow", "warn", "forbid"),
    "byte_code": ("background", "now", "never"),
    "watch_environments": ("auto", "off"),
}
"""The settings that are one word, with the words that are allowed; the first is the default."""
