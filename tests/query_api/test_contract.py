"""The contract: committed as it is, complete, and said of every operation."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from query_api.app import written_contract
from query_api.operations import BY_ID, OPERATIONS, Target
from query_api.problems import STATUS, Code

COMMITTED = Path(__file__).parents[2] / "docs" / "openapi.json"


@pytest.fixture(scope="module")
def contract() -> Any:
    return msgspec.json.decode(written_contract())


def entries(contract: Any) -> dict[str, tuple[str, Any]]:
    return {entry["operationId"]: (path, entry) for path, item in contract["paths"].items() for entry in item.values()}


def test_the_committed_contract_is_the_one_that_is_served(contract: Any) -> None:
    assert msgspec.json.decode(COMMITTED.read_bytes()) == contract, "run: gregor openapi write"


def test_every_operation_is_described(contract: Any) -> None:
    assert entries(contract).keys() == BY_ID.keys()
    assert contract["openapi"].startswith("3.1")


@pytest.mark.parametrize("operation_id", sorted(BY_ID))
def test_an_operation_names_its_role_its_parameters_and_its_problems(contract: Any, operation_id: str) -> None:
    path, entry = entries(contract)[operation_id]
    operation = BY_ID[operation_id]
    named = {part[1:-1] for part in path.split("/") if part.startswith("{")}
    assert {one["name"] for one in entry.get("parameters", []) if one["in"] == "path"} == named
    assert entry["x-gregor-role"] == operation.least.name.lower().replace("nobody", "anybody")
    assert str(operation.status) in entry["responses"]
    assert "429" in entry["responses"]
    if operation.target is not Target.NONE:
        assert "404" in entry["responses"]


def test_no_list_of_the_contract_is_nullable(contract: Any) -> None:
    text = msgspec.json.encode(contract).decode()
    assert '"type":["array","null"]' not in text


def test_every_code_has_a_status_and_a_title() -> None:
    assert STATUS.keys() == set(Code)
    assert all(400 <= status < 600 and title for status, title in STATUS.values())


def test_reads_do_not_change_and_changes_are_audited() -> None:
    for operation in OPERATIONS:
        if operation.method == "GET":
            assert not operation.changes
        elif operation.changes and operation.id != "passwords_ask":
            assert operation.audited, operation.id
