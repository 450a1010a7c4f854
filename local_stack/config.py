"""What the local stack may be told: where it keeps things, its ports, servers that replace its own."""

from typing import Annotated, TypeAlias

import msgspec
from msgspec import Meta

Port: TypeAlias = Annotated[int, Meta(ge=1, le=65535)]


class StackConfig(msgspec.Struct, frozen=True, kw_only=True):
    """Read from GREGOR_* variables; services get theirs from it (`services.environment`)."""

    state: Annotated[
        str, Meta(description="folder of data, logs, secrets; empty: ~/.local/state/gregor, as root /var/lib/gregor")
    ] = ""
    cache: Annotated[
        str,
        Meta(description="folder of downloaded jars, shared by stacks; empty: ~/.cache/gregor or /var/cache/gregor"),
    ] = ""

    kafka_port: Annotated[Port, Meta(description="Kafka, for clients")] = 19092
    kafka_controller_port: Annotated[Port, Meta(description="Kafka's controller")] = 19093
    postgres_port: Annotated[Port, Meta(description="PostgreSQL")] = 15432
    mongo_port: Annotated[Port, Meta(description="MongoDB-wire server")] = 17017
    smtp_port: Annotated[Port, Meta(description="mail catcher, or the port of smtp_host")] = 11025

    gateway_port: Annotated[Port, Meta(description="gateway: where errors are sent")] = 8080
    api_port: Annotated[Port, Meta(description="API and dashboard")] = 8090
    notifier_port: Annotated[Port, Meta(description="notifier's listener")] = 8091

    gateway_inner_port: Annotated[Port, Meta(description="health and metrics of the gateway")] = 9101
    intake_inner_port: Annotated[Port, Meta(description="health and metrics of the Kafka door")] = 9102
    stages_inner_port: Annotated[Port, Meta(description="health and metrics of the stages in one process")] = 9103
    fingerprint_inner_port: Annotated[Port, Meta(description="health and metrics of the fingerprint stage alone")] = (
        9104
    )
    recurrence_inner_port: Annotated[Port, Meta(description="health and metrics of the recurrence stage alone")] = 9105
    escalation_inner_port: Annotated[Port, Meta(description="health and metrics of the escalation stage alone")] = 9106
    ticker_inner_port: Annotated[Port, Meta(description="health and metrics of the ticker")] = 9107
    sink_postgres_inner_port: Annotated[Port, Meta(description="health and metrics of the PostgreSQL sink")] = 9108
    sink_mongo_inner_port: Annotated[Port, Meta(description="health and metrics of the MongoDB sink")] = 9109
    notifier_inner_port: Annotated[Port, Meta(description="health and metrics of the notifier")] = 9110
    api_inner_port: Annotated[Port, Meta(description="health and metrics of the API")] = 9111
    jobs_inner_port: Annotated[Port, Meta(description="health and metrics of the scheduled jobs")] = 9112

    kafka_brokers: Annotated[str, Meta(description="host:port of brokers to use instead of an own one")] = ""
    postgres_dsn: Annotated[
        str, Meta(description="DSN of an administrator of a PostgreSQL to use instead of an own one")
    ] = ""
    mongo_uri: Annotated[str, Meta(description="URI of a MongoDB to use instead of the own wire server")] = ""
    smtp_host: Annotated[str, Meta(description="mail server to use instead of the own catcher")] = ""

    postgres_bin: Annotated[str, Meta(description="folder of PostgreSQL's programs; empty: found")] = ""
    java: Annotated[str, Meta(description="Java 17 or newer; empty: JAVA_HOME, then the path")] = ""


PORTS = tuple(name for name in StackConfig.__struct_fields__ if name.endswith("_port"))
