"""The one door to Dramatiq. A message is a run's id and its claim epoch, in the queue of its pool.

The database is the outbox: what the broker loses is sent again (`dispatch`), what it delivers twice
is refused by the claim. So Dramatiq's own retries, time limits and results stay out.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import dramatiq
from django.conf import settings
from dramatiq.brokers.rabbitmq import RabbitmqBroker, _RabbitmqConsumer
from dramatiq.brokers.redis import RedisBroker, _RedisConsumer
from dramatiq.errors import DecodeError
from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from scheduling.events import emit

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dramatiq.broker import MessageProxy

    from scheduling.execution.offers import Offers

ACTOR = "execute"
LOOK_MILLISECONDS = 200
ANSWER_SECONDS = 5.0
ALWAYS = 1_000_000  # of a million commands look after messages that dead workers held


class BrokerUnreachable(Exception):
    """The broker did not take a message."""


class Outgoing:
    """The dispatcher's end: hands runs to the broker. For one thread."""

    def __init__(self) -> None:
        self._broker = _open_broker()

    def send(self, run_id: int, claim_epoch: int, *, pool: str) -> None:
        """Put the run into the queue of its pool, durably. Raises BrokerUnreachable."""
        message: dramatiq.Message[None] = dramatiq.Message(
            queue_name=_queue_of(pool),
            actor_name=ACTOR,
            args=(run_id, claim_epoch),
            kwargs={},
            options={},
        )
        try:
            self._broker.enqueue(message)
        except Exception as error:
            # Every driver raises its own.
            raise BrokerUnreachable(str(error) or type(error).__name__) from error

    def close(self) -> None:
        self._broker.close()


class Incoming:
    """The worker's end: takes messages, at most `slots` at a time, and makes them offers.

    A message is acknowledged when its offer is settled: the attempt is recorded, or refused.
    """

    def __init__(self, offers: Offers, *, slots: int, pools: Iterable[str]) -> None:
        self._offers = offers
        self._broker = _open_broker()
        first, *others = map(_queue_of, pools)
        declare = dramatiq.actor(broker=self._broker, actor_name=ACTOR, queue_name=first)
        declare(self._offer)
        for queue in others:
            self._broker.declare_queue(queue)
        self._worker = dramatiq.Worker(
            self._broker, worker_threads=slots, worker_timeout=LOOK_MILLISECONDS
        )
        self._worker.queue_prefetch = slots
        self._leaving = threading.Thread(target=self._see_off, name="leave", daemon=True)

    def start(self) -> None:
        self._worker.start()

    def serve(self, pools: Iterable[str]) -> None:
        """Take messages of these pools too."""
        for pool in pools:
            self._broker.declare_queue(_queue_of(pool))

    def leave(self) -> None:
        """Take no further message; whoever settles the offers that are open lets us go."""
        for consumer in self._worker.consumers.values():
            consumer.stop()
        self._leaving.start()

    def close(self) -> None:
        """Give messages back that nobody began. Without a broker they come back when it misses us.

        The wait has an end: Dramatiq would go on for ever to acknowledge to a broker that is away.
        """
        self._leaving.join(ANSWER_SECONDS)
        self._broker.close()

    def _see_off(self) -> None:
        try:
            self._worker.stop()
        except Exception as error:  # noqa: BLE001 - every driver raises its own
            emit("messages_not_returned", area="broker", level="warning", error=str(error))

    def _offer(self, run_id: int, claim_epoch: int) -> None:
        if not (type(run_id) is type(claim_epoch) is int):
            emit("message_malformed", area="broker", level="error", run=str(run_id)[:100])
            return
        self._offers.put(run_id, claim_epoch).wait()


def _queue_of(pool: str) -> str:
    return f"{settings.BROKER_NAMESPACE}.{pool}"


def _open_broker() -> dramatiq.Broker:
    """No connection is made yet: it is when the first message comes or goes."""
    is_rabbitmq = settings.BROKER_URL.startswith("amqp")
    return _open_rabbitmq() if is_rabbitmq else _open_redis()


def _open_rabbitmq() -> _RabbitmqBroker:
    broker = _RabbitmqBroker(url=settings.BROKER_URL, middleware=[], confirm_delivery=True)
    parameters: Any = broker.parameters
    parameters.socket_timeout = parameters.blocked_connection_timeout = ANSWER_SECONDS
    return broker


def _open_redis() -> _RedisBroker:
    client = Redis.from_url(
        settings.BROKER_URL,
        socket_timeout=ANSWER_SECONDS,
        socket_connect_timeout=ANSWER_SECONDS,
        retry=Retry(NoBackoff(), 1),
    )
    return _RedisBroker(
        client=client,
        namespace=settings.BROKER_NAMESPACE,
        maintenance_chance=ALWAYS,
        middleware=[],
    )


class _RabbitmqBroker(RabbitmqBroker):
    @property
    def consumer_class(self) -> type[_RabbitmqReader]:
        return _RabbitmqReader


class _RabbitmqReader(_RabbitmqConsumer):
    def __next__(self) -> MessageProxy | None:
        return _ours(super().__next__(), self)  # type: ignore[no-untyped-call]


class _RedisBroker(RedisBroker):
    def __init__(self, **options: Any) -> None:
        super().__init__(**options)  # type: ignore[no-untyped-call]
        self.readers: dict[str, _RedisReader] = {}

    @property
    def consumer_class(self) -> type[_RedisReader]:
        return _RedisReader


class _RedisReader(_RedisConsumer):
    """Readers of several queues share what the process may hold: nothing waits in a process that
    has no slot free while another has.
    """

    def __init__(self, broker: _RedisBroker, *arguments: Any) -> None:
        super().__init__(broker, *arguments)  # type: ignore[no-untyped-call]
        broker.readers[self.queue_name] = self

    @property
    def outstanding_message_count(self) -> int:
        readers = self.broker.readers.copy().values()
        return sum(len(one.queued_message_ids) + len(one.message_cache) for one in readers)

    def __next__(self) -> MessageProxy | None:
        try:
            return _ours(super().__next__(), self)  # type: ignore[no-untyped-call]
        except DecodeError as error:
            emit("message_unreadable", area="broker", level="error", error=str(error))
            return None


def _ours(
    message: MessageProxy | None, reader: _RabbitmqReader | _RedisReader
) -> MessageProxy | None:
    """The message, if it is as we send them: others would end a thread of Dramatiq's for good."""
    if message is None:
        return None
    if message.queue_name == reader.queue_name and "eta" not in message.options:
        return message
    emit("message_misplaced", area="broker", level="error", queue=reader.queue_name)
    reader.nack(message)  # type: ignore[no-untyped-call]
    return None
