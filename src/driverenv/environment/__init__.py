"""Make an environment: whole or not at all."""

from driverenv.environment.bytecode import compile_for
from driverenv.environment.creation import check, create, describe, witnesses
from driverenv.environment.naming import readable_name

__all__ = ["check", "compile_for", "create", "describe", "readable_name", "witnesses"]
