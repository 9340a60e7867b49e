"""What no key says by itself: settings that contradict each other, and what a person should look at."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from urllib.parse import urlsplit

from driverenv.errors import SettingsInvalid, foreign
from driverenv.model.site import Index, Policy
from driverenv.settings.place import Value

PUBLIC = "public"
"""What `sources` calls the public index."""

Values = Mapping[str, Value]


def contradictions(values: Values, *, without: Collection[str] = ()) -> list[SettingsInvalid]:
    """What cannot hold together, each with the key and the place; nothing about the keys in `without`."""
    found: list[SettingsInvalid] = []
    for keys, check in _CHECKS:
        if not set(keys) & set(without):
            found += check(values)
    return found


def cautions(policy: Policy, now: float) -> tuple[str, ...]:
    """What is allowed, and yet should be looked at; `now` in seconds since the epoch."""
    return (*_ended(policy, now), *_without_effect(policy), *_unguarded(policy), *_in_the_open(policy))


def _indexes(values: Values) -> list[tuple[str, Index]]:
    listed = [(key, index) for key in ("local", "extra") for index in values[key].value]
    public = values["public"].value
    return [*listed, ("public", public)] if public is not None else listed


def _wrong(summary: str, key: str, values: Values, *, allowed: str, remedy: str) -> SettingsInvalid:
    source = values[key].source
    return SettingsInvalid(
        summary,
        facts=(("set by", source), ("allowed", allowed)),
        remedies=(remedy,),
        data={"key": key, "source": source, "allowed": allowed},
    )


def _names_twice(values: Values) -> Iterator[SettingsInvalid]:
    seen: set[str] = set()
    for key, index in _indexes(values):
        if index.name in seen:
            yield _wrong(
                f"two indexes are called {foreign(index.name)}",
                key,
                values,
                allowed="a name of its own for each index of local, extra and public",
                remedy=f"give one of them another `name`, or take one out: {values[key].source}",
            )
        elif index.name == PUBLIC and key != PUBLIC:
            yield _wrong(
                f"an index of `{key}` is called public",
                key,
                values,
                allowed="any other name: in `sources`, public means the public index",
                remedy=f"give it another `name`: {values[key].source}",
            )
        seen.add(index.name)


def _unknown_sources(values: Values) -> Iterator[SettingsInvalid]:
    known = [index.name for _, index in _indexes(values)]
    if values["public"].value is not None and PUBLIC not in known:
        known.append(PUBLIC)
    for pattern, names in values["sources"].value:
        for name in names:
            if name not in known:
                yield _wrong(
                    f"`sources.{pattern}` names the index {foreign(name)}, which there is not",
                    "sources",
                    values,
                    allowed=", ".join(map(foreign, known)) or "nothing: there is no index",
                    remedy=f"name one that there is, or set it up: {values['sources'].source}",
                )


def _private_and_public(values: Values) -> Iterator[SettingsInvalid]:
    from driverenv.policy.patterns import matches  # noqa: PLC0415 (only where names are private)

    given = [("public_allow", one, "lists it") for one in values["public_allow"].value]
    given += [
        ("sources", pattern, "lets public serve it")
        for pattern, names in values["sources"].value
        if PUBLIC in names or getattr(values["public"].value, "name", None) in names
    ]
    given += [
        ("exceptions", one.project, "lets public serve it")
        for one in values["exceptions"].value
        if one.allow == "public"
    ]
    for key, pattern, what in given:
        private = next((one for one in values["private"].value if matches(one, pattern)), None)
        if private is not None:
            yield _wrong(
                f"{pattern} is private (pattern {private}), and yet `{key}` {what}",
                key,
                values,
                allowed="names that no private pattern stands for: those are never asked at public",
                remedy=f"take it out of {values[key].source}, or out of {values['private'].source}",
            )


def _guarded(
    check: Callable[[Values], Iterator[SettingsInvalid]], key: str
) -> Callable[..., Iterator[SettingsInvalid]]:
    """`check`, only where there is anything under `key`."""

    def run(values: Values) -> Iterator[SettingsInvalid]:
        if values[key].value:
            yield from check(values)

    return run


_CHECKS: tuple[tuple[tuple[str, ...], Callable[[Values], Iterator[SettingsInvalid]]], ...] = (
    (("local", "extra", "public"), _names_twice),
    (("local", "extra", "public", "sources"), _guarded(_unknown_sources, "sources")),
    (
        ("private", "public_allow", "sources", "exceptions", "public"),
        _guarded(_private_and_public, "private"),
    ),
)


def _ended(policy: Policy, now: float) -> Iterator[str]:
    from driverenv.policy.terms import over  # noqa: PLC0415

    for one in over(policy, now):
        yield f"the exception ended on {one.until} and has no effect any more: {one}"


def _without_effect(policy: Policy) -> Iterator[str]:
    if policy.public is None:
        for one in policy.exceptions:
            if one.allow == "public":
                yield f"there is no public index, so this exception has no effect: {one}"
    for pattern in policy.public_allow:
        if pattern in policy.public_deny:
            yield f"public_allow and public_deny both list {pattern}: it is denied"


def _unguarded(policy: Policy) -> Iterator[str]:
    for pattern in policy.overlays:
        if pattern.rpartition("/")[2].replace("*", "") in ("", ".py"):
            yield f"overlays has {foreign(pattern)}: an edit of any code that it fits is kept, and never found to be damage"


def _in_the_open(policy: Policy) -> Iterator[str]:
    from driverenv._http.origins import is_loopback  # noqa: PLC0415

    store = policy.fleet.index if policy.fleet is not None else None
    for index in (*policy.indexes, *([store] if store is not None else [])):
        secret = index.password is not None or index.credentials != "given"
        host = urlsplit(index.location).hostname or ""
        if secret and index.location.startswith("http://") and not is_loopback(host):
            yield f"the password of {index} goes over the network in clear text: use https, where it can be had"
        if index is policy.public and index.location.startswith("http://") and not is_loopback(host):
            yield f"public is asked over https only, and {index} begins with http://: launches that need it fail"
        if not index.verify and index is not store:  # what comes from there is signed
            yield f"any certificate of {index} is accepted: whoever is in between can serve anything"
