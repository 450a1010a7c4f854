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
from notifier.channels.notice_templates import NOTICE_HTML, NOTICE_TEXT
from notifier.gather import gathered_message, headline
from notifier.message import message, notice_message
from notifier.plan import Content, Draft, Gathering, Mail, Notice
from notifier.render import html, text
from notifier.words import plain
from schemas.record import Instant

POLICY: Final = SMTP.clone(max_line_length=200)


class Letterhead(msgspec.Struct, frozen=True):
    """What every mail of this installation carries."""

    sender: str  # `Name <address>`
    public_url: str


def mail(content: Content, delivery_id: str, at: Instant, head: Letterhead) -> Mail:
    match content:
        case Draft():
            said = message(content, at, head.public_url)
            bodies = text(TEXT, said), html(HTML, said | {"colour": COLOURS[str(content.step.severity)]})
        case Gathering():
            said = gathered_message(content, at, head.public_url)
            bodies = text(GATHERED_TEXT, said), html(GATHERED_HTML, said | {"colours": COLOURS})
        case Notice():
            said = notice_message(content)
            bodies = text(NOTICE_TEXT, said), html(NOTICE_HTML, said)
    return _enveloped(content, delivery_id, at, head=head, bodies=bodies)


def bare(content: Content, delivery_id: str, at: Instant, head: Letterhead) -> Mail:
    """When the templates fail: what broke and where to look, without any of them."""
    lines = [subject_of(content)]
    if isinstance(content, Draft):
        issue_url = f"{head.public_url}/issues/{content.step.issue_id}"
        lines += [f"{content.step.severity}: {plain(content.step.brief.title)}", issue_url, *map(plain, content.why)]
    paragraphs = "".join(f"<p>{escape(line)}</p>" for line in lines)
    return _enveloped(content, delivery_id, at, head=head, bodies=("\n".join(lines) + "\n", paragraphs))


def subject_of(content: Content) -> str:
    """An episode's subject is fixed; that of several alerts counts them."""
    return header(headline(content) if isinstance(content, Gathering) else content.subject)


def _enveloped(content: Content, delivery_id: str, at: Instant, *, head: Letterhead, bodies: tuple[str, str]) -> Mail:
    domain = domain_of(head.sender)
    severity = content.step.severity if isinstance(content, Draft) else content.severity
    kind = content.step.kind if isinstance(content, Draft) else content.kind
    return Mail(
        message_id=f"<{delivery_id}@{domain}>",
        thread=f"<{_thread(content, delivery_id)}@{domain}>",
        subject=subject_of(content),
        date=format_datetime(datetime.fromtimestamp(at // 1000, UTC)),
        text=bodies[0],
        html=bodies[1],
        headers=(("X-Gregor-Severity", str(severity)), ("X-Gregor-Kind", str(kind))),
    )


def _thread(content: Content, delivery_id: str) -> str:
    """Mails of one episode hang together, and the bundles of one project; a notice stands alone."""
    match content:
        case Draft():
            return f"{content.step.issue_id}.{content.step.number}"
        case Gathering():
            return f"{content.kind}.{content.project_id}"
        case Notice():
            return f"notice.{delivery_id}"


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
