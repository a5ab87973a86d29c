"""Text as both databases take it."""

TEXT_LIMIT = 20_000


def storable(text: str) -> str:
    """Text as both databases take it: no NUL, no surrogate, too long ones cut inside."""
    clean = text.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")
    if len(clean) <= TEXT_LIMIT:
        return clean
    half = TEXT_LIMIT // 2
    return f"{clean[:half]}\n… {len(clean) - TEXT_LIMIT} characters left out …\n{clean[-half:]}"
