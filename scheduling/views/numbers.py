"""Numbers out of addresses and hidden fields, which anybody may have written."""

LONGEST = 18  # digits; a longer number fits into no id


def number_in(text: str) -> int | None:
    """The whole number that the text is, None if it is something else or fits into no id."""
    is_number = text.isascii() and text.isdecimal() and len(text) <= LONGEST
    return int(text) if is_number else None
