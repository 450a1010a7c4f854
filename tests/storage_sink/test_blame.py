"""Whose fault a refusal is."""

import pytest

from storage_sink.blame import Blame, blame


@pytest.mark.parametrize(
    ("sqlstate", "whose"),
    [
        pytest.param("22P05", Blame.ROW, id="a NUL in JSON"),
        pytest.param("22003", Blame.ROW, id="a number out of range"),
        pytest.param("23514", Blame.ROW, id="a check that fails"),
        pytest.param("54000", Blame.ROW, id="a row too large for an index"),
        pytest.param("40P01", Blame.MOMENT, id="a deadlock"),
        pytest.param("55P03", Blame.MOMENT, id="a lock that is not free"),
        pytest.param("57P01", Blame.STORE, id="the server shuts down"),
        pytest.param("53300", Blame.STORE, id="too many connections"),
        pytest.param("53100", Blame.STORE, id="the disk is full"),
        pytest.param("42501", Blame.STORE, id="a right is missing: an operator must look, no row is at fault"),
        pytest.param(None, Blame.STORE, id="the connection broke"),
    ],
)
def test_blame(sqlstate: str | None, whose: Blame) -> None:
    assert blame(sqlstate) == whose
