"""The settings and the policy: where they are, what is wrong with them, what should be looked at."""

from __future__ import annotations

from collections.abc import Iterator

from driverenv import policy as policy_room
from driverenv.errors import SettingsInvalid, foreign
from driverenv.model.finding import FAIL, OK, WARN, Finding, Section
from driverenv.model.site import Policy
from driverenv.policy.terms import ends
from driverenv.settings import Settings
from driverenv.settings.checks import cautions
from driverenv.settings.place import flat

SOON = 14
"""Days."""
_DAY = 86400
_RISKY = {
    ("vanished", "warn"): "a name that a local index had may come from public when its files are gone",
    ("empty_page", "absent"): "a local page without files lets its name come from public",
    ("confusable", "off"): "nobody is told of a name that is one slip away from a local one",
}
"""Words of the policy that are weaker than the default, and what they let happen."""


def section(
    settings: Settings, policy: Policy, now: float, *, wrong: SettingsInvalid | None, missing: tuple[str, ...]
) -> Section:
    """What holds, and what is the matter with it."""
    found = [_files(settings), *_missing(missing, wrong)]
    found += [_told(text) for text in (*settings.notes, *cautions(policy, now))]
    found += [*_exceptions(policy, now), *_risky(policy), *_sources(policy)]
    return Section("settings and policy", tuple(found))


def unreadable(wrong: SettingsInvalid) -> Section:
    """Settings that are wrong: nothing else can be looked at."""
    found = [
        Finding("settings-invalid", FAIL, "settings", _of_error(one), "\n".join(one.remedies), dict(one.data))
        for one in flat(wrong)
    ]
    return Section("settings and policy", tuple(found))


def _of_error(error: SettingsInvalid) -> str:
    where = dict(error.facts).get("set by", "")
    return f"{error.summary}{f' ({where})' if where else ''}"


def _files(settings: Settings) -> Finding:
    there = [path for path, found in settings.files if found]
    data = {"files": there, "mode": settings.values["mode"].value}
    told = (
        f"read from {', '.join(map(foreign, there))}"
        if there
        else "no settings file is there: the defaults hold"
    )
    return Finding("settings", OK, "settings", f"{told}; the mode is {data['mode']}", data=data)


def _missing(missing: tuple[str, ...], wrong: SettingsInvalid | None) -> Iterator[Finding]:
    for text in missing:
        remedy = "\n".join(wrong.remedies) if wrong is not None else ""
        told = f"{text}; below, that index or proxy is asked without it"
        yield Finding("settings-password", FAIL, "password", told, remedy)


def _told(text: str) -> Finding:
    return Finding("settings-caution", WARN, "caution", foreign(text, limit=1000))


def _exceptions(policy: Policy, now: float) -> Iterator[Finding]:
    for one in policy_room.in_force(policy, now):
        days = int((ends(one) - now) // _DAY)
        if days < SOON:
            told = f"{foreign(one)}: it ends in {days} day{'' if days == 1 else 's'}"
            remedy = f"have {foreign(one.owner)} prolong it, or see that nobody needs it any more"
            yield Finding("policy-exception", WARN, "exception", told, remedy, {"days": days})


def _risky(policy: Policy) -> Iterator[Finding]:
    for (key, word), what in _RISKY.items():
        if getattr(policy, key) == word:
            told = f'{key} = "{word}": {what}'
            yield Finding(
                "policy-weaker", WARN, "policy", told, f"take {key} out of the settings, if you can"
            )
    if "*" in policy.released:
        told = 'released = ["*"]: no name is remembered as local'
        yield Finding("policy-weaker", WARN, "policy", told, "name only what was meant to vanish")


def _sources(policy: Policy) -> Iterator[Finding]:
    """Where anything may come from at all."""
    if policy.offline or policy.public is None:
        why = "the mode is offline" if policy.offline else "there is no public index"
        yield Finding("policy-public", OK, "public", f"blocked: {why}")
        return
    limits = [
        f"{len(found)} pattern{'' if len(found) == 1 else 's'} of {key}"
        for key in ("private", "public_allow", "public_deny")
        if (found := getattr(policy, key))
    ]
    told = f"for what every other index lacks; {', '.join(limits) or 'no name is kept from it'}"
    yield Finding("policy-public", OK, "public", told)
