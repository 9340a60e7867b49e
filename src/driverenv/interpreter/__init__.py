"""Ask a Python what it is, once; and find the Python that is wanted."""

from driverenv.interpreter.inspection import inspect
from driverenv.interpreter.search import find

__all__ = ["find", "inspect"]
