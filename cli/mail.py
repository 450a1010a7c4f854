"""The mails that the local stack caught."""

from argparse import ArgumentParser, Namespace
from pathlib import Path

from cli.frame.command import DONE, Command, Problem
from cli.frame.local import folder
from cli.frame.output import as_json, instant, say, table
from local_stack import mailbox


def arguments(parser: ArgumentParser) -> None:
    what = parser.add_subparsers(dest="what", required=True, metavar="list|show")
    listing = what.add_parser("list", help="one line per mail, the newest last")
    listing.add_argument("--json", action="store_true", help="print as JSON")
    listing.add_argument("--last", type=int, default=0, metavar="N", help="only the last N")
    showing = what.add_parser("show", help="one mail: headers and text")
    showing.add_argument("number", type=int, nargs="?", default=0, help="as listed; the newest by default")
    showing.add_argument("--raw", action="store_true", help="as it came over the wire")
    showing.add_argument("--html", action="store_true", help="the HTML part")


def run(given: Namespace) -> int:
    found = mailbox.mails(folder() / "mail")
    if given.what == "list":
        return listed(found[-given.last :], given)
    if not 0 <= given.number <= len(found) or not found:
        raise Problem(f"there are {len(found)} mails")
    return shown(Path(found[given.number - 1].path), given)


def listed(found: list[mailbox.Mail], given: Namespace) -> int:
    if given.json:
        as_json(found)
    else:
        rows = [(mail.number, instant(mail.caught_at), mail.to, mail.subject) for mail in found]
        table(("NO", "CAUGHT", "TO", "SUBJECT"), rows)
    return DONE


def shown(path: Path, given: Namespace) -> int:
    if given.raw:
        say(path.read_text(errors="replace"))
        return DONE
    message = mailbox.read(path)
    for name in ("Date", "From", "To", "X-Envelope-To", "Subject", "Message-ID", "In-Reply-To"):
        if message[name]:
            say(f"{name}: {message[name]}")
    say()
    say(mailbox.body(message, html=given.html))
    return DONE


COMMAND = Command(
    summary="read the mails that the local stack caught",
    example="gregor mail list --last 10\n  gregor mail show",
    arguments=arguments,
    run=run,
)
