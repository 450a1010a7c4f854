"""Everything the notifier may be told. Read once, in `gregor run notifier`, passed by hand."""

from typing import Annotated

from msgspec import Meta, Struct


class NotifierConfig(Struct, frozen=True, kw_only=True):
    """Rules, routes and addresses are settings of users, not configuration."""

    kafka_brokers: Annotated[str, Meta(description="host:port, comma separated", min_length=1)]
    postgres_dsn: Annotated[
        str, Meta(description="PostgreSQL address for the role gregor_notifier, without a password")
    ]
    secret_postgres_password: Annotated[str, Meta(description="password of that role; empty: none")] = ""
    secret_master_key: Annotated[str, Meta(description="base64 of 32 bytes: opens sealed addresses, signs")]
    public_url: Annotated[str, Meta(description="address that people's browsers use: the links in messages")] = (
        "http://127.0.0.1:8090"
    )
    smtp_host: Annotated[str, Meta(description="mail relay")] = "127.0.0.1"
    smtp_port: Annotated[int, Meta(ge=1, le=65535, description="TCP port of the mail relay")] = 11025
    smtp_user: Annotated[str, Meta(description="login at the mail relay; empty: none")] = ""
    secret_smtp_password: Annotated[str, Meta(description="password of that login")] = ""
    smtp_tls: Annotated[str, Meta(description="none, starttls or tls", pattern="^(none|starttls|tls)$")] = "none"
    smtp_connections: Annotated[int, Meta(ge=1, le=64, description="live connections to the mail relay at most")] = 4
    mail_from: Annotated[str, Meta(description="sender of mails, with its name")] = "Gregor <gregor@localhost>"
    alone_per_minute: Annotated[
        int, Meta(ge=1, description="openings that one recipient gets by themselves in a minute; more are bundled")
    ] = 10
    secret_slack_token: Annotated[str, Meta(description="token of the Slack app (xoxb-...); empty: webhooks only")] = ""
    twilio_account: Annotated[str, Meta(description="account id at Twilio; empty: no SMS")] = ""
    secret_twilio_token: Annotated[str, Meta(description="its token")] = ""
    twilio_sender: Annotated[str, Meta(description="number or service that SMS come from")] = ""
    twilio_callback: Annotated[
        str, Meta(description="public address of notifier_port for SMS receipts; empty: none are asked for")
    ] = ""
    outgoing_ports: Annotated[
        str, Meta(description="ports that users' webhooks may name, comma separated", pattern="^[0-9]+(,[0-9]+)*$")
    ] = "443,8443"
    outgoing_http: Annotated[bool, Meta(description="webhooks may be plain http")] = False
    outgoing_private: Annotated[bool, Meta(description="webhooks may lead into private networks")] = False
    heartbeat_url: Annotated[
        str, Meta(description="asked each minute while no critical alert waits; a dead man's switch; empty: none")
    ] = ""
    notifier_host: Annotated[str, Meta(description="address that notifier_port listens on")] = "127.0.0.1"
    notifier_port: Annotated[int, Meta(ge=0, le=65535, description="port of providers' receipts and previews")] = 8091
    notifier_inner_port: Annotated[int, Meta(ge=0, le=65535, description="port of health and metrics")] = 9110
    notifier_crash_at: Annotated[str, Meta(description="tests only: the point of the ledger to die at")] = ""
    log_level: Annotated[str, Meta(description="DEBUG, INFO, WARNING or ERROR")] = "INFO"
