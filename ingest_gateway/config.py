"""Everything the gateway and its intake may be told. Read once, passed by hand."""

from typing import Annotated

import msgspec
from msgspec import Meta


class GatewayConfig(msgspec.Struct, frozen=True, kw_only=True):
    """The HTTP door. Limits of a request are fixed numbers in `caps.py`: they are part of the protocol."""

    kafka_brokers: Annotated[str, Meta(description="host:port, comma separated")]
    secret_master_key: Annotated[str, Meta(description="base64 of 32 bytes; opens the projects' user salts")]
    gateway_host: Annotated[str, Meta(description="address to listen on")] = "127.0.0.1"
    gateway_port: Annotated[int, Meta(ge=0, le=65535, description="TCP port to listen on; 0: any free one")] = 8080
    gateway_inner_port: Annotated[int, Meta(ge=0, le=65535, description="port of health and metrics")] = 9101
    gateway_path_prefix: Annotated[str, Meta(description="path before /api/ that a DSN may carry")] = ""
    gateway_replicas: Annotated[int, Meta(ge=1, description="processes that share the quotas")] = 1
    gateway_held_bytes: Annotated[
        int, Meta(ge=1_048_576, description="bytes of requests in memory before sockets are left unread")
    ] = 134_217_728
    trusted_proxies: Annotated[
        str, Meta(description="addresses or networks, comma separated, whose X-Forwarded-For counts")
    ] = ""
    ack_wait_s: Annotated[float, Meta(gt=0, le=30, description="wait for Kafka's acknowledgement, then spool")] = 1.0
    spool_folder: Annotated[
        str, Meta(description="folder for events that Kafka does not take now; empty: none, they get 503")
    ] = ""
    spool_max_bytes: Annotated[int, Meta(ge=1_048_576, description="size of the spool at which events get 503")] = (
        2_147_483_648
    )
    spool_min_free_bytes: Annotated[int, Meta(ge=0, description="free bytes that the spool leaves on its disk")] = (
        268_435_456
    )
    log_level: Annotated[str, Meta(description="DEBUG, INFO, WARNING or ERROR")] = "INFO"


class IntakeConfig(msgspec.Struct, frozen=True, kw_only=True):
    """The Kafka door. It keeps no spool: the source keeps what is not done."""

    kafka_brokers: Annotated[str, Meta(description="host:port, comma separated")]
    secret_master_key: Annotated[str, Meta(description="base64 of 32 bytes; opens the projects' user salts")]
    intake_inner_port: Annotated[int, Meta(ge=0, le=65535, description="port of health and metrics")] = 9102
    intake_trust_project_header: Annotated[
        bool, Meta(description="a record's header `project` admits alone: only where topic ACLs are the fence")
    ] = False
    gateway_replicas: Annotated[int, Meta(ge=1, description="processes that share the quotas")] = 1
    log_level: Annotated[str, Meta(description="DEBUG, INFO, WARNING or ERROR")] = "INFO"
