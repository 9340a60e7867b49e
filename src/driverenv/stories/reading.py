"""What a driver needs, read from whatever was handed over, with the site's terms for it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from typing import NamedTuple

from driverenv import fetch, requirements, warm
from driverenv.errors import InterpreterNotFound, foreign
from driverenv.events import Started, Warned
from driverenv.model.requirement import Requirements, Root
from driverenv.stories.workshop import Workshop

LISTED = "requirements"
"""What messages call requirements that were given in place of the driver's own."""


class Read(NamedTuple):
    """What was read, and the files that it was read from as they were then."""

    requirements: Requirements
    prints: Mapping[str, str]
    """Fingerprints by absolute path, also of files that are not there and would count if they were."""


def read(workshop: Workshop) -> Read:
    """The driver's requirements; notes become warnings.

    Raises `RequirementsInvalid`, `PolicyViolation`, and `InterpreterNotFound` where they are for another Python.
    """
    workshop.on_event(Started(workshop.site.name, workshop.interpreter.target.python_full_version))
    with workshop.timing("read"):
        return _read_twice(workshop)


def _read_twice(workshop: Workshop) -> Read:
    site = workshop.site
    # Read to learn which files there are, then again after their fingerprints were taken: what changes in
    # between is seen by the second reading, what changes later by whoever compares the fingerprints.
    paths = (*_inputs(workshop, _read(workshop)), *site.inputs)
    prints = {path: fingerprint(path) for path in paths}
    found = _read(workshop)
    found = replace(found, roots=tuple(_known(workshop, root) for root in found.roots))
    workshop.journal.read(found)
    for note in found.notes:
        workshop.on_event(Warned("REQUIREMENTS_NOTE", note))
    _check_python(workshop, found)
    return Read(found, prints)


def fingerprint(path: str) -> str:
    """The content hash of a driver's file, as `warm.fingerprint`. Raises `RequirementsInvalid` where it cannot be read."""
    try:
        return warm.fingerprint(path)
    except OSError as error:
        raise requirements.unreadable(path, error) from error


def _read(workshop: Workshop) -> Requirements:
    site, driver = workshop.site, workshop.driver
    if site.requirements is not None:
        return requirements.parse_lines(site.requirements, file=LISTED, policy=site.policy)
    return requirements.read(
        driver.path,
        shown=driver.shown if driver.unpacked else None,
        policy=site.policy,
        groups=site.groups,
        variables={name: os.environ.get(name) for name in site.policy.expand_vars},
    )


def _known(workshop: Workshop, root: Root) -> Root:
    """A line that names a wheel of the driver's own folder, with what its bytes are; other lines as they are."""
    direct = fetch.hashed(root).direct
    if direct is None or not direct.bundled:
        return root
    workshop.bundled[dict(direct.hashes)["sha256"]] = direct.path
    url, folder = (os.path.abspath(one) for one in (direct.url, direct.folder))
    return root._replace(direct=direct._replace(url=url, folder=folder, path=""))


def _inputs(workshop: Workshop, found: Requirements) -> tuple[str, ...]:
    """The files that the answer depends on: of a driver that came in a zip, the zip."""
    driver = workshop.driver
    own = () if driver.unpacked else found.inputs
    return tuple(dict.fromkeys((*own, *driver.inputs)))


def _check_python(workshop: Workshop, found: Requirements) -> None:
    """A script's header, a project or a lock may say which Pythons it is for (PEP 723, PEP 621, PEP 751)."""
    target = workshop.interpreter.target
    if not found.requires_python or target.fits_python(found.requires_python):
        return
    shown = foreign(workshop.driver.shown)
    raise InterpreterNotFound(
        f"{shown} is for Python {found.requires_python}, and this is Python {target.python_full_version}",
        facts=(
            ("interpreter", workshop.interpreter.executable),
            ("it is for", f"Python {found.requires_python}"),
        ),
        remedies=(f"name an interpreter that fits: --python VERSION, or change requires-python in {shown}",),
        data={"requires_python": found.requires_python, "python": target.python_full_version},
    )
