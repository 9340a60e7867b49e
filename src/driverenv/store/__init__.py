"""What driverenv keeps below its home folder, by content: archives, unpacked wheels, documents, folders."""

from driverenv.archive.scripts import Script
from driverenv.archive.wheel import STAMP_SECONDS
from driverenv.store.manifest import StoredFile, StoredWheel
from driverenv.store.shelves import Store

__all__ = ["STAMP_SECONDS", "Script", "Store", "StoredFile", "StoredWheel"]
