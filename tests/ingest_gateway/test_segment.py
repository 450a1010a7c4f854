"""Segments of the spool: cut at every byte, flipped at every byte, and what survives."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest_gateway import segment
from ingest_gateway.segment import Damage, Record

RECORDS = [Record(f"1|Key{n}".encode(), f'{{"n":{n}}}'.encode() * 3) for n in range(5)]
RAW = segment.header(7) + b"".join(map(segment.encoded, RECORDS))
ENDS = [segment.HEADER.size]
for each in RECORDS:
    ENDS.append(ENDS[-1] + len(segment.encoded(each)))


def good(raw: bytes) -> list[Record]:
    return [found for found in segment.records(raw) if isinstance(found, Record)]


def test_what_is_written_is_read() -> None:
    assert list(segment.records(RAW)) == RECORDS
    assert segment.created_at(RAW) == 7
    assert segment.torn_at(RAW) is None


def test_another_file_is_no_segment() -> None:
    assert segment.created_at(b"GRSPOOL2" + RAW[8:]) is None
    assert segment.created_at(b"GR") is None


@pytest.mark.parametrize("length", range(segment.HEADER.size, len(RAW)))
def test_cut_at_any_byte_all_whole_records_are_there(length: int) -> None:
    whole = [record for record, end in zip(RECORDS, ENDS[1:], strict=True) if end <= length]
    cut = RAW[:length]
    assert good(cut) == whole
    assert segment.torn_at(cut) == (None if length in ENDS else max(end for end in ENDS if end < length))


def test_a_flipped_bit_costs_one_record() -> None:
    for at in range(segment.HEADER.size, len(RAW)):
        flipped = RAW[:at] + bytes([RAW[at] ^ 0x10]) + RAW[at + 1 :]
        hit = next(number for number in range(5) if at < ENDS[number + 1])
        assert good(flipped) == RECORDS[:hit] + RECORDS[hit + 1 :], at


def test_damage_is_named_by_its_place() -> None:
    damaged = RAW[: ENDS[1]] + b"garbage" + RAW[ENDS[1] :]
    assert [found for found in segment.records(damaged) if isinstance(found, Damage)] == [Damage(ENDS[1], ENDS[1] + 7)]


@given(st.lists(st.tuples(st.binary(max_size=30), st.binary(max_size=300)), max_size=5))
def test_any_bytes_travel(pairs: list[tuple[bytes, bytes]]) -> None:
    records = [Record(*pair) for pair in pairs]
    assert list(segment.records(segment.header(1) + b"".join(map(segment.encoded, records)))) == records


@given(st.binary(max_size=200))
def test_any_bytes_are_read_without_an_error(raw: bytes) -> None:
    list(segment.records(segment.header(1) + raw))
    segment.torn_at(segment.header(1) + raw)
