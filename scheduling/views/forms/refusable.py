"""What the forms have in common whose action has the last word."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import forms

if TYPE_CHECKING:
    from collections.abc import Mapping


class RefusableForm(forms.Form):
    """The server says what is missing, not the browser."""

    use_required_attribute = False

    def refuse(self, errors: Mapping[str, str]) -> None:
        """Put what was refused at the fields where it was typed, if they are in this form."""
        for name, text in errors.items():
            self.add_error(name if name in self.fields else None, text)
