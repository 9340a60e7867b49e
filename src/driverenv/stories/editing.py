"""Edits that a site wants kept: they go along from a driver's environment into its next one."""

from __future__ import annotations

from pathlib import Path

from driverenv import environment
from driverenv.environment import Edits
from driverenv.generations import Drivers
from driverenv.model.plan import OVERLAY, Plan
from driverenv.stories.workshop import Workshop


def kept(workshop: Workshop, drawn: Plan, at: Path) -> Edits:
    """What was edited in the driver's last environment, of files that may be edited in the one that is to be made at `at`.

    Nothing where it was that very one, which knows its own edits.
    """
    before = _former(workshop, at)
    if before is None:
        return {}
    library = f"{workshop.interpreter.site_packages}/".replace("\\", "/")
    files = (file for wheel in drawn.wheels for file in wheel.files if file.kind == OVERLAY)
    wanted = {file.target.removeprefix(library) for file in files}
    return environment.latest_edits(before, workshop.store, {*wanted, *environment.overlays(before)})


def go_on(workshop: Workshop, at: Path) -> None:
    """Have the environment at `at`, which was there before, go on with what was edited in the driver's last one."""
    before = _former(workshop, at)
    if before is not None:
        names = {*environment.overlays(at), *environment.overlays(before)}
        found = environment.latest_edits(before, workshop.store, names)
        environment.carry_edits(found, at)
        environment.tell_of_edits(found, at, workshop.on_event)


def _former(workshop: Workshop, at: Path) -> Path | None:
    """The prefix of the environment that the driver had until now; None where that is `at`, or nothing is to be kept."""
    site = workshop.site
    if workshop.building or not site.policy.overlays:
        return None
    known = Drivers(site.home).find(environment.readable_name(site.name), site.driver)
    if known is None:
        return None
    current, variant = known.lineage.find(known.lineage.current), site.variant_key
    is_other = current is None or current.request.variant != variant
    one = (known.lineage.latest(variant) or current) if is_other else current
    if one is None or one.key == at.parent.name:
        return None
    return Path(site.home, "environments", one.key, known.lineage.name)
