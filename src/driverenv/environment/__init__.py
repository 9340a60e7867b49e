"""Make an environment: whole or not at all."""

from driverenv.environment.bytecode import compile_for, on_its_own
from driverenv.environment.creation import (
    check,
    create,
    describe,
    examine,
    files,
    made_for,
    remembered,
    take,
    unmark,
    wheels_of,
    witnesses,
)
from driverenv.environment.durability import in_doubt, sync, sync_later, synced_at
from driverenv.environment.examining import check_contents, differences, doubt
from driverenv.environment.logs import rescue as rescue_logs
from driverenv.environment.naming import readable_name
from driverenv.environment.overlay import Edits, edits, overlays
from driverenv.environment.overlay import carry as carry_edits
from driverenv.environment.overlay import latest as latest_edits
from driverenv.environment.overlay import remember as remember_edits
from driverenv.environment.overlay import tell as tell_of_edits
from driverenv.environment.removal import remove
from driverenv.environment.running import keys_in_use

__all__ = [
    "Edits",
    "carry_edits",
    "check",
    "check_contents",
    "compile_for",
    "create",
    "describe",
    "differences",
    "doubt",
    "edits",
    "examine",
    "files",
    "in_doubt",
    "keys_in_use",
    "latest_edits",
    "made_for",
    "on_its_own",
    "overlays",
    "readable_name",
    "remember_edits",
    "remembered",
    "remove",
    "rescue_logs",
    "sync",
    "sync_later",
    "synced_at",
    "take",
    "tell_of_edits",
    "unmark",
    "wheels_of",
    "witnesses",
]
