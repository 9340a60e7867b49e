"""The safety bench: what installers do when a local index misbehaves and an attacker owns the name on public."""
