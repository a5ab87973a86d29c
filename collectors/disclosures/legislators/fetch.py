"""Where the lists of members lie."""

from scheduling.kinds import SourceSpec

LEGISLATORS = SourceSpec(
    slug="congress-legislators",
    title="congress-legislators - members of the US Congress and their terms",
    url="https://unitedstates.github.io/congress-legislators/",
    hosts=("unitedstates.github.io",),
    min_interval_seconds=1.0,
)
# A member moves from the current list to the historical one: the current one is read last.
URLS = tuple(
    f"https://unitedstates.github.io/congress-legislators/legislators-{part}.json"
    for part in ("historical", "current")
)
