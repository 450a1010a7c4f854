"""Seven services of a food-donation platform report their errors."""

import sys
import time
from argparse import ArgumentParser, Namespace
from pathlib import Path

from cli.frame.command import DONE, PROBLEM, Command, Problem
from cli.frame.local import folder, running
from cli.frame.output import say, table

QUIET_S = 3.0
LONGEST_S = 20.0
PLATFORM = """\
A food-donation platform: people pledge food (React, Django), partners offer it (Laravel), an engine matches pledges
with depots (Java), warehouses weigh it in (Angular), volunteers take shifts (Vue), drivers fetch it (Flutter).
In the middle of the demo the engine's database runs out of connections, and four other services notice."""
LOOK = """
Look at
  gregor issues list            one line per bug, however often it happened
  gregor issues show ISSUE      the stack, why it was grouped so, whom it concerns
  gregor mail list              who was told: a mail when an issue opens or gets worse, not one per error
  gregor mail show              the newest: what broke, how often, why you"""


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--events", type=int, default=300, help="how many errors (300)")
    parser.add_argument("--seconds", type=float, default=20.0, help="over how long a time (20)")
    parser.add_argument("--seed", type=int, default=1, help="another number, another day (1)")
    parser.add_argument("--dsn", default="", help="default: the local stack's")


def run(given: Namespace) -> int:
    try:
        from local_stack.demo.play import Day, play
    except ModuleNotFoundError as error:
        raise Problem(f"{error.name} is missing: run `make install`") from error
    day = Day(dsn=given.dsn or running().dsn, events=given.events, seconds=given.seconds, seed=given.seed)
    say(PLATFORM + "\n")
    mail, before = folder() / "mail", count(folder() / "mail")
    result = play(day, progress)
    say()
    frameworks = sorted(result.accepted | result.refused)
    rows = [(name, result.accepted[name], result.refused[name] or "") for name in frameworks]
    table(("SERVICE", "ACCEPTED", "NOT ACCEPTED"), rows)
    if not given.dsn:
        say(f"\n{settled(mail) - before} mails were caught meanwhile.")
    say(LOOK)
    return PROBLEM if result.refused.total() else DONE


def progress(number: int, events: int, step: object) -> None:
    """One line that grows on a terminal, one line per tenth elsewhere."""
    framework = getattr(step, "framework", "")
    if sys.stdout.isatty():
        sys.stdout.write(f"\r{number:>5} of {events}  {framework:<10}")
        sys.stdout.flush()
    elif number % max(1, events // 10) == 0:
        say(f"{number} of {events}")


def count(mail: Path) -> int:
    return len(list(mail.glob("*.eml")))


def settled(mail: Path) -> int:
    """Mails once none has come for a while."""
    last, since, began = count(mail), time.monotonic(), time.monotonic()
    while time.monotonic() - since < QUIET_S and time.monotonic() - began < LONGEST_S:
        time.sleep(0.2)
        now = count(mail)
        if now != last:
            last, since = now, time.monotonic()
    return last


COMMAND = Command(
    summary="let seven services of a food-donation platform report realistic errors",
    details="Python by the real sentry-sdk, the others in the recorded shapes of their SDKs.",
    example="gregor demo\n  gregor demo --events 2000 --seconds 60",
    arguments=arguments,
    run=run,
)
