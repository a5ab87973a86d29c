"""The closed vocabularies of the ledger."""

from django.db import models


class LedgerStatus(models.TextChoices):
    """How far a filing was collected, in the words of the `parse` command where both meet."""

    NEW = "new", "listed, not fetched yet"
    PARSED = "parsed", "read in full"
    SCANNED = "scanned", "a paper filing, kept and not read"
    NOT_FOUND = "not-found", "listed, but the document is missing"
    FAILED = "failed", "could not be collected"
    WITHDRAWN = "withdrawn", "no longer listed"
    NOT_COLLECTED = "not-collected", "not a transaction report, not fetched"


class Problem(models.TextChoices):
    """Why a filing is `failed`."""

    EMPTY = "empty", "no table of transactions where one belongs"
    NOT_A_PDF = "not-a-pdf", "the answer was no PDF"
    UNREADABLE = "unreadable", "the PDF is damaged or locked"
    MISMATCH = "mismatch", "fewer or more rows read than the text shows"
    WRONG_DOCUMENT = "wrong-document", "the document bears another filing's number"
    UNAVAILABLE = "unavailable", "the source gave no usable answer"
    NOT_STORABLE = "not-storable", "the database refuses what was read"


class LinkBasis(models.TextChoices):
    """What a link to a politician rests on."""

    NAME_STATE_DISTRICT = "NAME_STATE_DISTRICT", "name, state, district and term"


READ = (LedgerStatus.PARSED, LedgerStatus.SCANNED)
# Another answer may cure these. The others lie in a document that never changes, which a better
# parser reads again from the archive.
CURABLE = (
    Problem.NOT_A_PDF,
    Problem.UNREADABLE,
    Problem.WRONG_DOCUMENT,
    Problem.UNAVAILABLE,
)
