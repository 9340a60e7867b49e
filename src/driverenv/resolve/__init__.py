"""Facts in, outcome out. Pure: `solve` asks nothing and nobody, `explain` says what is wrong and what to do."""

from driverenv.resolve.account import Account, account
from driverenv.resolve.chains import tell, way_to
from driverenv.resolve.corrected import believed
from driverenv.resolve.effort import Effort
from driverenv.resolve.explain import explain
from driverenv.resolve.memory import Memory
from driverenv.resolve.notes import incomplete, notes
from driverenv.resolve.outlook import outlook
from driverenv.resolve.rules import demands, rules
from driverenv.resolve.solve import solve

__all__ = [
    "Account",
    "Effort",
    "Memory",
    "account",
    "believed",
    "demands",
    "explain",
    "incomplete",
    "notes",
    "outlook",
    "rules",
    "solve",
    "tell",
    "way_to",
]
