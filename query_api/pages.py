"""Pages without script for a phone: one alert with its buttons, a new password. Everything shown is escaped."""

from html import escape
from typing import Final

import msgspec

TITLE: Final = "Gregor"


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who was told, by which channel, and what became of it."""

    name: str
    channel: str
    state: str


class Alert(msgspec.Struct, frozen=True, kw_only=True):
    """What the page of one alert shows: no more than the message said, and who else has it."""

    title: str
    severity: str
    place: str
    times_seen: int
    users: int
    state: str
    acked_by: str
    issue_url: str
    told: tuple[Told, ...] = ()


def page(title: str, *parts: str) -> str:
    head = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<title>{escape(title)}</title><link rel="stylesheet" href="/plain.css"></head><body><main>'
    )
    return head + "".join(parts) + "</main></body></html>"


def alert(shown: Alert, token: str) -> str:
    """The buttons are forms: a GET, and whatever prefetches it, never acts."""
    facts = f"{shown.severity} · {shown.times_seen} events · {shown.users} people · {shown.place}"
    return page(
        shown.title,
        f"<h1>{escape(shown.title)}</h1><p>{escape(facts)}</p>",
        state(shown),
        button(token, "acknowledge", "I have it") if shown.state == "firing" else "",
        button(token, "escalate", "Call the next ones now") if shown.state == "firing" else "",
        f'<p><a href="{escape(shown.issue_url)}">Open the issue</a></p>',
        told(shown.told),
    )


def state(shown: Alert) -> str:
    match shown.state:
        case "acked":
            return f"<p><strong>{escape(shown.acked_by or 'Somebody')} has it.</strong></p>"
        case "closed":
            return "<p><strong>It is over.</strong></p>"
        case _:
            return "<p><strong>Nobody has it yet.</strong></p>"


def button(token: str, action: str, words: str) -> str:
    return f'<form method="post" action="/a/{escape(token)}/{action}"><button>{escape(words)}</button></form>'


def told(people: tuple[Told, ...]) -> str:
    if not people:
        return ""
    rows = "".join(f"<li>{escape(one.name)}, {escape(one.channel)}: {escape(one.state)}</li>" for one in people)
    return f"<h2>Who was told</h2><ul>{rows}</ul>"


def said(words: str, detail: str = "") -> str:
    return page(TITLE, f"<h1>{escape(words)}</h1><p>{escape(detail)}</p>")


def password(token: str, wrong: str = "") -> str:
    note = f"<p><strong>{escape(wrong)}</strong></p>" if wrong else ""
    return page(
        "A new password",
        f'<h1>A new password</h1>{note}<form method="post" action="/password/{escape(token)}">'
        '<label>At least 10 characters <input type="password" name="password" minlength="10" maxlength="256" required'
        ' autocomplete="new-password"></label><button>Save</button></form>',
    )


def issue(issue_id: str) -> str:
    """Where messages lead while no dashboard is installed."""
    return page(
        TITLE,
        "<h1>This installation has no dashboard</h1><p>The issue is a command away:</p>"
        f"<pre>gregor issues show {escape(issue_id)}\ngregor issues why {escape(issue_id)}</pre>",
    )


STYLE: Final = """
:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; margin: 0; }
main { max-width: 40rem; margin: 0 auto; padding: 1rem; overflow-wrap: anywhere; }
h1 { font-size: 1.25rem; } h2 { font-size: 1rem; }
button { font: inherit; min-height: 44px; padding: 0 1.5rem; margin: .25rem 0; width: 100%; }
input { font: inherit; min-height: 44px; width: 100%; box-sizing: border-box; }
pre { overflow-x: auto; }
"""
