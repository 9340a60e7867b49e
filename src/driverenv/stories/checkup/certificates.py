"""Certificates: the index's, and the one that we show to it."""

from __future__ import annotations

import os
import ssl
import stat
from collections.abc import Iterator
from datetime import UTC, datetime

from driverenv._http import x509
from driverenv._http.x509 import Certificate
from driverenv.errors import foreign
from driverenv.model.finding import FAIL, OK, WARN, Finding
from driverenv.model.site import Index

SOON = 30
"""Days."""
_DAY = 86400


def of_index(found: Certificate, protocol: str, index: Index, now: float) -> Finding:
    """Who issued it, and how long it is good."""
    days = int((found.ends - now) // _DAY)
    data = {
        "days": days,
        "issuer": found.issuer,
        "subject": found.subject,
        "hosts": list(found.hosts),
        "protocol": protocol,
    }
    told = f"{protocol}, {whose(found)}: {_days(days)} left"
    if not index.verify:
        remedy = "take out verify = false, and name the file of its authority instead: ca_file"
        told += "; any other would be accepted, too"
        return Finding("index-certificate", WARN, "certificate", told, remedy, data)
    if days < SOON:
        return Finding("index-certificate", WARN, "certificate", told, "renew it, before launches fail", data)
    return Finding("index-certificate", OK, "certificate", told, data=data)


def whose(found: Certificate) -> str:
    """For whom, by whom, until when."""
    hosts = ", ".join(found.hosts[:4]) or found.subject or "nobody"
    by = "itself" if found.is_own else found.issuer or "nobody"
    return f"for {foreign(hosts)}, issued by {foreign(by)}, good until {_day(found.ends)}"


def ours(index: Index, now: float) -> Iterator[Finding]:
    """The certificate that we show; whether it can be used at all is seen when it is shown."""
    if index.client_cert is None:
        return
    try:
        with open(index.client_cert, encoding="ascii", errors="replace") as file:
            found = x509.read(ssl.PEM_cert_to_DER_cert(_first(file.read(1 << 20))))
    except (OSError, ValueError):
        return
    days = int((found.ends - now) // _DAY)
    told = f"{foreign(index.client_cert)}, of {foreign(found.subject)}, issued by {foreign(found.issuer)}: "
    data = {"days": days, "subject": found.subject, "issuer": found.issuer}
    if days < 0:
        told += f"it has expired on {_day(found.ends)}"
        yield Finding("index-client-certificate", FAIL, "our certificate", told, "have it renewed", data)
    else:
        status = WARN if days < SOON else OK
        remedy = "have it renewed, before launches fail" if days < SOON else ""
        yield Finding(
            "index-client-certificate", status, "our certificate", f"{told}{_days(days)} left", remedy, data
        )
    yield from _of_key(index.client_key or index.client_cert, encrypted=index.client_key_password is not None)


def _first(text: str) -> str:
    """The first certificate of a PEM file, which is ours; those that follow are its authorities'."""
    begin, end = "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"
    return begin + text.partition(begin)[2].partition(end)[0] + end


def _of_key(path: str, *, encrypted: bool) -> Iterator[Finding]:
    if os.name != "posix" or encrypted:
        return
    try:
        mode = os.stat(path).st_mode
    except OSError:
        return
    if mode & (stat.S_IRGRP | stat.S_IROTH):
        told = f"{foreign(path)} is not encrypted, and others than its owner can read it"
        yield Finding("index-client-key", WARN, "our key", told, f"chmod 600 {path}")


def _days(days: int) -> str:
    return f"{days:,} day{'' if days == 1 else 's'}"


def _day(instant: float) -> str:
    return datetime.fromtimestamp(instant, UTC).date().isoformat()
