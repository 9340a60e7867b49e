"""The test kit: distributions, universes, indexes and faults made to order.

Independent of driverenv's source, for it is the oracle: standard library, packaging and test
tools only.
"""

from .checked import ScenarioError
from .guards import NetworkBlockedError
from .interpreters import find_interpreter, interpreters, requires_interpreter
from .pypiserver import PypiServer, run_pypiserver
from .rawserver import RawServer, refused_port, serve_raw
from .scenario import Asked, Asking, Expected, Pin, Scenario, load_scenarios
from .sdists import Sdist, make_sdist
from .sites import Answer, IndexSite, Request, RequestLog, TransportFault, UnknownOriginError, Web
from .static_index import Gate, StaticIndex, serve
from .universe import Fault, File, IndexData, Project, Universe
from .wheels import Archive, Wheel, make_wheel

__all__ = [
    "Answer",
    "Archive",
    "Asked",
    "Asking",
    "Expected",
    "Fault",
    "File",
    "Gate",
    "IndexData",
    "IndexSite",
    "NetworkBlockedError",
    "Pin",
    "Project",
    "PypiServer",
    "RawServer",
    "Request",
    "RequestLog",
    "Scenario",
    "ScenarioError",
    "Sdist",
    "StaticIndex",
    "TransportFault",
    "Universe",
    "UnknownOriginError",
    "Web",
    "Wheel",
    "find_interpreter",
    "interpreters",
    "load_scenarios",
    "make_sdist",
    "make_wheel",
    "refused_port",
    "requires_interpreter",
    "run_pypiserver",
    "serve",
    "serve_raw",
]
