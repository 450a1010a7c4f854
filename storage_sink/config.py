"""What the two sinks may be told."""

from typing import Annotated

import msgspec
from msgspec import Meta


class PostgresSinkConfig(msgspec.Struct, frozen=True, kw_only=True):
    """The PostgreSQL sink. Read once at the start, passed by hand."""

    kafka_brokers: Annotated[str, Meta(description="host:port, comma separated")]
    postgres_dsn: Annotated[str, Meta(description="database `gregor` as role gregor_sink, without a password")]
    secret_postgres_password: Annotated[str, Meta(description="of that role; empty: none")] = ""
    sink_batch_rows: Annotated[int, Meta(ge=1, le=10_000, description="most records of one transaction")] = 1_000
    sink_accept_loss: Annotated[
        bool, Meta(description="go on where records expired unread instead of refusing; they are counted")
    ] = False
    sink_postgres_inner_port: Annotated[int, Meta(ge=0, le=65_535, description="health and metrics; 0: any")] = 9_108
    log_level: Annotated[str, Meta(pattern="^(DEBUG|INFO|WARNING|ERROR)$", description="least level logged")] = "INFO"


class MongoSinkConfig(msgspec.Struct, frozen=True, kw_only=True):
    """The MongoDB sink. Read once at the start, passed by hand."""

    kafka_brokers: Annotated[str, Meta(description="host:port, comma separated")]
    mongo_uri: Annotated[str, Meta(description="mongodb://host:port; options in its query")]
    mongo_database: Annotated[str, Meta(min_length=1, max_length=38, description="database of the documents")] = (
        "gregor_documents"
    )
    sink_mongo_inner_port: Annotated[int, Meta(ge=0, le=65_535, description="health and metrics; 0: any")] = 9_109
    log_level: Annotated[str, Meta(pattern="^(DEBUG|INFO|WARNING|ERROR)$", description="least level logged")] = "INFO"
