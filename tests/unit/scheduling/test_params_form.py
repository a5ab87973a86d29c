from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from typing import Any, ClassVar, Literal

import pytest
from django import forms
from pydantic import Field

from scheduling.kinds import JobKind, Outcome, Params, RunContext
from scheduling.views.forms.lengths import LengthField
from scheduling.views.forms.params import ParamsForm


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


class Everything(Params):
    needed: str
    years_back: int = Field(2, ge=0, le=10, description="How far back.")
    share: float = 0.5
    is_eager: bool = True
    most: int | None = None
    mode: Literal["fast", "slow"] = "slow"
    colour: Colour = Colour.RED
    words: list[str] = []
    numbers: list[int] = Field([], title="Lucky numbers")
    colours: list[Colour] = []
    nested: dict[str, Any] = {}


class Kind(JobKind[Everything]):
    slug: ClassVar = "everything"
    title: ClassVar = "Everything"
    description: ClassVar = "Has a parameter of each type."
    params = Everything

    def run(self, ctx: RunContext, params: Everything) -> Outcome:
        return Outcome()


def form(**typed: Any) -> ParamsForm:
    return ParamsForm(
        Kind(), {f"params-{name}": value for name, value in typed.items()}, initial={}
    )


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("needed", forms.CharField),
        ("years_back", forms.IntegerField),
        ("share", forms.FloatField),
        ("is_eager", forms.BooleanField),
        ("most", forms.IntegerField),
        ("mode", forms.ChoiceField),
        ("colour", forms.ChoiceField),
        ("words", forms.CharField),
        ("colours", forms.MultipleChoiceField),
        ("nested", forms.JSONField),
    ],
)
def test_each_type_has_its_field(name: str, field: type[forms.Field]) -> None:
    assert isinstance(form().fields[name], field)


def test_what_is_typed_passes_the_kinds_own_check() -> None:
    filled = form(
        needed="x",
        years_back="3",
        share="0.25",
        most="",
        mode="fast",
        colour="blue",
        words="a\n\n b ",
        numbers="1\n2",
        colours=["red"],
        nested='{"a": 1}',
    )
    assert filled.is_valid(), filled.errors
    assert Kind().read_params(filled.raw()) == Everything(
        needed="x",
        years_back=3,
        share=0.25,
        is_eager=False,
        most=None,
        mode="fast",
        colour=Colour.BLUE,
        words=["a", "b"],
        numbers=[1, 2],
        colours=[Colour.RED],
        nested={"a": 1},
    )


def test_what_is_left_empty_keeps_its_default() -> None:
    filled = form(needed="x", mode="slow", colour="red")
    assert filled.is_valid(), filled.errors
    assert "years_back" not in filled.raw()
    assert filled.raw()["most"] is None


def test_labels_and_help_come_from_the_model() -> None:
    fields = form().fields
    assert fields["years_back"].label == "Years back"
    assert fields["years_back"].help_text == "How far back."
    assert fields["numbers"].label == "Lucky numbers"


def test_a_number_out_of_bounds_is_refused_at_its_field() -> None:
    assert list(form(needed="x", years_back="11", mode="slow", colour="red").errors) == [
        "years_back"
    ]


@pytest.mark.parametrize(
    ("length", "shown"),
    [
        (None, [None, 60]),
        (timedelta(seconds=90), [90, 1]),
        (timedelta(minutes=90), [90, 60]),
        (timedelta(hours=36), [36, 3600]),
        (timedelta(days=2), [2, 86_400]),
    ],
)
def test_a_length_is_shown_in_the_largest_unit_that_divides_it(
    length: timedelta | None, shown: list[int | None]
) -> None:
    field = LengthField(label="Every")
    assert field.widget.decompress(length) == shown
    assert field.clean([number and str(number) for number in shown]) == length
