"""The command line as a whole: every command has help, an example, exit codes."""

import pytest

from cli import main as entry
from cli.frame import registry
from cli.frame.command import DONE, PROBLEM, USAGE

COMMANDS = registry.names()
PROMISED = {
    "up", "down", "status", "doctor", "mail", "demo", "run", "topics", "schemas", "migrate", "config", "send-event",
}  # fmt: skip


def test_every_promised_command_is_there() -> None:
    assert set(COMMANDS) >= PROMISED


def test_a_file_without_a_command_is_none() -> None:
    assert not {"main", "reference", "--init--"} & set(COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_help_shows_an_example(name: str, capsys) -> None:
    assert entry.main([name, "--help"]) == DONE
    shown = capsys.readouterr().out
    assert "example:" in shown
    assert f"gregor {name}" in shown.split("example:")[1]


@pytest.mark.parametrize("name", COMMANDS)
def test_a_summary_is_one_line_without_a_full_stop(name: str) -> None:
    summary = registry.command(name).summary
    assert summary[0].islower()
    assert not summary.endswith(".")
    assert "\n" not in summary


@pytest.mark.parametrize(
    ("words", "code"),
    [
        pytest.param(["--help"], DONE, id="help is asked for"),
        pytest.param(["--version"], DONE, id="the version is asked for"),
        pytest.param([], USAGE, id="no command"),
        pytest.param(["frobnicate"], USAGE, id="an unknown command"),
        pytest.param(["status", "--frobnicate"], USAGE, id="an unknown option"),
        pytest.param(["status", "--js"], USAGE, id="an abbreviated option"),
        pytest.param(["run", "nosuch"], USAGE, id="an unknown service"),
        pytest.param(["up", "--smtp", "mail.example"], USAGE, id="an address without a port"),
        pytest.param(["send-event", "http://127.0.0.1/1"], USAGE, id="a DSN without a key"),
    ],
)
def test_exit_codes(words: list[str], code: int, capsys) -> None:
    assert entry.main(words) == code


@pytest.fixture
def empty(tmp_path, monkeypatch):
    monkeypatch.setenv("GREGOR_STATE", str(tmp_path))
    return tmp_path


@pytest.mark.parametrize(
    ("words", "said"),
    [
        pytest.param(["send-event", "--message", "x"], "no stack runs here", id="send-event without a stack"),
        pytest.param(["demo"], "no stack runs here", id="demo without a stack"),
        pytest.param(["mail", "show"], "there are 0 mails", id="no mail to show"),
        pytest.param(["migrate"], "there is no local stack", id="migrate without a database"),
    ],
)
def test_a_problem_is_said_in_one_line_without_a_traceback(words, said, empty, capsys) -> None:
    assert entry.main(words) == PROBLEM
    shown = capsys.readouterr().err
    assert said in shown
    assert shown.startswith(f"gregor {words[0]}: ")
    assert shown.count("\n") == 1


def test_status_without_a_stack(empty, capsys) -> None:
    assert entry.main(["status"]) == PROBLEM
    assert capsys.readouterr().out == f"No stack runs in {empty}; `gregor up` starts one.\n"


def test_down_without_a_stack_is_done(empty, capsys) -> None:
    assert entry.main(["down"]) == DONE
    assert capsys.readouterr().out == f"nothing runs in {empty}\n"


def test_an_unknown_setting_is_named(empty, monkeypatch, capsys) -> None:
    monkeypatch.setenv("GREGOR_KAFKA_PROT", "1")
    assert entry.main(["status"]) == PROBLEM
    assert "unknown GREGOR_KAFKA_PROT" in capsys.readouterr().err


def test_a_service_that_is_told_too_little_names_what_is_missing(capsys) -> None:
    assert entry.main(["run", "ticker"]) == USAGE
    assert "missing GREGOR_KAFKA_BROKERS" in capsys.readouterr().err


def test_config_show_hides_secrets_and_names_sources(monkeypatch, capsys) -> None:
    monkeypatch.setenv("GREGOR_SECRET_MASTER_KEY", "hush")
    monkeypatch.setenv("GREGOR_GATEWAY_PORT", "8123")
    assert entry.main(["config", "show", "gateway"]) == DONE
    shown = capsys.readouterr().out
    rows = {line.split()[0]: line.split()[1:3] for line in shown.splitlines()[1:]}
    assert rows["GREGOR_SECRET_MASTER_KEY"] == ["***", "environment"]
    assert rows["GREGOR_GATEWAY_PORT"] == ["8123", "environment"]
    assert rows["GREGOR_GATEWAY_HOST"] == ["127.0.0.1", "default"]
    assert "hush" not in shown
