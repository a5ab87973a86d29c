from __future__ import annotations

import pytest
from django.core.exceptions import ImproperlyConfigured

from config import broker
from config.broker import DRAMATIQ, LOCAL, broker_namespace, broker_url


@pytest.mark.parametrize(
    "url",
    [
        "redis://127.0.0.1:6379/0",
        "rediss://:secret@broker.example.org/1",
        "amqp://user:secret@broker:5672/rollcall",
        "amqps://broker",
    ],
)
def test_redis_and_rabbitmq_carry_runs(url):
    assert broker_url(url, execution=DRAMATIQ) == url


@pytest.mark.parametrize(
    "url",
    ["", "redis://", "broker:6379", "http://broker/", "sqs://key@", "redis://:pass@broker:many/0"],
)
def test_what_names_no_broker_is_refused_and_not_quoted(url):
    with pytest.raises(ImproperlyConfigured, match="set BROKER_URL to redis://") as caught:
        broker_url(url, execution=DRAMATIQ)
    assert "pass" not in str(caught.value)


def test_an_installation_that_executes_its_runs_itself_has_no_broker():
    assert broker_url("redis://127.0.0.1/0", execution=LOCAL) == ""


def test_missing_packages_are_named(monkeypatch):
    monkeypatch.setattr(broker, "find_spec", lambda _name: None)
    with pytest.raises(ImproperlyConfigured, match=r"pip install -r requirements/workers\.txt"):
        broker_url("redis://127.0.0.1/0", execution=DRAMATIQ)


@pytest.mark.parametrize("name", ["rollcall", "Rollcall-2", "_test"])
def test_a_namespace_is_a_plain_word(name):
    assert broker_namespace(name) == name


@pytest.mark.parametrize("name", ["", "2nd", "two words", "a.b", "ä"])
def test_any_other_namespace_is_refused(name):
    with pytest.raises(ImproperlyConfigured, match="BROKER_NAMESPACE is"):
        broker_namespace(name)
