"""What a record asks for before it may be decided."""

import pytest

from stream_processors.stage import Input
from stream_processors.stamp import meant_for, settings_offset


@pytest.mark.parametrize(
    ("value", "offset"),
    [
        pytest.param(b'{"record":"issue_command.v1","settings_offset":41}', 41, id="a command stamped by the relay"),
        pytest.param(b'{"record":"occurrence.v1"}', -1, id="a record without a stamp"),
        pytest.param(b'{"tags":{"x":"\\"settings_offset\\":9"}}', -1, id="text of an event is no stamp"),
        pytest.param(b'{"tags":{"settings_offset":9}}', -1, id="nor is a nested name"),
        pytest.param(b'"settings_offset" is no JSON', -1, id="unreadable bytes ask for nothing"),
        pytest.param(b'{"settings_offset":"9"}', -1, id="nor does a stamp of another type"),
    ],
)
def test_settings_offset(value: bytes, offset: int) -> None:
    assert settings_offset(value) == offset


@pytest.mark.parametrize(
    ("headers", "meant"),
    [
        pytest.param((), True, id="an ordinary record is for everybody"),
        pytest.param((("redrive_for", b"recurrence"),), True, id="redriven for this stage"),
        pytest.param((("redrive_for", b"sink-postgres"),), False, id="redriven for another consumer"),
        pytest.param((("other", b"sink-postgres"),), True, id="other headers say nothing"),
    ],
)
def test_meant_for(headers: tuple[tuple[str, bytes], ...], meant: bool) -> None:
    assert meant_for(Input("issue-events", 0, 0, 1, b"", b"", 0, headers), "recurrence") is meant
