"""The generations of each driver: which environments it had, which one is current, and why each was made."""

from driverenv.generations import difference, lineage
from driverenv.generations.drivers import Drivers, Found
from driverenv.generations.lineage import Cause, Generation, Lineage, Pin, Request

__all__ = ["Cause", "Drivers", "Found", "Generation", "Lineage", "Pin", "Request", "difference", "lineage"]
