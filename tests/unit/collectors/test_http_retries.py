from datetime import timedelta

import pytest

from collectors.http.retries import LONGEST_WAIT_SECONDS, TRIES, retrying
from collectors.http.verdicts import AnswerTooSlow, SourceBlocked, SourceUnavailable
from scheduling.kinds import RunStopped


class Site:
    """Raises what it is told to, then answers; keeps the waits and the log."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)
        self.asked = 0
        self.waits: list[float] = []
        self.lines: list[str] = []

    def fetch(self) -> str:
        call = retrying(sleep=self.waits.append, log=self.lines.append)
        answer: str = call(self.answer)
        return answer

    def answer(self) -> str:
        self.asked += 1
        if self.errors:
            raise self.errors.pop(0)
        return "document"


def busy(after: float | None = None) -> SourceUnavailable:
    delay = None if after is None else timedelta(seconds=after)
    return SourceUnavailable("https://files.example/ is not ready.", after=delay)


def test_a_short_trouble_is_waited_out():
    site = Site(busy(), busy())
    assert site.fetch() == "document"
    assert site.asked == 3
    assert 1 <= site.waits[0] <= 2 <= site.waits[1] <= 3


def test_every_wait_is_told():
    site = Site(busy(7))
    site.fetch()
    assert site.lines == ["https://files.example/ is not ready. Trying again in 7.0 seconds."]


def test_the_delay_that_the_source_names_is_kept():
    site = Site(busy(25), busy(30))
    site.fetch()
    assert site.waits == [25, 30]


def test_a_delay_of_nothing_still_backs_off():
    site = Site(busy(0))
    site.fetch()
    assert site.waits[0] >= 1


def test_trouble_that_lasts_is_handed_on_with_its_delay():
    errors = [busy(), busy(), busy(5)]
    last = errors[-1]
    site = Site(*errors)
    with pytest.raises(SourceUnavailable) as caught:
        site.fetch()
    assert caught.value is last
    assert site.asked == TRIES


@pytest.mark.parametrize("delays", [(LONGEST_WAIT_SECONDS + 1,), (40, 40)])
def test_long_waits_are_left_to_the_run(delays):
    site = Site(*map(busy, delays))
    with pytest.raises(SourceUnavailable) as caught:
        site.fetch()
    assert site.asked == len(delays)
    assert caught.value.after == timedelta(seconds=delays[-1])
    assert sum(site.waits) <= LONGEST_WAIT_SECONDS


@pytest.mark.parametrize(
    "error", [SourceBlocked("no"), AnswerTooSlow("slow"), RunStopped("stop"), ZeroDivisionError()]
)
def test_nothing_else_is_tried_again(error):
    site = Site(error)
    with pytest.raises(type(error)):
        site.fetch()
    assert site.asked == 1
    assert site.waits == []
