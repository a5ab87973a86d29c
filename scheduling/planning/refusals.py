from __future__ import annotations


class BadRule(ValueError):
    """A rule, zone or limit that cannot be planned: `field` is at fault, `reason` a sentence."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field
        self.reason = reason
