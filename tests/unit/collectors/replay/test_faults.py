from typing import Any

import pytest

from collectors.replay.faults import Fault, FaultKind, UnknownFault, Weather


def fault(kind: FaultKind = FaultKind.FAIL, **values: Any) -> Fault:
    return Fault(kind=kind, **values)


def test_a_fault_strikes_as_often_as_it_says():
    weather = Weather()
    weather.add(fault(times=2))

    assert [len(weather.strike("/a")) for _ in range(3)] == [1, 1, 0]


def test_a_fault_without_a_number_strikes_until_it_is_cleared():
    weather = Weather()
    weather.add(fault())

    assert [len(weather.strike("/a")) for _ in range(3)] == [1, 1, 1]
    weather.clear()
    assert weather.strike("/a") == []


def test_only_matching_paths_are_struck():
    weather = Weather()
    weather.add(fault(path="*.pdf", times=1))

    assert weather.strike("/index.zip") == []
    assert len(weather.strike("/a/1.pdf")) == 1


def test_faults_strike_in_the_order_in_which_they_were_set():
    weather = Weather()
    weather.add(fault(status=500, times=1))
    weather.add(fault(status=502, times=1))

    assert [weather.strike("/")[0].status for _ in range(2)] == [500, 502]


def test_a_slow_answer_may_fail_as_well():
    weather = Weather()
    weather.add(fault(FaultKind.RESET, times=1))
    weather.add(fault(FaultKind.SLOW, seconds=2.0))

    assert {each.kind for each in weather.strike("/")} == {FaultKind.SLOW, FaultKind.RESET}
    assert [each.kind for each in weather.strike("/")] == [FaultKind.SLOW]


def test_a_fault_is_read_from_json():
    raw = {"kind": "fail", "path": "*.zip", "status": 429, "retry_after": "3", "times": 2}

    assert Fault.from_json(raw) == fault(path="*.zip", status=429, retry_after="3", times=2)


@pytest.mark.parametrize("raw", [{}, {"kind": "rain"}, {"kind": "FAIL", "wet": True}, []])
def test_an_unknown_mode_is_refused_with_the_kinds_that_exist(raw):
    with pytest.raises(UnknownFault, match="FAIL, SLOW, TRUNCATE, HTML, RESET"):
        Fault.from_json(raw)


@pytest.mark.parametrize("values", [{"status": 999}, {"times": 0}])
def test_a_fault_that_makes_no_sense_is_refused_at_once(values):
    with pytest.raises(ValueError, match=r"999|0 times"):
        fault(**values)
