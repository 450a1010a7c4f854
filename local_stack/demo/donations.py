"""The Django service of the demo: small real code with real bugs, reported by the real sentry-sdk."""

import random
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, Final

Cause = Callable[[random.Random], object]
SERVICE: Final = "donations-api"
RELEASE: Final = "donations-api@7.2.0"


class MatchingUnavailable(Exception):
    """The matching engine did not answer."""


class PledgeConflict(Exception):
    """Somebody else has taken the pledge."""


def confirm_pledge(order: Mapping[str, Any]) -> str:
    """The form of old apps has no pick-up window."""
    return pickup_label(order)


def pickup_label(order: Mapping[str, Any]) -> str:
    return f"{order['pickup_window']} at {order['depot']}"


def monthly_share(kilograms: Decimal, donors: int) -> Decimal:
    """A new depot has no donors yet."""
    return kilograms / donors


def find_matches(pledge_id: int) -> list[str]:
    try:
        return ask_matching_engine(pledge_id)
    except TimeoutError as error:
        raise MatchingUnavailable(f"no match for pledge {pledge_id}") from error


def ask_matching_engine(pledge_id: int) -> list[str]:
    raise TimeoutError(f"matching engine did not answer for pledge {pledge_id} within 2.0 s")


def take_pledge(pledge_id: int, version: int) -> None:
    raise PledgeConflict(f"pledge {pledge_id} is at version {version + 1}, not {version}")


class Bug:
    """`view` is Django's name for where it happens."""

    def __init__(self, view: str, weight: int, cause: Cause, *, outage: bool = False) -> None:
        self.view, self.weight, self.cause, self.outage = view, weight, cause, outage


BUGS: Final = (
    Bug("/pledges/<int:pk>/confirm/", 5, lambda dice: confirm_pledge({"depot": dice.choice(["north", "harbour"])})),
    Bug("/reports/monthly/", 2, lambda dice: monthly_share(Decimal(dice.randrange(100, 900)), 0)),
    Bug("/pledges/<int:pk>/take/", 2, lambda dice: take_pledge(dice.randrange(1000, 9000), dice.randrange(1, 9))),
    Bug("/pledges/<int:pk>/matches/", 3, lambda dice: find_matches(dice.randrange(1000, 9000)), outage=True),
)
