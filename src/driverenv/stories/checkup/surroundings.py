"""What else is set up on this machine: proxies, which count, and other tools' settings, which do not."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

from driverenv._http import redacted
from driverenv._http.no_proxy import strange
from driverenv.errors import foreign
from driverenv.examine import influences as look_for
from driverenv.examine.influences import HEEDED, IGNORED, OURS
from driverenv.model.finding import OK, WARN, Finding, Section
from driverenv.model.index import SITE
from driverenv.model.site import Policy


def proxies(policy: Policy) -> Section:
    """Who is asked through which proxy; whether that works is seen at the index."""
    return Section("proxy", tuple(_proxies(policy)))


def _proxies(policy: Policy) -> Iterator[Finding]:
    sources = dict(policy.proxies_from)
    used = {name: url for name, url in policy.proxies if name != "no_proxy"}
    idle = _why_idle(policy)
    if not used:
        yield Finding("proxy", OK, "proxy", "none is set: everybody is asked directly")
    elif idle:
        yield Finding("proxy", OK, "proxy", f"one is set, and not used: {idle}")
    for url in () if idle else dict.fromkeys(used.values()):
        names = [name for name, one in used.items() if one == url]
        source = ", ".join(dict.fromkeys(sources.get(name, name) for name in names))
        schemes = " and ".join(name.removesuffix("_proxy") for name in names)
        told = f"{foreign(redacted(url))}, set by {foreign(source)}: for {schemes} addresses of the public index alone"
        yield Finding("proxy", OK, "proxy", told, data={"for": names, "source": source})
    wrong = strange(dict(policy.proxies).get("no_proxy", ""))
    if wrong:
        told = f"no_proxy has entries that name no host: {foreign(', '.join(wrong))}"
        remedy = f"correct them: {foreign(sources.get('no_proxy', 'no_proxy'))}"
        yield Finding("proxy-exceptions", WARN, "no_proxy", told, remedy, {"entries": list(wrong)})
    for index in policy.indexes:
        if index.proxy is not None:
            through = "the site's proxy" if index.proxy == SITE else foreign(redacted(index.proxy))
            yield Finding(
                "proxy-of-index", OK, "proxy", f"the index {foreign(index.name)} goes through {through}"
            )


def _why_idle(policy: Policy) -> str:
    """Why nobody is asked through the site's proxy; "" where somebody may be."""
    if policy.offline:
        return "the mode is offline"
    is_used = policy.public is not None or any(index.proxy == SITE for index in policy.indexes)
    return "" if is_used else "there is no public index"


def influences(environ: Mapping[str, str]) -> Section:
    """What might be thought to count; names only, for a value may be a secret."""
    return Section("other settings on this machine", tuple(_influences(environ)))


def _influences(environ: Mapping[str, str]) -> Iterator[Finding]:
    groups: dict[tuple[str, str], list[str]] = defaultdict(list)
    for one in look_for(environ):
        groups[one.of, one.effect].append(one.name)
    if not any(effect == IGNORED for _, effect in groups):
        yield Finding(
            "influences", OK, "ignored", "nothing of pip or uv is set up here, and it would be ignored"
        )
    for (of, effect), names in groups.items():
        shown, data = foreign(", ".join(names), limit=1000), {"names": names}
        if effect == IGNORED:
            yield Finding("influence-ignored", OK, "ignored", f"{of}: {shown}", data=data)
        elif effect == OURS:
            told = f"{shown}: it changes the Python that driverenv itself runs on"
            remedy = (
                "unset it for the account that runs driverenv; a driver's variables belong under `variables`"
            )
            yield Finding("influence-python", WARN, "Python", told, remedy, data)
        elif effect == HEEDED and of != "proxies":
            told = f"{shown}: {of} reads it, so it changes which certificates are trusted"
            yield Finding("influence-heeded", OK, "heeded", told, data=data)
