from __future__ import annotations

from typing import Any

import pytest
from pydantic import BaseModel, Field, SecretBytes, SecretStr

from scheduling.kinds import (
    Answer,
    BadParameters,
    Cause,
    JobKind,
    Outcome,
    Params,
    RunContext,
    secret_fields,
)


class Window(BaseModel):
    first: int
    last: int = 9


class ReadingParams(Params):
    years: int = Field(3, ge=1, le=10)
    title: str = "all"
    window: Window | None = None


class Reading(JobKind[ReadingParams]):
    slug = "reading"
    title = "Reading"
    description = "Reads."
    params = ReadingParams

    def run(self, ctx: RunContext, params: ReadingParams) -> Outcome:
        return Outcome(found=params.years)


def errors_of(raw: dict[str, Any]) -> dict[str, str]:
    with pytest.raises(BadParameters) as caught:
        Reading().read_params(raw)
    return caught.value.errors


def test_what_is_left_out_gets_the_defaults_of_the_kind():
    assert Reading().read_params({"years": 2}) == ReadingParams(years=2, title="all")


@pytest.mark.parametrize(
    ("raw", "field", "text"),
    [
        ({"years": 0}, "years", "greater than or equal to 1"),
        ({"years": "many"}, "years", "valid integer"),
        ({"years": None}, "years", "valid integer"),
        ({"colour": "red"}, "colour", "Extra inputs are not permitted"),
        ({"window": {"last": 3}}, "window.first", "Field required"),
        ({"window": 7}, "window", "valid dictionary"),
    ],
)
def test_a_refusal_names_the_field_and_says_why(raw, field, text):
    errors = errors_of(raw)
    assert list(errors) == [field]
    assert text in errors[field]


def test_every_field_at_fault_is_named():
    assert sorted(errors_of({"years": 11, "title": 5, "colour": "red"})) == [
        "colour",
        "title",
        "years",
    ]


def test_a_refusal_reads_as_a_sentence_and_calls_for_a_person():
    refusal = BadParameters({"years": "is too small", "title": "is no text"})
    assert str(refusal) == "years: is too small; title: is no text"
    assert refusal.cause is Cause.BAD_PARAMETERS


def test_parameters_cannot_be_changed_by_a_run():
    params = Reading().read_params({})
    with pytest.raises(ValueError, match="frozen"):
        setattr(params, "years", 5)  # noqa: B010 - the type checker refuses the plain form


@pytest.mark.parametrize(
    ("headers", "etag", "last_modified"),
    [
        ({}, "", ""),
        ({"etag": '"a1"'}, '"a1"', ""),
        ({"last-modified": "Mon, 02 Mar 2026 12:00:00 GMT"}, "", "Mon, 02 Mar 2026 12:00:00 GMT"),
    ],
)
def test_an_answer_hands_out_its_validators(headers, etag, last_modified):
    answer = Answer(url="https://example.org/", status=200, headers=headers, body=b"")
    assert (answer.etag, answer.last_modified) == (etag, last_modified)


class Login(BaseModel):
    user: str = ""
    password: SecretStr


class Guarded(Params):
    token: SecretStr | None = None
    keys: list[SecretBytes] = []
    logins: list[Login] = []
    pin: str = Field("", json_schema_extra={"writeOnly": True})
    token_from: str = "ROLLCALL_TOKEN"


def test_fields_that_would_hold_a_secret_are_found_however_deep():
    assert secret_fields(Guarded) == ["keys", "password", "pin", "token"]
    assert secret_fields(ReadingParams) == []
