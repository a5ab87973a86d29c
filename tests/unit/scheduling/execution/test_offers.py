"""From the broker's threads to the supervisor, and back."""

from __future__ import annotations

from scheduling.execution.offers import Offers


def test_an_offer_is_open_until_it_is_settled():
    offers = Offers()
    is_settled = offers.put(7, 1)
    assert offers.take(5) == {7: 1}
    assert not is_settled.is_set()
    offers.settle(7)
    assert is_settled.is_set()


def test_offers_are_taken_once_and_in_their_order():
    offers = Offers()
    for run in (3, 1, 2):
        offers.put(run, 0)
    assert list(offers.take(2)) == [3, 1]
    assert list(offers.take(2)) == [2]
    assert offers.take(2) == {}


def test_a_run_that_is_offered_twice_is_refused_the_second_time():
    offers = Offers()
    first, second = offers.put(7, 1), offers.put(7, 1)
    assert (first.is_set(), second.is_set()) == (False, True)
    offers.take(1)
    assert offers.put(7, 1).is_set()
    offers.settle(7)
    assert not offers.put(7, 2).is_set()


def test_who_listens_is_told_of_each_new_offer():
    offers, told = Offers(), []
    offers.listen(lambda: told.append(1))
    offers.put(7, 1)
    offers.put(7, 1)
    offers.put(8, 1)
    assert len(told) == 2


def test_once_closed_what_nobody_took_is_taken_and_no_further_offer_is_accepted():
    offers = Offers()
    taken = offers.put(1, 0)
    offers.take(1)
    waiting = offers.put(2, 4)
    assert offers.close() == {2: 4}
    assert (taken.is_set(), waiting.is_set(), offers.put(3, 0).is_set()) == (False, False, True)
    assert offers.take(9) == {}


def test_what_was_never_offered_may_be_settled():
    Offers().settle(7)
