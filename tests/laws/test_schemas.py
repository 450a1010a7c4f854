"""The msgspec record is the truth; generated JSON Schema and examples follow it."""

import json
from pathlib import Path

import msgspec
import pytest

from schemas import generate, wire
from schemas.reasons import Reason
from schemas.record import Record
from schemas.verdict import Rejected
from tests.laws.tree import ROOT

EXAMPLES = ROOT / "schemas" / "examples"
GOOD = sorted(EXAMPLES.rglob("good/*.json"))
REFUSED = sorted(EXAMPLES.rglob("refused/*.json"))
RECORDS = {generate.file_name(record).removesuffix(".json"): record for record in wire.RECORDS}


def shown(path: Path) -> str:
    return str(path.relative_to(EXAMPLES))


def record_of(path: Path) -> type[Record]:
    return RECORDS[str(path.parent.parent.relative_to(EXAMPLES))]


def test_generated_files_are_committed() -> None:
    assert generate.check() == [], "run `gregor schemas write`"


def test_every_record_has_a_good_and_a_refused_example() -> None:
    assert {record_of(path) for path in GOOD} == set(wire.RECORDS)
    assert {record_of(path) for path in REFUSED} == set(wire.RECORDS)


@pytest.mark.parametrize("path", GOOD, ids=shown)
def test_a_good_example_decodes_and_encodes_back(path: Path) -> None:
    raw = path.read_bytes()
    found = wire.read(raw)
    assert type(found) is record_of(path)
    assert isinstance(found, Record)
    assert json.loads(wire.encode(found)) == json.loads(raw)


@pytest.mark.parametrize("path", REFUSED, ids=shown)
def test_a_refused_example_is_refused_for_its_reason(path: Path) -> None:
    """File names are `<reason>.<what is wrong>.json`."""
    found = wire.read(path.read_bytes())
    assert isinstance(found, Rejected)
    assert found.reason is Reason(path.name.split(".")[0])


def test_records_are_closed_structs() -> None:
    for record in wire.RECORDS:
        config = record.__struct_config__
        assert (config.frozen, config.omit_defaults, config.tag_field) == (True, True, "record"), record
        required = [field for field in msgspec.structs.fields(record) if field.required]
        assert required, record
