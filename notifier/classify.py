"""A provider's code becomes a verdict."""

from enum import StrEnum

from notifier.verdicts import Accepted, Fault, GiveUp, TryAgain, Verdict


class Stage(StrEnum):
    """How far an SMTP conversation came."""

    CONNECT = "connect"  # greeting, TLS, login
    SENDER = "sender"
    RECIPIENT = "recipient"
    CONTENT = "content"


def smtp(stage: Stage, code: int, said: str) -> Verdict:
    """RFC 5321 4.2.1: 2xx yes, 4xx later, 5xx never.

    A relay that refuses our login or our sender is set up wrongly, which somebody will mend: that
    never fails an alert for good. A refused recipient is an address that does not work.
    """
    detail = f"{stage}: {said}"
    if 200 <= code < 300:
        return Accepted(detail=said)
    if stage in (Stage.CONNECT, Stage.SENDER):
        return TryAgain(Fault.DOWN, str(code), detail)
    if 400 <= code < 500:
        return TryAgain(Fault.THROTTLED, str(code), detail)
    if 500 <= code < 600:
        return GiveUp(Fault.GONE if stage is Stage.RECIPIENT else Fault.REFUSED, str(code), detail)
    return TryAgain(Fault.DOWN, str(code), detail)


def http(status: int, said: str = "", retry_after_s: float = 0.0) -> Verdict:
    """408, 425 (RFC 8470), 429 (RFC 6585) and every 5xx may heal; any other refusal will not.

    Neither will a redirect: we never follow one, since the target's address was checked beforehand.
    410 ends an address for good (RFC 9110 15.5.11).
    """
    code = str(status)
    match status:
        case _ if 200 <= status < 300:
            return Accepted(detail=said)
        case 408:
            return TryAgain(Fault.TIMEOUT, code, said, retry_after_s)
        case 425 | 429:
            return TryAgain(Fault.THROTTLED, code, said, retry_after_s)
        case 410:
            return GiveUp(Fault.GONE, code, said)
        case _ if status >= 500:
            return TryAgain(Fault.DOWN, code, said, retry_after_s)
        case _:
            return GiveUp(Fault.REFUSED, code, said)
