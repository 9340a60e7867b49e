"""A driver's folder or its requirements file -> `Requirements`, in pip's format; every error of a file at once."""

from driverenv.requirements.promise import promise
from driverenv.requirements.read import find, parse_lines, read, unreadable

__all__ = ["find", "parse_lines", "promise", "read", "unreadable"]
