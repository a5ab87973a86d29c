"""A form for a kind's parameters, made from the JSON schema of its pydantic model.

The fields only turn text into numbers and lists; what is allowed is judged by the model itself,
through the job actions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms

from scheduling.views.forms.refusable import RefusableForm

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scheduling.kinds import JobKind

PREFIX = "params"
Schema = dict[str, Any]


class Lines(forms.CharField):
    """A list, one value a line."""

    widget = forms.Textarea(attrs={"rows": 4})

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(map(str, value)) if isinstance(value, list | tuple) else value

    def to_python(self, value: Any) -> Any:
        return [line.strip() for line in (value or "").splitlines() if line.strip()]


class ParamsForm(RefusableForm):
    """The parameters of one kind. `raw()` is what was typed, ready for the kind's model."""

    def __init__(self, kind: JobKind[Any], data: Any, *, initial: Mapping[str, Any]) -> None:
        schema = kind.params.model_json_schema()
        super().__init__(data, prefix=PREFIX, initial={**_defaults(schema), **initial})
        needed = set(schema.get("required", ()))
        self._nullable = set()
        for name, described in schema.get("properties", {}).items():
            plain, is_nullable = _plain(described, schema.get("$defs", {}))
            self.fields[name] = _field(name, plain, required=name in needed)
            if is_nullable:
                self._nullable.add(name)

    def raw(self) -> dict[str, Any]:
        """Values by name. What was left empty is None where the model takes that, else left out."""
        return {
            name: None if value in (None, "") else value
            for name, value in self.cleaned_data.items()
            if value not in (None, "") or name in self._nullable
        }


def _defaults(schema: Schema) -> dict[str, Any]:
    properties = schema.get("properties", {})
    return {name: each["default"] for name, each in properties.items() if "default" in each}


def _plain(described: Schema, definitions: Mapping[str, Schema]) -> tuple[Schema, bool]:
    """The schema without references, and without the null that it may be as well."""
    merged = {**_resolve(described, definitions)}
    options = [_resolve(option, definitions) for option in merged.get("anyOf", ())]
    solid = [option for option in options if option.get("type") != "null"]
    is_nullable = len(solid) < len(options)
    if len(solid) == 1:
        merged = {**solid[0], **merged}
    if isinstance(merged.get("items"), dict):
        merged["items"] = _resolve(merged["items"], definitions)
    return merged, is_nullable


def _resolve(described: Schema, definitions: Mapping[str, Schema]) -> Schema:
    name = described.get("$ref", "").removeprefix("#/$defs/")
    return {**definitions[name], **described} if name else described


def _field(name: str, schema: Schema, *, required: bool) -> forms.Field:
    shown: dict[str, Any] = {
        "label": _label(name, schema.get("title", "")),
        "help_text": schema.get("description", ""),
        "required": required,
    }
    if "enum" in schema:
        return forms.ChoiceField(choices=_choices(schema["enum"], required=required), **shown)
    bounds: dict[str, Any] = {
        "min_value": schema.get("minimum"),
        "max_value": schema.get("maximum"),
    }
    match schema.get("type"):
        case "boolean":
            return forms.BooleanField(**{**shown, "required": False})
        case "integer":
            return forms.IntegerField(**bounds, **shown)
        case "number":
            return forms.FloatField(**bounds, **shown)
        case "string":
            return forms.CharField(max_length=schema.get("maxLength"), **shown)
        case "array":
            return _list_field(schema.get("items", {}), shown)
    return forms.JSONField(**shown)


def _label(name: str, title: str) -> str:
    """The title that somebody wrote; the one that pydantic makes up is put into plain case."""
    spoken = name.replace("_", " ")
    return spoken.capitalize() if title in ("", spoken.title()) else title


def _list_field(items: Schema, shown: dict[str, Any]) -> forms.Field:
    if "enum" in items:
        return forms.MultipleChoiceField(
            choices=[(each, each) for each in items["enum"]],
            widget=forms.CheckboxSelectMultiple,
            **shown,
        )
    if items.get("type") in ("object", "array"):
        return forms.JSONField(**shown)
    return Lines(**{**shown, "help_text": f"{shown['help_text']} One a line.".strip()})


def _choices(values: list[Any], *, required: bool) -> list[tuple[Any, Any]]:
    blank = [] if required else [("", "Not set")]
    return [*blank, *((value, value) for value in values)]
