from __future__ import annotations

import json
import os
from datetime import datetime

import pytest
from django.core.management import CommandError

from scheduling.management.commands.preview import answers
from tests.integration.commands.conftest import lines_of
from tests.integration.engine.processes import run_command
from tests.unit.planning.cases import cases, stamp
from tests.unit.planning.refused import NO_ZONES, REFUSED

SPRING = {
    "id": "spring",
    "expr": "30 2 * * *",
    "tz": "Europe/Stockholm",
    "start": "2026-03-28T00:00:00Z",
    "n": 3,
}


def answer(case: object) -> dict[str, object]:
    text = case if isinstance(case, str) else json.dumps(case)
    (line,) = answers([text])
    found: dict[str, object] = json.loads(line)
    return found


def test_the_next_instants_are_told_in_utc(call):
    said = call(
        "preview",
        cron="0 9 * * 1-5",
        zone="Europe/Stockholm",
        after="2026-03-28T00:00:00Z",
        count=3,
    )
    assert said.split() == ["2026-03-30T07:00:00Z", "2026-03-31T07:00:00Z", "2026-04-01T07:00:00Z"]


def test_five_instants_from_now_on_unless_told_otherwise(call):
    assert len(call("preview", cron="*/5 * * * *").split()) == 5


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({}, "Give an expression"),
        ({"cron": "61 * * * *"}, "minute"),
        ({"cron": "* * *"}, "fields"),
        ({"cron": "0 9 * * *", "zone": "Atlantis/Capital"}, "Atlantis/Capital"),
        ({"cron": "0 9 * * *", "after": "tomorrow"}, "'tomorrow' is not an instant"),
        ({"cron": "0 9 * * *", "count": -1}, "between 0 and 10000"),
        ({"cron": "0 9 * * *", "count": 10_001}, "between 0 and 10000"),
    ],
)
def test_what_cannot_be_previewed_is_refused_with_a_sentence(call, options, sentence):
    with pytest.raises(CommandError, match=sentence):
        call("preview", **options)


@pytest.mark.parametrize(
    ("expression", "field", "reason"),
    [row for row in REFUSED if row[0] and isinstance(row[0], str)][::9],
)
def test_what_is_not_cron_is_refused_with_its_field(call, expression, field, reason):
    with pytest.raises(CommandError) as refusal:
        call("preview", cron=expression)
    assert str(refusal.value).startswith(f"{field}: ")
    assert reason in str(refusal.value)


def test_a_question_of_a_batch_gets_its_answer_under_its_id():
    assert answer(SPRING) == {
        "id": "spring",
        "result": ["2026-03-28T01:30:00Z", "2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z"],
    }


def test_an_instant_without_an_offset_is_read_as_utc():
    assert answer({**SPRING, "start": "2026-03-28T00:00:00"}) == answer(SPRING)


@pytest.mark.parametrize("id_", [7, None, [1, 2], {"a": 1}, ""])
def test_an_id_comes_back_as_it_was(id_):
    assert answer({**SPRING, "id": id_})["id"] == id_
    assert answer({**SPRING, "id": id_, "tz": "Nowhere"})["id"] == id_


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"expr": "61 * * * *"}, "minute"),
        ({"expr": None}, ""),
        ({"expr": 7}, ""),
        ({"tz": "Mars/Base"}, "Mars/Base"),
        ({"tz": None}, ""),
        ({"tz": ["UTC"]}, ""),
        ({"start": "soon"}, "is not an instant"),
        ({"start": None}, "is not an instant"),
        ({"start": 7}, "is not an instant"),
        ({"start": "0001-01-01T00:00:00+14:00"}, ""),
        ({"start": "9999-12-31T23:59:59-14:00"}, ""),
        ({"n": "3"}, "number of dates"),
        ({"n": True}, "number of dates"),
        ({"n": 1e9}, "number of dates"),
        ({"n": 10**30}, "number of dates"),
    ],
)
def test_a_bad_question_gets_a_reason_and_keeps_its_id(change, text):
    found = answer({**SPRING, **change})
    assert set(found) == {"id", "error"}
    assert found["id"] == "spring"
    assert found["error"]
    assert text in str(found["error"])


def test_every_line_that_is_not_cron_gets_its_field_and_the_reason():
    bad = [row for row in REFUSED if not isinstance(row[0], bytes)]
    found = answers(json.dumps({**SPRING, "id": n, "expr": row[0]}) for n, row in enumerate(bad))
    for n, (line, (_, field, reason)) in enumerate(zip(found, bad, strict=True)):
        answered = json.loads(line)
        assert answered["id"] == n
        assert answered["error"].startswith(f"{field}: ")
        assert reason in answered["error"]


def test_every_line_without_a_zone_gets_the_reason():
    bad = [zone for zone in NO_ZONES if not isinstance(zone, bytes)]
    found = [json.loads(line) for line in answers(json.dumps({**SPRING, "tz": z}) for z in bad)]
    assert len(found) == len(bad)
    assert all(line["error"].startswith("zone: ") for line in found)


def test_a_batch_answers_what_the_table_of_cases_says():
    lines = (
        json.dumps(
            {
                "id": n,
                "expr": case.expression,
                "tz": case.zone,
                "start": case.start.isoformat(),
                "n": len(case.instants),
            }
        )
        for n, case in enumerate(cases())
    )
    for line, case in zip(answers(lines), cases(), strict=True):
        instants = [datetime.fromisoformat(text) for text in json.loads(line)["result"]]
        assert [stamp(each) for each in instants] == case.instants


@pytest.mark.parametrize("name", ["expr", "tz", "start", "n"])
def test_a_question_that_lacks_something_says_what(name):
    case = {key: value for key, value in SPRING.items() if key != name}
    assert answer(case) == {"id": "spring", "error": f"The line lacks: {name}."}


@pytest.mark.parametrize("line", ["{", "7", "null", "[]", '"text"', "[" * 100_000, "\x00"])
def test_a_line_that_is_no_question_gets_an_error_and_the_rest_go_on(line):
    bad, good = (json.loads(each) for each in answers([line, "", json.dumps(SPRING)]))
    assert bad["id"] is None
    assert bad["error"]
    assert good["id"] == "spring"
    assert len(good["result"]) == 3


def test_a_batch_is_read_from_standard_input(tmp_path):
    env = {**os.environ, "LOG_DIR": str(tmp_path)}
    questions = "\n".join(json.dumps({**SPRING, "id": n}) for n in range(3)) + "\n{\n"
    code, out, error = run_command(env, "preview", "--batch", stdin=questions)
    assert code == 0, error
    assert [line["id"] for line in lines_of(out)] == [0, 1, 2, None]


def test_hints_follow_the_dates_when_they_are_asked_for(call):
    asked = {"cron": "30 2 * * 1-5,7", "zone": "Europe/Stockholm", "count": 1}
    asked["after"] = "2026-03-01T00:00Z"
    assert len(call("preview", **asked).splitlines()) == 1
    assert call("preview", **asked, lint=True).splitlines()[1:5] == [
        "- Sun 29 Mar 2026: the clock in Europe/Stockholm skips 02:30.",
        "  run at the first valid instant after the gap: at 03:00 CEST",
        "  run later by the length of the gap: at 03:30 CEST",
        "  do not run: not at all",
    ]
