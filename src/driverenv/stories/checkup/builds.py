"""What this machine gives the builds of sdists: whether they can be kept from the network and from other files."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

from driverenv.build.process import UNCONFINED, Report
from driverenv.build.trial import tried
from driverenv.errors import foreign
from driverenv.model.finding import FAIL, OK, WARN, Finding, Section
from driverenv.model.site import Policy

_REMEDY = (
    "let this account have user namespaces (on Linux: user.max_user_namespaces, the rules of AppArmor or of the "
    'container); or put wheels on the local index and set builds = "never"'
)


def section(policy: Policy) -> Section:
    """All about it."""
    return Section("builds of sdists", tuple(_findings(policy)))


def _findings(policy: Policy) -> Iterator[Finding]:
    if policy.builds == "never":
        yield Finding("builds-never", OK, "builds", "the policy allows none")
        return
    try:
        with tempfile.TemporaryDirectory(prefix="driverenv-doctor-") as scratch:
            report = tried(policy, Path(scratch))
    except OSError as error:
        yield _broken(error.strerror or str(error))
        return
    if report.status != 0 and report.breach != UNCONFINED:
        yield _broken(report.error or f"status {report.status}")
        return
    yield _told(policy, report)


def _told(policy: Policy, report: Report) -> Finding:
    held = report.held
    data = {"network": held.network, "files": held.files, "processes": held.processes}
    if policy.build_sandbox == "off":
        told = "they have the network and the files of this account: build_sandbox is off"
        return Finding(
            "builds-sandbox", WARN, "sandbox", told, 'set build_sandbox = "auto" or "required"', data
        )
    if held.network == "cut" and held.files == "own":
        told = "they have no network, write into their own folder only, and nothing of them is left"
        return Finding("builds-sandbox", OK, "sandbox", told, data=data)
    lost = "the files" if held.network == "cut" else "the network and the files"
    told = f"they have {lost} of this account: {foreign(held.because)}"
    if policy.build_sandbox == "required":
        return Finding("builds-sandbox", FAIL, "sandbox", f"{told}; so nothing is built here", _REMEDY, data)
    return Finding("builds-sandbox", WARN, "sandbox", told, _REMEDY, data)


def _broken(why: str) -> Finding:
    told = f"not even one that does nothing could be run: {foreign(why)}"
    return Finding(
        "builds-trial", FAIL, "builds", told, "look at the rights of this account, and at its limits"
    )
