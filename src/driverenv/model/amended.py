"""What a site says in place of a release's own metadata: all that a reader of wheels needs to know of policies."""

from __future__ import annotations

from typing import NamedTuple

from packaging.utils import NormalizedName


class Amended(NamedTuple):
    """What the site's policy says in place of one release's own metadata."""

    requires: bool = False
    """Whether it says all that the release requires."""
    projects: frozenset[NormalizedName] = frozenset()
    """Projects whose demands it replaces, by whomever they are made: a URL as well."""


AS_IT_IS = Amended()
"""It says nothing of it."""
