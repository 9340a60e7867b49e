"""Where servers share what they built: `Fleet`."""

from __future__ import annotations

from driverenv.model.index import Index
from driverenv.model.noun import Noun

SHORTEST_KEY = 32
"""Characters: whoever can read the store can try keys at leisure."""
BUCKETS = ("s3://", "gs://", "az://")
"""How the addresses of object stores begin."""


class Fleet(Noun):
    """A store of wheels that the servers of a site have built of sdists, so that each is built once for all of them.

    It is no index: what is in there never makes a project a local one. Nobody is believed who does not know the key.

    Args:
        store: a folder on a share or an ``http(s)://`` URL with all terms of an `Index`, or the address of an object
            store (``s3://bucket/folder``, ``gs://``, ``az://``; needs the extra ``fleet``).
        key: the secret that all servers of the site share and nobody else has; at least 32 characters.
        write: whether this server also puts there what it builds.

    Raises:
        ValueError: an address that is none of those, or a key that is too short.
    """

    __slots__ = ("key", "store", "write")
    _secret = frozenset({"key"})

    store: Index | str
    key: str
    write: bool

    def __init__(self, store: Index | str, *, key: str, write: bool = False) -> None:
        if isinstance(store, str) and not store.startswith(BUCKETS):
            store = Index(store)
        self._set(store=store, key=key, write=bool(write))

    def _set(self, **values: object) -> None:
        super()._set(**values)
        if len(self.key) < SHORTEST_KEY:
            raise ValueError(f"the key of a fleet store has at least {SHORTEST_KEY} characters")
        if isinstance(self.store, str) and not self.store.partition("://")[2].split("/")[0]:
            raise ValueError("the address of an object store names a bucket")

    @property
    def index(self) -> Index | None:
        """The folder or the server; None for an object store."""
        return self.store if isinstance(self.store, Index) else None

    def __str__(self) -> str:
        """Its address, without user and password."""
        return self.store if isinstance(self.store, str) else self.store.location
