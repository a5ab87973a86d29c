from collectors.disclosures.models.filing import Filing
from collectors.disclosures.models.politician import Politician
from collectors.disclosures.models.snapshot import Snapshot
from collectors.disclosures.models.term import Chamber, Term
from collectors.disclosures.models.transaction import (
    Owner,
    OwnerSource,
    RowStatus,
    Side,
    Transaction,
)
from collectors.disclosures.vocabulary import LedgerStatus, LinkBasis, Problem

__all__ = [
    "Chamber",
    "Filing",
    "LedgerStatus",
    "LinkBasis",
    "Owner",
    "OwnerSource",
    "Politician",
    "Problem",
    "RowStatus",
    "Side",
    "Snapshot",
    "Term",
    "Transaction",
]
