"""What the ending of a file's name says of its format, for whoever reads the page or the folder of an index. Pure."""

from __future__ import annotations

SDISTS = (".tar.gz", ".zip")
"""In small letters."""
_PASSED_BY = {
    ".egg": "an egg; wheels took their place",
    ".exe": "a Windows installer",
    ".msi": "a Windows installer",
    ".rpm": "a package of an operating system",
    ".deb": "a package of an operating system",
    ".dmg": "a package of an operating system",
    ".tar.bz2": "an sdist that is neither .tar.gz nor .zip",
    ".tar.xz": "an sdist that is neither .tar.gz nor .zip",
    ".tar.z": "an sdist that is neither .tar.gz nor .zip",
    ".tgz": "an sdist that is neither .tar.gz nor .zip",
    ".tar": "an sdist that is neither .tar.gz nor .zip",
    ".asc": "a signature",
    ".sig": "a signature",
    ".metadata": "a sidecar",
}


def passed_by(filename: str) -> str:
    """What a file is that lies on indexes and that no launch takes, as in "it is an egg"; "" where that is not known."""
    lower = filename.lower()
    return next((what for ending, what in _PASSED_BY.items() if lower.endswith(ending)), "")
