"""Who serves a project, and who was not asked for it, and why: for errors, accounts and outlooks."""

from __future__ import annotations

from driverenv.errors import foreign
from driverenv.model.answers import URL, Found
from driverenv.model.site import Policy
from driverenv.policy import passed_by

Facts = tuple[tuple[str, str], ...]


def served_by(listing: Found, policy: Policy | None) -> Facts:
    """Who serves a project, an index or a line of the driver, and who was not asked for it, and why."""
    name, page = foreign(listing.index.name), foreign(listing.page_url)
    if listing.direct:
        facts = [("address" if listing.direct == URL else "bundled wheel", page)]
    else:
        kind = "public index" if listing.public else "local index"
        facts = [(kind, page if page.startswith(name) else f"{name}, {page}")]
    facts += [("asked first", f"{foreign(one.index)}: {foreign(one.proof)}") for one in listing.before]
    if policy is not None:
        passed = passed_by(policy, listing)
        facts += [("not asked", f"{foreign(one.index)}: {foreign(one.reason)}") for one in passed]
    return tuple(facts)
