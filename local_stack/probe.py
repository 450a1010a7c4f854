"""Is it ready? Each question is a real round trip; the answer is None or what is missing."""

import contextlib
import http.client
import smtplib
import socket
import urllib.request

import psycopg
import pymongo
import pymongo.errors
from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

WAIT_S = 2.0


def kafka(brokers: str) -> str | None:
    """Metadata and a controller: without one topics cannot be made."""
    admin = AdminClient(
        {
            "bootstrap.servers": brokers,
            "log_level": 0,
            "reconnect.backoff.ms": 50,
            "reconnect.backoff.max.ms": 100,
            "socket.connection.setup.timeout.ms": 1000,
        }
    )
    try:
        found = admin.list_topics(timeout=WAIT_S)
    except KafkaException as error:
        return f"Kafka at {brokers} does not answer: {error.args[0].name()}"
    return None if found.brokers and found.controller_id >= 0 else f"Kafka at {brokers} has no controller yet"


def postgres(dsn: str) -> str | None:
    try:
        with psycopg.connect(dsn, connect_timeout=2) as connection:
            connection.execute("select 1")
    except psycopg.Error as error:
        return f"PostgreSQL does not answer: {str(error).strip().splitlines()[-1]}"
    return None


def mongo(uri: str) -> str | None:
    client: pymongo.MongoClient[dict[str, object]] = pymongo.MongoClient(
        uri, serverSelectionTimeoutMS=int(WAIT_S * 1000)
    )
    try:
        client.admin.command("ping")
    except pymongo.errors.PyMongoError as error:
        return f"MongoDB does not answer: {type(error).__name__}"
    finally:
        client.close()
    return None


def smtp(host: str, port: int) -> str | None:
    try:
        with smtplib.SMTP(host, port, timeout=WAIT_S) as client:
            client.ehlo()
    except OSError as error:
        return f"SMTP at {host}:{port} does not answer: {error}"
    return None


def http_ready(port: int, host: str = "127.0.0.1") -> str | None:
    """The answer of a service's `/health/ready`."""
    connection = http.client.HTTPConnection(host, port, timeout=WAIT_S)
    try:
        connection.request("GET", "/health/ready")
        answer = connection.getresponse()
        body = answer.read(500).decode(errors="replace").strip()
    except (OSError, http.client.HTTPException):
        return f"nobody answers on port {port}"
    finally:
        connection.close()
    return None if answer.status == 200 else body or f"answers {answer.status}"


def key_known(gateway_url: str, project_id: int, key: str) -> str | None:
    """The gateway's view holds the key when an envelope without items is welcome."""
    request = urllib.request.Request(  # noqa: S310 the address is ours
        f"{gateway_url}/api/{project_id}/envelope/?sentry_key={key}", data=b"{}\n", method="POST"
    )
    try:
        with urllib.request.urlopen(request, timeout=WAIT_S):  # noqa: S310
            return None
    except OSError as error:
        return f"the gateway does not know the first key yet: {error}"


def busy(port: int, host: str = "127.0.0.1") -> bool:
    """Is somebody listening? SO_REUSEADDR as servers set it, so that closed connections do not count."""
    with contextlib.closing(socket.socket()) as asked:
        asked.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            asked.bind((host, port))
        except OSError:
            return True
    return False
