"""What the stages and the ticker may be told."""

from typing import Annotated

import msgspec
from msgspec import Meta

Port = Annotated[int, Meta(ge=0, le=65535)]


class StagesConfig(msgspec.Struct, frozen=True, kw_only=True):
    """One process: all three stages, or one of them."""

    kafka_brokers: Annotated[str, Meta(description="host:port, comma separated")]
    stages_folder: Annotated[str, Meta(min_length=1, description="RocksDB of the stages; one subfolder per slot")]
    stages_slot: Annotated[
        str,
        Meta(pattern="^[a-z0-9-]{1,32}$", description="which worker of a stage this is: name it anew for each replica"),
    ] = "0"
    stages_inner_port: Annotated[Port, Meta(description="health and metrics of all stages in one process")] = 9103
    fingerprint_inner_port: Annotated[Port, Meta(description="health and metrics of fingerprint alone")] = 9104
    recurrence_inner_port: Annotated[Port, Meta(description="health and metrics of recurrence alone")] = 9105
    escalation_inner_port: Annotated[Port, Meta(description="health and metrics of escalation alone")] = 9106
    stages_accept_loss: Annotated[
        bool, Meta(description="start although records expired before they were read; they are counted as lost")
    ] = False
    stages_kill_at: Annotated[
        str,
        Meta(
            pattern=r"^$|^([a-z]+\.)?[a-z_]+:[0-9]+$",
            description="tests only: [stage.]point:n is SIGKILL at the n-th pass of that point of the loop",
        ),
    ] = ""
    stages_sabotage: Annotated[
        str,
        Meta(
            pattern="^$|^(log_before_emit|no_mark|engine_unpatched)$",
            description="tests only: switches one safeguard off, to prove that its test notices",
        ),
    ] = ""
    log_level: Annotated[str, Meta(description="DEBUG, INFO, WARNING or ERROR")] = "INFO"


class TickerConfig(msgspec.Struct, frozen=True, kw_only=True):
    kafka_brokers: Annotated[str, Meta(description="host:port, comma separated")]
    ticker_inner_port: Annotated[Port, Meta(description="health and metrics of the ticker")] = 9107
    log_level: Annotated[str, Meta(description="DEBUG, INFO, WARNING or ERROR")] = "INFO"
