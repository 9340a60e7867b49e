"""What a site hands over as a driver: a folder, a script, a zip, or a zip with drivers inside (`opened`)."""

from driverenv.driver.metadata import Metadata
from driverenv.driver.opening import Driver, is_package, opened

__all__ = ["Driver", "Metadata", "is_package", "opened"]
