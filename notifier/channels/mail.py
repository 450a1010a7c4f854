"""E-mail: a draft becomes a mail; a mail and an address become bytes."""

from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import parseaddr
from typing import Final

from domain.ids import digest
from notifier.channels.mail_templates import COLOURS, HTML, TEXT
from notifier.message import message
from notifier.plan import Draft
from notifier.render import html, text
from notifier.words import plain
from schemas.record import Instant, Part

POLICY: Final = SMTP.clone(max_line_length=200)


class Mail(Part, frozen=True, kw_only=True, tag="mail"):
    """Rendered once; sent again byte for byte. The address is not part of it: it stays sealed."""

    message_id: str
    thread: str  # what every mail of the episode refers to
    subject: str
    date: str  # RFC 5322
    text: str
    html: str
    headers: tuple[tuple[str, str], ...] = ()


def mail(draft: Draft, delivery_id: str, at: Instant, *, public_url: str, sender: str, date: str) -> Mail:
    """`date` is `at` as mail headers write it."""
    said = message(draft, at, public_url)
    severity = str(draft.step.severity)
    domain = domain_of(sender)
    return Mail(
        message_id=f"<{delivery_id}@{domain}>",
        thread=f"<{draft.step.issue_id}.{draft.step.number}@{domain}>",
        subject=plain(draft.subject),
        date=date,
        text=text(TEXT, said),
        html=html(HTML, said | {"colour": COLOURS[severity]}),
        headers=(("X-Gregor-Severity", severity), ("X-Gregor-Kind", str(draft.step.kind))),
    )


def as_bytes(given: Mail, sender: str, recipient: str) -> bytes:
    """Equal arguments, equal bytes: also the boundary follows from the id."""
    found = EmailMessage(policy=POLICY)
    name, address = parseaddr(sender)
    found["From"] = Address(display_name=plain(name), addr_spec=address)
    found["To"] = Address(addr_spec=recipient)
    found["Subject"] = given.subject
    found["Date"] = given.date
    found["Message-ID"] = given.message_id
    found["In-Reply-To"] = given.thread
    found["References"] = given.thread
    found["Auto-Submitted"] = "auto-generated"
    for header, value in given.headers:
        found[header] = plain(value)
    found.set_content(given.text, cte="quoted-printable")
    found.add_alternative(given.html, subtype="html", cte="quoted-printable")
    found.set_boundary(f"=_{digest('boundary', given.message_id)}")
    return found.as_bytes()


def domain_of(sender: str) -> str:
    return parseaddr(sender)[1].rpartition("@")[2] or "localhost"
