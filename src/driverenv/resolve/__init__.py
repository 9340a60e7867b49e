"""Facts in, outcome out. Pure: `solve` asks nothing and nobody, `explain` says what is wrong and what to do."""

from driverenv.resolve.memory import Memory
from driverenv.resolve.rules import demands, rules
from driverenv.resolve.solve import solve

__all__ = ["Memory", "demands", "rules", "solve"]
