"""The body of a request, unpacked block by block under our own count of bytes."""

from collections.abc import Iterator

from ingest_gateway.caps import RATIO, RATIO_FROM_BYTES, Limits
from ingest_gateway.coding import CodingError, Decoder, coding_name, decoder
from schemas.reasons import Reason
from schemas.verdict import Rejected


class Unpacker:
    """Feed it what comes from the wire. Once `refusal` is set, nothing more comes out."""

    def __init__(self, encoding: bytes, limits: Limits) -> None:
        self.limits = limits
        self.name = coding_name(encoding)
        self.refusal = Rejected(Reason.UNKNOWN_ENCODING) if self.name is None else None
        self.inner: Decoder | None = None
        self.wire_bytes = 0
        self.unpacked_bytes = 0

    def feed(self, wire: bytes) -> Iterator[bytes]:
        self.wire_bytes += len(wire)
        if self.wire_bytes > self.limits.wire_bytes:
            self.refusal = self.refusal or Rejected(Reason.TOO_LARGE)
        if wire and self.refusal is None:
            self.inner = self.inner or decoder(self.name or "", wire[:2])
            yield from self._counted(self.inner.feed(wire))

    def close(self) -> Iterator[bytes]:
        if self.inner is not None and self.refusal is None:
            yield from self._counted(self.inner.close())

    def _counted(self, blocks: Iterator[bytes]) -> Iterator[bytes]:
        """What is over the cap is unpacked a little further, to tell a bomb from a body that is too large."""
        try:
            for block in blocks:
                self.unpacked_bytes += len(block)
                if self._is_bomb():
                    self.refusal = Rejected(Reason.BOMB)
                    return
                if self.unpacked_bytes <= self.limits.unpacked_bytes:
                    yield block
                elif self.unpacked_bytes > RATIO_FROM_BYTES:
                    break
            if self.unpacked_bytes > self.limits.unpacked_bytes:
                self.refusal = Rejected(Reason.TOO_LARGE)
        except CodingError:
            self.refusal = Rejected(Reason.BAD_ENCODING)

    def _is_bomb(self) -> bool:
        """Over 8 MiB, and over 200 times what went in for it."""
        went_in = self.wire_bytes - (self.inner.waiting if self.inner else 0)
        return self.unpacked_bytes > RATIO_FROM_BYTES and self.unpacked_bytes > RATIO * went_in
