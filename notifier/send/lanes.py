"""How much may be on its way at once: by channel, by destination, and nothing uncritical to who is ill."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Final
from urllib.parse import urlsplit

from notifier.breaker import Circuit, closed, ill, observe, probes
from notifier.verdicts import Verdict
from schemas.kinds import Channel
from schemas.record import Instant

ONE_HOST: Final = frozenset({Channel.EMAIL, Channel.SLACK, Channel.SMS, Channel.PAGERDUTY})


def host_of(channel: Channel, address: str) -> str:
    """What fails together: the provider of a channel, or the host of a webhook."""
    return str(channel) if channel in ONE_HOST else urlsplit(address.split(maxsplit=1)[0] if address else "").netloc


class Lanes:
    """What is in hand, and a breaker for each host. Of one process."""

    def __init__(self) -> None:
        self.circuits: dict[str, Circuit] = {}

    def free(self, room: Mapping[Channel, int], used: Iterable[Channel], at: Instant) -> dict[str, int]:
        """How many more each channel may carry; one that probes an ill provider, one."""
        taken = Counter(used)
        found: dict[str, int] = {}
        for channel, most in room.items():
            probing = probes(self.circuits.get(str(channel), Circuit()), at)
            left = (1 if probing else most) - taken[channel]
            if left > 0:
                found[str(channel)] = left
        return found

    def ill(self, addresses: Mapping[str, str], at: Instant) -> list[str]:
        """Channels and destinations to spare."""
        hosts = {host for host, circuit in self.circuits.items() if not closed(circuit, at)}
        if not hosts:
            return []
        webhooks = [key for key, address in addresses.items() if "://" in address]
        return [*hosts, *(key for key in webhooks if host_of(Channel.WEBHOOK, addresses[key]) in hosts)]

    def heard(self, host: str, verdict: Verdict, at: Instant) -> Circuit | None:
        """Fold an answer; the circuit if it opened or closed by it."""
        before = self.circuits.get(host, Circuit())
        after = observe(before, at, not ill(verdict))
        self.circuits[host] = after
        return after if after.open_until != before.open_until else None
