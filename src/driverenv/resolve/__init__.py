"""Facts in, outcome out. Pure: `solve` asks nothing and nobody, `explain` says what is wrong and what to do."""

from driverenv.resolve.account import Account, account
from driverenv.resolve.again import again
from driverenv.resolve.chains import tell, way_to
from driverenv.resolve.corrected import believed
from driverenv.resolve.effort import Effort
from driverenv.resolve.explain import Trouble, explain, troubles
from driverenv.resolve.memory import Memory
from driverenv.resolve.notes import incomplete, notes
from driverenv.resolve.outlook import outlook
from driverenv.resolve.rules import demands, named_files, rules
from driverenv.resolve.solve import solve
from driverenv.resolve.standing import Standing, standings

__all__ = [
    "Account",
    "Effort",
    "Memory",
    "Standing",
    "Trouble",
    "account",
    "again",
    "believed",
    "demands",
    "explain",
    "incomplete",
    "named_files",
    "notes",
    "outlook",
    "rules",
    "solve",
    "standings",
    "tell",
    "troubles",
    "way_to",
]
