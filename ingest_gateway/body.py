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
        try:
            for block in blocks:
                self.unpacked_bytes += len(block)
                self.refusal = self._over()
                if self.refusal is not None:
                    return
                yield block
        except CodingError:
            self.refusal = Rejected(Reason.BAD_ENCODING)

    def _over(self) -> Rejected | None:
        """A bomb is what unpacks to over 200 times its size, once that is much or too much anyway."""
        swollen = self.unpacked_bytes > RATIO * self.wire_bytes
        if swollen and self.unpacked_bytes > min(RATIO_FROM_BYTES, self.limits.unpacked_bytes):
            return Rejected(Reason.BOMB)
        return Rejected(Reason.TOO_LARGE) if self.unpacked_bytes > self.limits.unpacked_bytes else None
