"""What `gregor send-event` makes of its arguments."""

import pytest

from cli.frame.command import WrongUsage
from cli.send_event import Dsn, is_envelope, parse


@pytest.mark.parametrize(
    ("text", "dsn"),
    [
        pytest.param(
            "http://abc@127.0.0.1:8080/7", Dsn(base="http://127.0.0.1:8080", key="abc", project="7"), id="a plain DSN"
        ),
        pytest.param(
            "https://abc:old@errors.example/base/7",
            Dsn(base="https://errors.example/base", key="abc", project="7"),
            id="a path before the project, a secret part of old times",
        ),
    ],
)
def test_parse(text: str, dsn: Dsn) -> None:
    assert parse(text) == dsn


@pytest.mark.parametrize(
    "text",
    ["", "abc", "http://127.0.0.1/7", "http://abc@127.0.0.1/", "http://abc@127.0.0.1/x", "file://abc@host/7"],
    ids=["nothing", "a word", "no key", "no project", "a project that is no number", "another scheme"],
)
def test_what_is_no_dsn_is_wrong_usage(text: str) -> None:
    with pytest.raises(WrongUsage, match="is no DSN"):
        parse(text)


@pytest.mark.parametrize(
    ("body", "envelope"),
    [
        pytest.param(b'{"message":"x"}', False, id="one object on one line"),
        pytest.param(b'{"message":"x"}\n', False, id="and a newline at its end"),
        pytest.param(b'{\n "message": "x"\n}', False, id="an object over several lines"),
        pytest.param(b'{}\n{"type":"event"}\n{"message":"x"}', True, id="an envelope"),
        pytest.param(b'[1]\n{"a":1}', False, id="a first line that is no object"),
    ],
)
def test_is_envelope(body: bytes, envelope: bool) -> None:
    assert is_envelope(body) is envelope
