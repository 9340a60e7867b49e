"""What a site hands over as a driver: a folder, a script, a zip, or a zip with drivers inside (`opened`)."""

from driverenv.driver.metadata import Metadata
from driverenv.driver.opening import MARKS, Driver, is_package, opened

__all__ = ["MARKS", "Driver", "Metadata", "is_package", "opened"]
