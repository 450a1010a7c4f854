"""Everything the API may be told. Read once, in `gregor run api`, passed by hand."""

from typing import Annotated

from msgspec import Meta, Struct


class ApiConfig(Struct, frozen=True, kw_only=True):
    """`public_url` decides the cookie: https gets `__Host-`, http is allowed on loopback only."""

    kafka_brokers: Annotated[str, Meta(description="host:port, comma separated", min_length=1)]
    postgres_dsn: Annotated[str, Meta(description="PostgreSQL address for the role gregor_api, without a password")]
    secret_postgres_password: Annotated[str, Meta(description="password of that role; empty: none")] = ""
    mongo_uri: Annotated[str, Meta(description="MongoDB-wire address of the documents")] = "mongodb://127.0.0.1:17017"
    mongo_database: Annotated[str, Meta(description="database of the documents")] = "gregor_documents"
    secret_master_key: Annotated[str, Meta(description="base64 of 32 bytes: sealing of addresses, signing of cursors")]
    api_host: Annotated[str, Meta(description="address to listen on")] = "127.0.0.1"
    api_port: Annotated[int, Meta(ge=0, le=65535, description="TCP port of API and dashboard")] = 8090
    public_url: Annotated[str, Meta(description="address that people's browsers use")] = "http://127.0.0.1:8090"
    gateway_url: Annotated[str, Meta(description="public base address of the gateway, for DSNs")] = (
        "http://127.0.0.1:8080"
    )
    api_inner_port: Annotated[int, Meta(ge=0, le=65535, description="port of health and metrics")] = 9111
    api_connections: Annotated[int, Meta(ge=2, le=100, description="connections to PostgreSQL at most")] = 10
    api_statement_timeout_s: Annotated[float, Meta(gt=0, le=60, description="a statement that takes longer ends")] = 5.0
    api_trusted_proxies: Annotated[
        str, Meta(description="addresses whose X-Forwarded-For is believed, comma separated; empty: nobody's")
    ] = ""
    log_level: Annotated[str, Meta(description="DEBUG, INFO, WARNING or ERROR")] = "INFO"
