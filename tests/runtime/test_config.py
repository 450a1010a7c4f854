"""Configuration is read once, and a wrong variable stops the start by name."""

from typing import Annotated

import msgspec
import pytest
from msgspec import Meta

from runtime.config import ConfigError, field_names, load, shown


class DoorConfig(msgspec.Struct, frozen=True, kw_only=True):
    kafka_brokers: Annotated[str, Meta(description="host:port")]
    gateway_port: Annotated[int, Meta(ge=1, le=65535)] = 8080
    keep_browser: bool = False
    secret_kafka_password: str = ""


KNOWN = field_names([DoorConfig]) | {"api_port"}
BROKERS = {"GREGOR_KAFKA_BROKERS": "k:9092"}


@pytest.mark.parametrize(
    ("environ", "said"),
    [
        pytest.param({}, "missing GREGOR_KAFKA_BROKERS", id="a missing variable is named"),
        pytest.param(
            BROKERS | {"GREGOR_GATEWAY_PROT": "1"}, "unknown GREGOR_GATEWAY_PROT", id="a misspelt one is named"
        ),
        pytest.param(
            BROKERS | {"GREGOR_GATEWAY_PORT": "x"},
            "GREGOR_GATEWAY_PORT: Expected `int`",
            id="an ill-typed one is named",
        ),
        pytest.param(
            BROKERS | {"GREGOR_GATEWAY_PORT": "0"}, "GREGOR_GATEWAY_PORT: Expected `int` >= 1", id="a bound is held"
        ),
        pytest.param(
            {"GREGOR_GATEWAY_PROT": "1"},
            "missing GREGOR_KAFKA_BROKERS; unknown GREGOR_GATEWAY_PROT",
            id="all are named at once",
        ),
    ],
)
def test_a_wrong_environment_stops_the_start(environ: dict[str, str], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        load(DoorConfig, environ, KNOWN)


def test_text_becomes_typed_and_other_services_variables_are_passed_over() -> None:
    environ = BROKERS | {
        "GREGOR_GATEWAY_PORT": "81",
        "GREGOR_KEEP_BROWSER": "false",
        "GREGOR_API_PORT": "90",
        "HOME": "/",
    }
    assert load(DoorConfig, environ, KNOWN) == DoorConfig(kafka_brokers="k:9092", gateway_port=81)


def test_secrets_are_not_shown() -> None:
    config = DoorConfig(kafka_brokers="k", secret_kafka_password="hunter2")
    assert shown(config)["secret_kafka_password"] == "***"
    assert shown(DoorConfig(kafka_brokers="k"))["secret_kafka_password"] == ""
