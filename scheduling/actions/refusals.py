"""How an action refuses what somebody wrote down."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.core.exceptions import NON_FIELD_ERRORS

if TYPE_CHECKING:
    from django.core.exceptions import ValidationError


class Refused(ValueError):
    """It cannot be saved; `errors` maps a field's name to a sentence for people."""

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__(" ".join(f"{name}: {text}" for name, text in errors.items()))
        self.errors = errors

    @classmethod
    def of(cls, error: ValidationError) -> Self:
        """What a model found in its fields; several of them at fault make a name that is taken."""
        errors = {name: " ".join(texts) for name, texts in error.message_dict.items()}
        if NON_FIELD_ERRORS in errors:
            errors["name"] = errors.pop(NON_FIELD_ERRORS)
        return cls(errors)
