"""Local version wins or fail: who may be asked, who is asked next, who serves, and what holds today.

Pure decisions over the site's `Policy` and what indexes answered.
"""

from driverenv.policy.patterns import canonical, matches
from driverenv.policy.route import Ask, Route, excepted, next_step, passed_by, route, sources
from driverenv.policy.terms import ends, in_force, instant, over, settled, valid_for

__all__ = [
    "Ask",
    "Route",
    "canonical",
    "ends",
    "excepted",
    "in_force",
    "instant",
    "matches",
    "next_step",
    "over",
    "passed_by",
    "route",
    "settled",
    "sources",
    "valid_for",
]
