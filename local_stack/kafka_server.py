"""Apache Kafka, one node, as a plain Java process."""

import subprocess
import uuid
from pathlib import Path
from typing import Final

from local_stack import class_archive, jars, probe, tools
from local_stack.config import StackConfig
from local_stack.process import Program

MEMORY: Final = ("-Xmx256m", "-Xms64m", "-XX:+UseSerialGC")
QUIET: Final = ("-Dorg.slf4j.simpleLogger.defaultLogLevel=warn", "-Dorg.slf4j.simpleLogger.showDateTime=true")
LARGEST_BYTES: Final = 2_097_152  # of any topic: dead-letters and error-intake; topics set their own below it


def properties(config: StackConfig, data: Path) -> dict[str, str]:
    """Topics are made by `topics.apply`, groups start at once, buffers fit a small machine."""
    port, controller = config.kafka_port, config.kafka_controller_port
    return {
        "process.roles": "broker,controller",
        "node.id": "1",
        "listeners": f"PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}",
        "advertised.listeners": f"PLAINTEXT://127.0.0.1:{port}",
        "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "controller.listener.names": "CONTROLLER",
        "controller.quorum.voters": f"1@127.0.0.1:{controller}",
        "log.dirs": str(data),
        "auto.create.topics.enable": "false",
        "group.initial.rebalance.delay.ms": "0",
        "message.max.bytes": str(LARGEST_BYTES),
        "replica.fetch.max.bytes": str(LARGEST_BYTES),
        "offsets.topic.replication.factor": "1",
        "offsets.topic.num.partitions": "8",
        "transaction.state.log.replication.factor": "1",
        "transaction.state.log.min.isr": "1",
        "transaction.state.log.num.partitions": "4",
        "share.coordinator.state.topic.replication.factor": "1",
        "share.coordinator.state.topic.min.isr": "1",
        "num.network.threads": "2",
        "num.io.threads": "4",
        "log.cleaner.dedupe.buffer.size": "16777216",
        "broker.session.timeout.ms": "4000",  # after a kill the broker waits for its old session to end
        "broker.heartbeat.interval.ms": "1000",
    }


def prepare(config: StackConfig, cache: Path, folder: Path) -> Path:
    """Jars, server.properties and, the first time, a formatted data folder; returns the jars."""
    found = jars.ensure(cache)
    data = folder / "data"
    lines = [f"{name}={value}" for name, value in properties(config, data).items()]
    (folder / "server.properties").write_text("\n".join(lines) + "\n")
    if not (data / "meta.properties").exists():
        cluster = uuid.uuid4().hex[:22]
        command = [*java(config, found), "kafka.tools.StorageTool", "format", "-t", cluster, "-c"]
        ran = subprocess.run([*command, str(folder / "server.properties")], capture_output=True, text=True, check=False)
        if ran.returncode:
            raise tools.ToolError(f"Kafka's data folder could not be formatted: {ran.stderr.strip()[-500:]}")
    return found


def java(config: StackConfig, found: Path) -> list[str]:
    """All jars by name, in order: the class archive fits one class path only."""
    paths = ":".join(str(path) for path in sorted(found.glob("*.jar")))
    return [str(tools.java(config).path), *MEMORY, *QUIET, "-cp", paths]


def fetched(cache: Path) -> bool:
    return jars.folder(cache).exists()


def program(config: StackConfig, cache: Path, folder: Path, environ: dict[str, str]) -> Program:
    found = prepare(config, cache, folder)
    brokers = f"127.0.0.1:{config.kafka_port}"
    command = java(config, found)
    faster, ended = class_archive.options(class_archive.path(Path(command[0]), found))
    return Program(
        name="kafka",
        kind="server",
        command=(command[0], *faster, *command[1:], "kafka.Kafka", str(folder / "server.properties")),
        environ=environ,
        folder=folder,
        ready=lambda: probe.kafka(brokers),
        ports=(config.kafka_port, config.kafka_controller_port),
        grace_s=30.0,
        ended=ended,
    )
