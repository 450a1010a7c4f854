"""Encodings and caps of bodies, in one piece and in many."""

import gzip
import os
import zlib

import brotli
import pytest
import zstandard

from ingest_gateway import caps
from ingest_gateway.body import Unpacker
from ingest_gateway.caps import MIB, Limits
from schemas.reasons import Reason

TEXT = b'{"message":"hello"}' * 200
ZEROS = b"\0" * (64 * MIB)


def raw_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


def unpack(encoding: str, wire: bytes, limits: Limits = caps.ENVELOPE, piece: int = 1 << 30) -> tuple[bytes, str]:
    unpacker = Unpacker(encoding.encode(), limits)
    found = bytearray()
    for at in range(0, len(wire), piece):
        for block in unpacker.feed(wire[at : at + piece]):
            found += block
    for block in unpacker.close():
        found += block
    return bytes(found), unpacker.refusal.reason if unpacker.refusal else ""


GOOD = [
    pytest.param("", TEXT, id="none"),
    pytest.param("identity", TEXT, id="identity"),
    pytest.param("gzip", gzip.compress(TEXT), id="gzip"),
    pytest.param("GZIP", gzip.compress(TEXT), id="in upper case"),
    pytest.param("x-gzip", gzip.compress(TEXT), id="x-gzip"),
    pytest.param("gzip", gzip.compress(TEXT[:1000]) + gzip.compress(TEXT[1000:]), id="two gzip members"),
    pytest.param("deflate", zlib.compress(TEXT), id="deflate with a zlib header"),
    pytest.param("deflate", raw_deflate(TEXT), id="raw deflate"),
    pytest.param("br", brotli.compress(TEXT), id="brotli"),
    pytest.param("zstd", zstandard.compress(TEXT), id="zstd"),
    pytest.param("gzip", TEXT, id="gzip that a proxy has unpacked"),
    pytest.param("", gzip.compress(TEXT), id="gzip that nobody told of"),
]


@pytest.mark.parametrize(("encoding", "wire"), GOOD)
@pytest.mark.parametrize("piece", [1 << 30, 7], ids=["in one piece", "in pieces of 7 bytes"])
def test_unpacked(encoding: str, wire: bytes, piece: int) -> None:
    assert unpack(encoding, wire, piece=piece) == (TEXT, "")


@pytest.mark.parametrize(
    ("encoding", "wire", "reason"),
    [
        pytest.param("gzip", gzip.compress(TEXT)[:-3], Reason.BAD_ENCODING, id="a truncated gzip"),
        pytest.param("gzip", gzip.compress(TEXT) + b"xx", Reason.BAD_ENCODING, id="bytes after its end"),
        pytest.param("gzip", b"nonsense", Reason.BAD_ENCODING, id="no gzip at all"),
        pytest.param("deflate", zlib.compress(TEXT)[:-3], Reason.BAD_ENCODING, id="a truncated deflate"),
        pytest.param("br", brotli.compress(TEXT)[:-3], Reason.BAD_ENCODING, id="a truncated brotli"),
        pytest.param("zstd", zstandard.compress(TEXT)[:-3], Reason.BAD_ENCODING, id="a truncated zstd"),
        pytest.param("br", b"\xff" * 50, Reason.BAD_ENCODING, id="no brotli"),
        pytest.param("zstd", b"\xff" * 50, Reason.BAD_ENCODING, id="no zstd"),
        pytest.param("compress", TEXT, Reason.UNKNOWN_ENCODING, id="another name"),
        pytest.param("gzip, gzip", gzip.compress(TEXT), Reason.UNKNOWN_ENCODING, id="two encodings"),
    ],
)
def test_not_unpacked(encoding: str, wire: bytes, reason: Reason) -> None:
    assert unpack(encoding, wire)[1] == reason


@pytest.mark.parametrize("limits", [caps.SINGLE, caps.ENVELOPE], ids=["a single event", "an envelope"])
@pytest.mark.parametrize(
    ("encoding", "wire"),
    [
        pytest.param("gzip", gzip.compress(ZEROS), id="gzip"),
        pytest.param("br", brotli.compress(ZEROS, quality=5), id="brotli"),
        pytest.param("zstd", zstandard.compress(ZEROS), id="zstd"),
    ],
)
def test_bombs(encoding: str, wire: bytes, limits: Limits) -> None:
    found, reason = unpack(encoding, wire, limits)
    assert (reason, len(found) <= 9 * MIB) == (Reason.BOMB, True)


def test_gzip_in_gzip_is_not_unpacked_twice() -> None:
    inner = gzip.compress(TEXT)
    assert unpack("gzip", gzip.compress(inner)) == (inner, "")


def test_honest_bodies_may_pack_well() -> None:
    body = b'{"a":"' + b"x" * (700 * 1024) + b'"}'
    assert unpack("gzip", gzip.compress(body), caps.SINGLE) == (body, "")


@pytest.mark.parametrize(
    ("size", "reason"), [(MIB, ""), (MIB + 1, Reason.TOO_LARGE)], ids=["at the cap", "over the cap"]
)
def test_caps_of_a_single_event(size: int, reason: str) -> None:
    body = os.urandom(size)
    assert unpack("", body, caps.SINGLE)[1] == reason
    if not reason:
        assert unpack("deflate", zlib.compress(body, 0)[: MIB - 1], caps.SINGLE)[1] == Reason.BAD_ENCODING
