"""A check-up of a site, for a person who wants to know what is wrong, or will be: `check`.

Everything is looked at and nothing is changed; what is tried out on the disk is removed again. No index is asked that
a launch would not ask, and what takes no end costs its deadline once: all are asked side by side.
"""

from driverenv.stories.checkup.visit import Asked, check

__all__ = ["Asked", "check"]
