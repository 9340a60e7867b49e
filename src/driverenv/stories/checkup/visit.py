"""Who looks at what, in which order it is told, and what is done side by side."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial

from driverenv import _http
from driverenv._http.lookup import Lookup
from driverenv.errors import SettingsInvalid
from driverenv.model.finding import Section
from driverenv.model.site import Index, Policy
from driverenv.settings import Settings
from driverenv.settings.credentials import find
from driverenv.settings.passwords import without_unknown
from driverenv.stories.checkup import (
    builds,
    clock,
    fleet,
    folders,
    premises,
    pythons,
    rules,
    servers,
    surroundings,
)
from driverenv.stories.checkup.servers import Looked

_THREADS = 16


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be looked at.

    Args:
        settings: the site's; None where they are wrong. Passwords that cannot be had are unknown in it.
        wrong: what is wrong with the settings.
        missing: which passwords cannot be had, in words.
        environ: the variables.
        only: names of indexes: look at these, and at nothing else; all, if there are none.
        fast: leave out what takes time: pages and files of indexes, trials on the disk and of
            a build, Pythons nobody named.
    """

    settings: Settings | None
    environ: Mapping[str, str]
    wrong: SettingsInvalid | None = None
    missing: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    fast: bool = False
    timeouts: _http.Timeouts | None = field(default=None, repr=False)
    lookup: Lookup | None = field(default=None, repr=False)


def check(asked: Asked) -> Iterator[Section]:
    """The sections, each as soon as those before it are there.

    Raises `SettingsInvalid`: `only` names an index that there is not.
    """
    if asked.settings is None:
        yield from _without_settings(asked)
        return
    now = time.time()
    policy = without_unknown(asked.settings.policy())
    indexes = _indexes(policy, asked.only)
    with (
        ThreadPoolExecutor(_THREADS, thread_name_prefix="driverenv-doctor") as pool,
        _http.open_transport(
            policy,
            proxies=dict(policy.proxies),
            timeouts=asked.timeouts,
            lookup=asked.lookup,
            credentials=partial(find, environ=asked.environ),
        ) as transport,
    ):
        visits = [pool.submit(_look_at, asked, policy, index, transport) for index in indexes]
        others: list[Future[Section]] = []
        if not asked.only:
            others = [pool.submit(one) for one in _others(asked, asked.settings, policy, transport)]
            yield rules.section(asked.settings, policy, now, wrong=asked.wrong, missing=asked.missing)
        yield surroundings.proxies(policy)
        looked = []
        for visit in visits:
            looked.append(visit.result())
            yield looked[-1].section
        yield clock.section(looked)
        for other in others:
            yield other.result()
        if not asked.only:
            yield surroundings.influences(asked.environ)


def _without_settings(asked: Asked) -> Iterator[Section]:
    assert asked.wrong is not None  # noqa: S101 (one of the two is there)
    yield rules.unreadable(asked.wrong)
    yield surroundings.influences(asked.environ)


def _others(
    asked: Asked, settings: Settings, policy: Policy, transport: _http.HttpTransport
) -> Iterator[Callable[[], Section]]:
    yield from (
        partial(premises.section, settings.home, fast=asked.fast, network=policy.network_home),
        partial(pythons.section, settings.python, policy, asked.environ, fast=asked.fast),
    )
    if not asked.fast:
        yield partial(builds.section, policy)
        if policy.fleet is not None:
            yield partial(fleet.section, policy.fleet, transport, offline=policy.offline)


def _indexes(policy: Policy, only: tuple[str, ...]) -> tuple[Index, ...]:
    known = {index.name: index for index in policy.indexes}
    strange = [name for name in only if name not in known]
    if strange:
        raise SettingsInvalid(
            f"there is no index {strange[0]!r}",
            facts=(("there are", ", ".join(known) or "none"),),
            remedies=("name one of these: --index NAME",),
            data={"index": strange[0], "indexes": list(known)},
        )
    return tuple(known[name] for name in only) if only else policy.indexes


def _look_at(asked: Asked, policy: Policy, index: Index, transport: _http.HttpTransport) -> Looked:
    role = "public" if index == policy.public else "extra" if index in policy.extra else "local"
    name = f"{role} index {index}"
    if policy.offline and role != "local":
        return Looked(index.name, Section(name, (servers.not_asked(),)), None)
    if index.is_folder:
        return Looked(index.name, Section(name, tuple(folders.look_at(index))), None)
    return servers.look_at(name, index, policy, transport, fast=asked.fast)
