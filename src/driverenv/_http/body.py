"""Bodies: content encoding taken off in bounded pieces, and whether all of it came."""

from __future__ import annotations

import zlib
from collections.abc import Iterator

from driverenv._http.exchange import Response, TransportFailure

_CHUNK = 64 * 1024


def decoded(chunks: Iterator[bytes], encoding: str) -> Iterator[bytes]:
    """Take gzip off, in pieces of bounded size however much a chunk swells."""
    if encoding.strip().lower() in ("", "identity"):
        yield from chunks
        return
    if encoding.strip().lower() not in ("gzip", "x-gzip"):
        raise TransportFailure(
            "protocol", f"the answer is encoded as {encoding[:40]!r}, which nobody asked for"
        )
    reader = zlib.decompressobj(zlib.MAX_WBITS | 16)
    try:
        for chunk in chunks:
            left = chunk
            while left:
                if reader.eof:  # one more member (RFC 1952 section 2.2): a page without it would look whole
                    reader = zlib.decompressobj(zlib.MAX_WBITS | 16)
                yield reader.decompress(left, _CHUNK)
                left = reader.unused_data if reader.eof else reader.unconsumed_tail
    except zlib.error as error:
        raise TransportFailure("protocol", f"the answer is no valid gzip data ({error})") from error
    if not reader.eof:
        raise TransportFailure("truncated", "the answer's gzip data break off")


def is_complete(response: Response) -> bool:
    """Whether it is known that the whole body came (RFC 9112 section 6.3): a page shows its own end."""
    if "content-length" in response.headers or "transfer-encoding" in response.headers:
        return True
    kind = response.headers.get("content-type", "").lower()
    if "html" in kind:
        return b"</html" in response.body[-1024:].lower()
    return "json" not in kind or response.body.rstrip().endswith(b"}")
