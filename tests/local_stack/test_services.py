"""What a service is told."""

import pytest

from local_stack.addresses import addresses, replaced, shared_values
from local_stack.config import StackConfig
from local_stack.keys import Keys
from local_stack.service_program import environment, program
from local_stack.services import SERVICES, STARTED, known_fields
from runtime.config import load


@pytest.fixture
def keys(tmp_path):
    return Keys(tmp_path)


def told(name, keys, config=None):
    config = config or StackConfig()
    where = addresses(config, keys)
    return environment(name, shared_values(config, where, keys.folder), where, keys)


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_can_start_with_what_it_is_told(name, keys) -> None:
    load(SERVICES[name].config_type(), told(name, keys), known_fields())


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_knows_only_its_own_password(name, keys) -> None:
    others = {keys.password(service.role) for other, service in SERVICES.items() if service.role and other != name}
    own = keys.password(SERVICES[name].role) if SERVICES[name].role else ""
    text = " ".join(told(name, keys).values())
    assert not [secret for secret in others | {keys.password("postgres")} if secret in text and secret != own]


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_is_told_nothing_that_it_does_not_declare(name, keys) -> None:
    declared = {f"GREGOR_{field.upper()}" for field in SERVICES[name].config_type().__struct_fields__}
    assert told(name, keys).keys() <= declared


def test_a_dsn_names_the_role_and_holds_no_password(keys) -> None:
    assert told("sink-postgres", keys)["GREGOR_POSTGRES_DSN"] == "postgresql://gregor_sink@127.0.0.1:15432/gregor"


def test_another_postgresql_is_used_for_every_role(keys) -> None:
    config = StackConfig(postgres_dsn="postgresql://root:pw@db.example:5555/postgres")
    assert told("api", keys, config)["GREGOR_POSTGRES_DSN"] == "postgresql://gregor_api@db.example:5555/gregor"


def test_replaced_servers_are_named_without_passwords() -> None:
    config = StackConfig(
        kafka_brokers="k:9092",
        postgres_dsn="postgresql://a:b@db:5/x",
        mongo_uri="mongodb://u:p@m:1/?a=b",
        smtp_host="mx",
    )
    assert replaced(config) == {"kafka": "k:9092", "postgres": "db:5", "mongo": "m:1", "smtp": "mx:11025"}


def test_a_program_listens_where_its_environment_says(keys) -> None:
    assert program("gateway", "gateway", told("gateway", keys)).ports == (9101, 8080)


def test_what_is_started_is_known() -> None:
    assert set(STARTED) <= set(SERVICES)
