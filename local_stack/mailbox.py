"""The caught mails, read back."""

import email
import email.policy
from email.message import EmailMessage
from pathlib import Path

import msgspec


class Mail(msgspec.Struct, frozen=True, kw_only=True):
    """`number` counts from 1, the oldest; `caught_at` in milliseconds."""

    number: int
    caught_at: int
    sender: str
    to: str
    subject: str
    path: str


def mails(folder: Path) -> list[Mail]:
    """The oldest first."""
    return [_mail(number, path) for number, path in enumerate(sorted(folder.glob("*.eml")), start=1)]


def _mail(number: int, path: Path) -> Mail:
    message = read(path)
    return Mail(
        number=number,
        caught_at=int(path.name.split("-")[0]),
        sender=str(message["From"] or message["X-Envelope-From"]),
        to=str(message["X-Envelope-To"]),
        subject=str(message["Subject"] or ""),
        path=str(path),
    )


def read(path: Path) -> EmailMessage:
    return email.message_from_bytes(path.read_bytes(), policy=email.policy.default)


def body(message: EmailMessage, *, html: bool = False) -> str:
    """The readable part: text if there is one, or HTML when asked."""
    part = message.get_body(("html", "plain") if html else ("plain", "html"))
    return "" if part is None else str(part.get_content())
