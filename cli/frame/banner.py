"""What a person reads when the stack is up."""

import json
import shutil
import sys
from pathlib import Path

from cli.frame.local import folder
from local_stack.keys import PASSWORD_FILE
from local_stack.records import Started

ERROR = {
    "type": "PaymentDeclined",
    "message": "card of donor 4711 was declined",
    "service": "checkout",
    "environment": "production",
    "release": "checkout@1.0.0",
    "stacktrace": {
        "frames": [
            {"module": "checkout.views", "function": "donate", "filename": "checkout/views.py", "lineno": 88},
            {
                "module": "checkout.payment",
                "function": "charge",
                "filename": "checkout/payment.py",
                "lineno": 42,
                "context_line": "raise PaymentDeclined(answer.text)",
            },
        ]
    },
}


def up(started: Started, password: str, *, foreground: bool) -> str:
    gregor = typed()
    slowest = sorted(started.timings.items(), key=lambda item: -item[1])[:3]
    lines = [
        "",
        f"Gregor is up after {started.seconds:.1f} s (" + ", ".join(f"{n} {s:.1f}" for n, s in slowest) + ").",
        addresses(started, password),
        "",
        "Send an error:",
        f"  {curl(started)}",
        f"or: {gregor} send-event",
        "",
        f"Then: {gregor} mail list, {gregor} issues list, {gregor} demo",
        "Ctrl-C stops everything." if foreground else f"{gregor} down stops everything.",
    ]
    return "\n".join(lines)


def typed() -> str:
    """How this command was called: the virtual environment is usually not on the path."""
    called = Path(sys.argv[0])
    if called.name != "gregor" or shutil.which("gregor") == str(called):
        return "gregor"
    here = Path.cwd()
    return str(called.relative_to(here) if called.is_relative_to(here) else called)


def addresses(started: Started, password: str = "") -> str:
    kept = folder() / "secrets" / PASSWORD_FILE
    secret = f"password {password} (told only now, kept in {kept})" if password else f"password in {kept}"
    rows = [
        ("API", f"{started.api_url}/api/v1/openapi.json"),
        ("Login", f"{started.login}, {secret}"),
        ("DSN", started.dsn),
        ("Logs", str(folder() / "logs")),
    ]
    return "\n".join(f"  {name:<6} {text}" for name, text in rows)


def curl(started: Started) -> str:
    """One line that can be pasted into any shell: the JSON holds no single quote."""
    body = json.dumps(ERROR, separators=(",", ":"))
    return (
        f"curl -sS {started.gateway_url}/api/v1/events -H 'Authorization: Bearer {started.key}' "
        f"-H 'Content-Type: application/json' -d '{body}'"
    )
