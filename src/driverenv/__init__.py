"""driverenv: a driver's requirements.txt in, the driver's own virtual environment out.

>>> from driverenv import Index, Policy, Request, prepare
>>> policy = Policy(local=[Index("/srv/pypi", name="lab")])
>>> environment = prepare(Request("/srv/drivers/Switch Driver", policy=policy))  # doctest: +SKIP

Public names load on first use (PEP 562): importing the package costs one module.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from driverenv.errors import (
        ArchiveRejected,
        BuildFailed,
        DriverEnvError,
        DriverNotRunnable,
        EnvironmentBroken,
        FactsInvalid,
        HashMismatch,
        HomeUnusable,
        IndexUnavailable,
        IntegrityError,
        InterpreterNotFound,
        LocalVersionMismatch,
        LockMismatch,
        PolicyViolation,
        ProjectNotFound,
        RepositoryRefused,
        RequirementsInvalid,
        ServerFailed,
        SettingsInvalid,
        Unresolvable,
        UploadFailed,
    )
    from driverenv.events import (
        Asked,
        Building,
        Built,
        BuiltElsewhere,
        Downloaded,
        Downloading,
        Event,
        Failed,
        InterpreterChanged,
        Linked,
        Linking,
        Locked,
        Ready,
        Resolving,
        Solved,
        Started,
        StartupHook,
        Traffic,
        Uploading,
        Warned,
        Working,
    )
    from driverenv.lease import Lease
    from driverenv.model.fleet import Fleet
    from driverenv.model.keeping import Keep
    from driverenv.model.launch import Command, Environment, Request
    from driverenv.model.site import Correction, Exemption, Index, Mode, Policy
    from driverenv.stories.collecting import Collection, collect
    from driverenv.stories.leftovers import Collected
    from driverenv.stories.prepare import prepare

__version__ = "0.1.0"

_ERRORS = "driverenv.errors"
_EVENTS = (
    "Asked",
    "Building",
    "Built",
    "BuiltElsewhere",
    "Downloaded",
    "Downloading",
    "Event",
    "Failed",
    "InterpreterChanged",
    "Linked",
    "Linking",
    "Locked",
    "Ready",
    "Resolving",
    "Solved",
    "Started",
    "StartupHook",
    "Traffic",
    "Uploading",
    "Warned",
    "Working",
)
_HOMES = {
    "prepare": "driverenv.stories.prepare",
    "collect": "driverenv.stories.collecting",
    "Collection": "driverenv.stories.collecting",
    "Collected": "driverenv.stories.leftovers",
    "Keep": "driverenv.model.keeping",
    "Request": "driverenv.model.launch",
    "Environment": "driverenv.model.launch",
    "Command": "driverenv.model.launch",
    "Lease": "driverenv.lease",
    "Policy": "driverenv.model.site",
    "Index": "driverenv.model.site",
    "Mode": "driverenv.model.site",
    "Correction": "driverenv.model.site",
    "Exemption": "driverenv.model.site",
    "Fleet": "driverenv.model.fleet",
    **dict.fromkeys(_EVENTS, "driverenv.events"),
    "DriverEnvError": _ERRORS,
    "ArchiveRejected": _ERRORS,
    "BuildFailed": _ERRORS,
    "DriverNotRunnable": _ERRORS,
    "EnvironmentBroken": _ERRORS,
    "FactsInvalid": _ERRORS,
    "HashMismatch": _ERRORS,
    "HomeUnusable": _ERRORS,
    "IndexUnavailable": _ERRORS,
    "IntegrityError": _ERRORS,
    "InterpreterNotFound": _ERRORS,
    "LocalVersionMismatch": _ERRORS,
    "LockMismatch": _ERRORS,
    "PolicyViolation": _ERRORS,
    "ProjectNotFound": _ERRORS,
    "RepositoryRefused": _ERRORS,
    "RequirementsInvalid": _ERRORS,
    "ServerFailed": _ERRORS,
    "SettingsInvalid": _ERRORS,
    "Unresolvable": _ERRORS,
    "UploadFailed": _ERRORS,
}

__all__ = [
    "ArchiveRejected",
    "Asked",
    "BuildFailed",
    "Building",
    "Built",
    "BuiltElsewhere",
    "Collected",
    "Collection",
    "Command",
    "Correction",
    "Downloaded",
    "Downloading",
    "DriverEnvError",
    "DriverNotRunnable",
    "Environment",
    "EnvironmentBroken",
    "Event",
    "Exemption",
    "FactsInvalid",
    "Failed",
    "Fleet",
    "HashMismatch",
    "HomeUnusable",
    "Index",
    "IndexUnavailable",
    "IntegrityError",
    "InterpreterChanged",
    "InterpreterNotFound",
    "Keep",
    "Lease",
    "Linked",
    "Linking",
    "LocalVersionMismatch",
    "LockMismatch",
    "Locked",
    "Mode",
    "Policy",
    "PolicyViolation",
    "ProjectNotFound",
    "Ready",
    "RepositoryRefused",
    "Request",
    "RequirementsInvalid",
    "Resolving",
    "ServerFailed",
    "SettingsInvalid",
    "Solved",
    "Started",
    "StartupHook",
    "Traffic",
    "Unresolvable",
    "UploadFailed",
    "Uploading",
    "Warned",
    "Working",
    "collect",
    "prepare",
]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'driverenv' has no attribute {name!r}")
    import importlib  # noqa: PLC0415 (PEP 562: nothing is loaded before it is used)

    value = getattr(importlib.import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
