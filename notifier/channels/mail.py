"""E-mail: a draft becomes a mail; a mail and an address become bytes."""

from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from html import escape
from typing import Final

import msgspec

from domain.ids import digest
from notifier.channels.gathered_templates import GATHERED_HTML, GATHERED_TEXT
from notifier.channels.mail_templates import COLOURS, HTML, TEXT
from notifier.gather import gathered_message
from notifier.message import message
from notifier.plan import Draft, Gathering, Mail
from notifier.render import html, text
from notifier.words import plain
from schemas.record import Instant

POLICY: Final = SMTP.clone(max_line_length=200)


class Letterhead(msgspec.Struct, frozen=True):
    """What every mail of this installation carries."""

    sender: str  # `Name <address>`
    public_url: str


def mail(draft: Draft, delivery_id: str, at: Instant, head: Letterhead) -> Mail:
    said = message(draft, at, head.public_url)
    colour = COLOURS[str(draft.step.severity)]
    bodies = text(TEXT, said), html(HTML, said | {"colour": colour})
    return _enveloped(draft, delivery_id, at, head=head, bodies=bodies)


def bare(draft: Draft, delivery_id: str, at: Instant, head: Letterhead) -> Mail:
    """When the templates fail: what broke and where to look, without any of them."""
    url = f"{head.public_url}/issues/{draft.step.issue_id}"
    lines = (f"{draft.step.severity}: {plain(draft.step.brief.title)}", url, *map(plain, draft.why))
    paragraphs = "".join(f"<p>{escape(line)}</p>" for line in lines)
    return _enveloped(draft, delivery_id, at, head=head, bodies=("\n".join(lines) + "\n", paragraphs))


def gathered(gathering: Gathering, delivery_id: str, at: Instant, head: Letterhead) -> Mail:
    """Several alerts, the most severe first."""
    said = gathered_message(gathering, at, head.public_url)
    domain = domain_of(head.sender)
    return Mail(
        message_id=f"<{delivery_id}@{domain}>",
        thread=f"<{gathering.kind}.{gathering.project_id}@{domain}>",
        subject=header(str(said["subject"])),
        date=format_datetime(datetime.fromtimestamp(at // 1000, UTC)),
        text=text(GATHERED_TEXT, said),
        html=html(GATHERED_HTML, said | {"colours": COLOURS}),
        headers=(("X-Gregor-Severity", str(gathering.severity)), ("X-Gregor-Kind", gathering.kind)),
    )


def _enveloped(draft: Draft, delivery_id: str, at: Instant, *, head: Letterhead, bodies: tuple[str, str]) -> Mail:
    domain = domain_of(head.sender)
    return Mail(
        message_id=f"<{delivery_id}@{domain}>",
        thread=f"<{draft.step.issue_id}.{draft.step.number}@{domain}>",
        subject=header(draft.subject),
        date=format_datetime(datetime.fromtimestamp(at // 1000, UTC)),
        text=bodies[0],
        html=bodies[1],
        headers=(("X-Gregor-Severity", str(draft.step.severity)), ("X-Gregor-Kind", str(draft.step.kind))),
    )


def as_bytes(given: Mail, sender: str, recipient: str) -> bytes:
    """Equal arguments, equal bytes: also the boundary follows from the id."""
    found = EmailMessage(policy=POLICY)
    shown, address = parseaddr(sender)
    found["From"] = Address(display_name=header(shown), addr_spec=address)
    found["To"] = Address(addr_spec=recipient)
    found["Subject"] = given.subject
    found["Date"] = given.date
    found["Message-ID"] = given.message_id
    found["In-Reply-To"] = given.thread
    found["References"] = given.thread
    found["Auto-Submitted"] = "auto-generated"
    for name, value in given.headers:
        found[name] = header(value)
    found.set_content(given.text, cte="quoted-printable")
    found.add_alternative(given.html, subtype="html", cte="quoted-printable")
    found.set_boundary(f"=_{digest('boundary', given.message_id)}")
    return found.as_bytes()


def header(text: str) -> str:
    """Fit for a header. An encoded word in it (RFC 2047) would be decoded while folding, line ends and all."""
    return plain(text).replace("=?", "= ?")


def domain_of(sender: str) -> str:
    return parseaddr(sender)[1].rpartition("@")[2] or "localhost"
