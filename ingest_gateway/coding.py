"""Content encodings: one decoder each, giving blocks of bounded size whatever comes in."""

import zlib
from collections.abc import Iterator
from typing import Final, Protocol

import brotli
import zstandard

from ingest_gateway.caps import BLOCK_BYTES, MIB

GZIP: Final = 31
ZLIB: Final = 15
RAW_DEFLATE: Final = -15
GZIP_MAGIC: Final = b"\x1f\x8b"
ZSTD_MAGIC: Final = b"\x28\xb5\x2f\xfd"
WINDOW_BYTES: Final = 8 * MIB
NAMES: Final = {"gzip": "gzip", "x-gzip": "gzip", "deflate": "deflate", "br": "br", "zstd": "zstd"}
NONE: Final = frozenset({"", "identity", "none", "utf-8", "utf8"})


class CodingError(Exception):
    """The bytes are not what the encoding promises."""


class Decoder(Protocol):
    """`waiting`: bytes that were fed and are not unpacked yet."""

    waiting: int

    def feed(self, wire: bytes) -> Iterator[bytes]: ...
    def close(self) -> Iterator[bytes]:
        """What is left; CodingError when the end is missing."""
        ...


class Plain:
    waiting = 0

    def feed(self, wire: bytes) -> Iterator[bytes]:
        yield wire

    def close(self) -> Iterator[bytes]:
        yield from ()


class Deflated:
    """gzip, zlib or raw deflate. Further gzip members may follow the first; nothing else may."""

    def __init__(self, window: int) -> None:
        self.window = window
        self.inner = zlib.decompressobj(window)
        self.fed = False
        self.waiting = 0

    def feed(self, wire: bytes) -> Iterator[bytes]:
        self.fed = self.fed or bool(wire)
        while wire:
            if self.inner.eof:
                self._next(wire)
            try:
                block = self.inner.decompress(wire, BLOCK_BYTES)
            except zlib.error as error:
                raise CodingError from error
            wire = self.inner.unconsumed_tail or self.inner.unused_data
            self.waiting = len(wire)
            if block:
                yield block

    def _next(self, rest: bytes) -> None:
        if self.window != GZIP or not GZIP_MAGIC.startswith(rest[:2]):
            raise CodingError
        self.inner = zlib.decompressobj(self.window)

    def close(self) -> Iterator[bytes]:
        if self.fed and not self.inner.eof:
            raise CodingError
        yield from ()


class Brotli:
    """A few bytes may unpack to gigabytes: the output limit is checked after every block."""

    waiting = 0

    def __init__(self) -> None:
        self.inner = brotli.Decompressor()

    def feed(self, wire: bytes) -> Iterator[bytes]:
        if not wire:
            return
        try:
            block = self.inner.process(wire, output_buffer_limit=BLOCK_BYTES)
            while block or not self.inner.can_accept_more_data():
                yield block
                block = self.inner.process(b"", output_buffer_limit=BLOCK_BYTES)
        except brotli.error as error:
            raise CodingError from error

    def close(self) -> Iterator[bytes]:
        if not self.inner.is_finished():
            raise CodingError
        yield from ()


class Zstd:
    """Read from a whole body: only the stream reader bounds both its output and its window."""

    waiting = 0

    def __init__(self) -> None:
        self.wire = bytearray()

    def feed(self, wire: bytes) -> Iterator[bytes]:
        self.wire += wire
        yield from ()

    def close(self) -> Iterator[bytes]:
        wire = bytes(self.wire)
        made = 0
        decompressor = zstandard.ZstdDecompressor(max_window_size=WINDOW_BYTES)
        try:
            with decompressor.stream_reader(wire, read_across_frames=True) as reader:
                while block := reader.read(BLOCK_BYTES):
                    made += len(block)
                    yield block
            promised = zstandard.frame_content_size(wire) if wire else 0
        except zstandard.ZstdError as error:
            raise CodingError from error
        if made < max(promised, 0) or (wire and not made and promised):
            raise CodingError  # the reader stops silently where a truncated frame ends


def coding_name(header: bytes) -> str | None:
    """The one encoding a request names; empty for none, None for one we do not know or for several."""
    word = header.decode("latin-1").strip().lower()
    return "" if word in NONE else NAMES.get(word)


def decoder(name: str, head: bytes) -> Decoder:
    """By name and first bytes: proxies unpack without telling, and pack without telling."""
    if head[:2] == GZIP_MAGIC and name in ("", "gzip", "deflate"):
        return Deflated(GZIP)
    if head[:1] in (b"{", b"[") and name in ("gzip", "zstd"):
        return Plain()
    match name:
        case "gzip":
            return Deflated(GZIP)
        case "deflate":
            return Deflated(ZLIB if is_zlib(head) else RAW_DEFLATE)
        case "br":
            return Brotli()
        case "zstd":
            return Zstd()
        case _:
            return Plain()


def is_zlib(head: bytes) -> bool:
    return len(head) > 1 and head[0] & 0x0F == 8 and (head[0] << 8 | head[1]) % 31 == 0
