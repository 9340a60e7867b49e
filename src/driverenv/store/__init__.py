"""What driverenv keeps below its home folder, by content: archives, unpacked wheels, documents, folders.

Names load on first use (PEP 562): the process of `store.peer` needs few of the modules.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from driverenv.archive.scripts import Script
    from driverenv.archive.wheel import STAMP_SECONDS
    from driverenv.store.manifest import StoredFile, StoredWheel
    from driverenv.store.shelves import Store

_HOMES = {
    "STAMP_SECONDS": "driverenv.archive.wheel",
    "Script": "driverenv.archive.scripts",
    "Store": "driverenv.store.shelves",
    "StoredFile": "driverenv.store.manifest",
    "StoredWheel": "driverenv.store.manifest",
}

__all__ = ["STAMP_SECONDS", "Script", "Store", "StoredFile", "StoredWheel"]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'driverenv.store' has no attribute {name!r}")
    import importlib  # noqa: PLC0415 (see above)

    value = getattr(importlib.import_module(_HOMES[name]), name)
    globals()[name] = value
    return value
