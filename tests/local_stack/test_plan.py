"""Which ports a stack takes, and what is said when one is not free."""

import pytest

from local_stack.config import PORTS, StackConfig
from local_stack.plan import SERVERS, ports, ports_wrong
from local_stack.scratch import free_ports
from local_stack.services import SERVICES, STARTED

ALL = ports(StackConfig(), SERVERS, STARTED)


def test_a_whole_stack_takes_the_documented_ports() -> None:
    assert sorted(port for port, _ in ALL.values()) == [
        8080, 8090, 8091, 9101, 9103, 9107, 9108, 9109, 9110, 9111, 11025, 15432, 17017, 19092, 19093,
    ]  # fmt: skip


def test_a_replaced_server_takes_no_port() -> None:
    assert "kafka_port" not in ports(StackConfig(), ("postgres",), STARTED)


def test_stages_alone_have_ports_of_their_own() -> None:
    alone = ports(StackConfig(), (), ("fingerprint", "recurrence", "escalation"))
    assert sorted(port for port, _ in alone.values()) == [9104, 9105, 9106]


@pytest.mark.parametrize(
    ("changed", "busy", "said"),
    [
        pytest.param({}, set(), [], id="nothing to say when all are free"),
        pytest.param(
            {},
            {8080},
            ["port 8080 of gateway is in use by another program; set GREGOR_GATEWAY_PORT to a free one"],
            id="a busy port is named with the program that wants it and its setting",
        ),
        pytest.param(
            {"api_port": 8080},
            set(),
            ["port 8080 is given twice: GREGOR_GATEWAY_PORT and GREGOR_API_PORT"],
            id="two settings with one port are named",
        ),
        pytest.param(
            {},
            {15432, 19093},
            [
                "port 19093 of kafka is in use by another program; set GREGOR_KAFKA_CONTROLLER_PORT to a free one",
                "port 15432 of postgres is in use by another program; set GREGOR_POSTGRES_PORT to a free one",
            ],
            id="every busy port is named, not only the first",
        ),
    ],
)
def test_ports_wrong(changed: dict[str, int], busy: set[int], said: list[str]) -> None:
    wanted = ports(StackConfig(**changed), SERVERS, ("gateway", "api"))
    assert ports_wrong(wanted, busy.__contains__) == said


def test_every_port_of_a_service_is_a_setting_of_the_stack() -> None:
    wanted = {field for service in SERVICES.values() for field in (*service.ports, service.inner_port)}
    assert wanted <= set(PORTS)


def test_free_ports_differ() -> None:
    assert len(set(free_ports(30))) == 30
