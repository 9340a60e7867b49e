"""The store of wheels that the servers of a site share: is it there, and may this server do there what it is to do."""

from __future__ import annotations

from driverenv import _http
from driverenv.depot import Unavailable, key_id, try_out
from driverenv.errors import foreign
from driverenv.model.finding import OK, WARN, Finding, Section
from driverenv.model.fleet import Fleet
from driverenv.settings.passwords import UNKNOWN_KEY


def section(fleet: Fleet, transport: _http.Sending, *, offline: bool) -> Section:
    """All about it, in one line. Where this server writes there, a small file is put there."""
    return Section("fleet store", (_finding(fleet, transport, offline=offline),))


def _finding(fleet: Fleet, transport: _http.Sending, *, offline: bool) -> Finding:
    what, data = "fleet store", {"location": str(fleet), "write": fleet.write}
    if fleet.key == UNKNOWN_KEY:
        return Finding("fleet-key", WARN, what, "its key is not there", "make the key file readable", data)
    if offline and fleet.index is None:
        return Finding("fleet-offline", OK, what, "not asked: the mode is offline, and it may be anywhere")
    try:
        try_out(fleet, transport)
    except Unavailable as why:
        remedy = "look at the share or server, and at this account's rights there; launches build for themselves until then"
        return Finding(
            "fleet-unusable", WARN, what, f"{fleet} cannot be used: {foreign(str(why))}", remedy, data
        )
    may = "this server reads and writes there" if fleet.write else "this server reads there"
    return Finding("fleet", OK, what, f"{fleet} answers; {may}; the key is {key_id(fleet.key)}", data=data)
