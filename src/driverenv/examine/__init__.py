"""Look at a machine, and change nothing: the folder that things are kept in, and what else is set up on it."""

from driverenv.examine.folder import Ground, Trial, ground, try_out
from driverenv.examine.influences import Influence, influences

__all__ = ["Ground", "Influence", "Trial", "ground", "influences", "try_out"]
