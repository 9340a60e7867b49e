"""A private project of this site: not on public PyPI, only in the example's folder index."""


def greet(name: str) -> str:
    """Greet the driver called `name`."""
    return f"Hello from {name}"
