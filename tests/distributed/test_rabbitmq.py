"""The same through RabbitMQ: runs come and go, the server restarts, poison is put away."""

from __future__ import annotations

import pika
import pytest

from scheduling.states import RunState
from tests.distributed.processes import worker
from tests.factories.jobs import a_job
from tests.factories.runs import asked_for
from tests.integration.engine.processes import ticking, wait_until_final


@pytest.fixture(scope="module")
def staying(env, rabbitmq):
    """A worker, beside an engine."""
    own = {**env, "BROKER_URL": rabbitmq.url}
    with ticking(own), worker(own) as process:
        yield process
        assert process.terminate() == 0


def test_a_run_leaves_by_the_broker_and_comes_back(staying):
    (run,) = wait_until_final(asked_for(a_job("probe")))
    assert run.state == RunState.SUCCEEDED, run.error


def test_what_is_no_message_is_put_away(staying, rabbitmq):
    """F46."""
    connection = pika.BlockingConnection(pika.URLParameters(rabbitmq.url))
    for body in (b"not JSON", b"{}"):
        connection.channel().basic_publish("", "rollcall.default", body)
    connection.close()
    (run,) = wait_until_final(asked_for(a_job("after the poison")))
    assert run.state == RunState.SUCCEEDED
    assert staying.process.poll() is None


@pytest.mark.timeout(180)
def test_a_restart_of_the_broker_costs_time_and_no_run(staying, rabbitmq):
    """F40, and F42: what was under way is delivered again."""
    long = asked_for(a_job("long", seconds=3))
    rabbitmq.stop()
    unsent = asked_for(a_job("unsent"))
    rabbitmq.start()
    ended = wait_until_final(long, unsent, seconds=60)
    assert {(run.state, run.attempt_count) for run in ended} == {(RunState.SUCCEEDED, 1)}
