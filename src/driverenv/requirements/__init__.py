"""A driver's folder or its requirements file -> `Requirements`, in pip's format; every error of a file at once."""

from driverenv.requirements.read import find, parse_lines, read

__all__ = ["find", "parse_lines", "read"]
