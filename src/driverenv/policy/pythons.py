"""Which Python a driver means: what it declares, read with the site's table of interpreters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

UNDECLARED = "undeclared"
"""The key of the site's table for drivers whose metadata names no Python."""
PYTHON_2 = "2"
"""What such drivers mean by convention: those that say nothing were written before there was a choice."""


class Meant(NamedTuple):
    """The interpreter to look for, and why that one."""

    wanted: str
    """A version such as "3.9", an absolute path, or empty for driverenv's own Python."""
    because: str
    """A sentence's end; empty where it was asked for, or is the default."""
    remedy: str = ""
    """What to do if another one was meant."""


def meant(declared: str | None, table: Mapping[str, str], default: str) -> Meant:
    """The interpreter for a driver.

    Args:
        declared: the version in the driver's metadata; empty where it names none, None where there is no metadata.
        table: the site's: by version ("2", "3", "3.9") or `UNDECLARED`, a version or an absolute path.
        default: for drivers without metadata.
    """
    if declared is None:
        return Meant(looked_up(default, table), "")
    if declared:
        told = f'its drivermetadata.xml says PythonVersion="{declared}"'
        remedy = "if it is for another Python, correct PythonVersion in its drivermetadata.xml"
    else:
        declared = table.get(UNDECLARED, PYTHON_2)
        told = "its drivermetadata.xml names no PythonVersion, " + (
            f"and for such drivers the site says {declared}"
            if UNDECLARED in table
            else "which means Python 2"
        )
        remedy = (
            'if it is for Python 3, write PythonVersion="3" into its drivermetadata.xml; '
            f'if all such drivers of this site are, set {UNDECLARED} = "3" under [pythons] in the settings'
        )
    wanted = looked_up(declared, table)
    if wanted != declared:
        told += f", and for {declared} the site names {wanted}"
    return Meant(wanted, told, remedy)


def looked_up(version: str, table: Mapping[str, str]) -> str:
    """What the table has for `version`, else the version itself.

    "3.12.1" is also a "3.12", and every 2 is a "2"; but who names 3.8 does not mean just any "3".
    """
    parts = version.split(".")
    keys = (version, ".".join(parts[:2]), *((PYTHON_2,) if parts[0] == PYTHON_2 else ()))
    return next((table[key] for key in keys if key != UNDECLARED and table.get(key)), version)
