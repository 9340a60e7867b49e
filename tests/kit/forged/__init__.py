"""Archives that must be refused, each with its rule, and archives that only look so and must pass.

Made here, byte by byte; nothing in them does harm, and nothing in them is ever run.
"""

from . import claims, names, sdists, structure
from .benign import benign
from .case import Hostile

__all__ = ["BENIGN", "HOSTILE", "Hostile"]

HOSTILE: tuple[Hostile, ...] = (
    *names.hostile(),
    *structure.hostile(),
    *claims.hostile(),
    *sdists.hostile(),
)
BENIGN: tuple[Hostile, ...] = tuple(benign())
