"""What the notifier says on topics: commands to the escalation stage, changes of deliveries for live views."""

from collections.abc import Iterable
from typing import Final

from confluent_kafka import KafkaError, Producer

from runtime.kafka import Outgoing, produce, publish
from schemas.commands import EpisodeCommand
from schemas.delivery import DeliveryChanged
from schemas.wire import encode

COMMANDS: Final = "issue-changes"
DELIVERIES: Final = "deliveries"


class Publisher:
    def __init__(self, producer: Producer) -> None:
        self.producer = producer

    def commands(self, given: Iterable[EpisodeCommand]) -> None:
        """Returns when the broker has them: the offset is committed after this."""
        records = [Outgoing(COMMANDS, one.issue_id.encode(), encode(one)) for one in given]
        if records:
            publish(self.producer, records)

    def changed(self, given: DeliveryChanged) -> None:
        """Not waited for: the ledger is the truth, this only moves pages."""
        produce(self.producer, Outgoing(DELIVERIES, given.delivery_id.encode(), encode(given)), _ignore)
        self.producer.poll(0)

    def close(self) -> None:
        self.producer.flush(5)


def _ignore(error: KafkaError | None, _: object) -> None:
    """A lost hint: the next page load shows the row."""
