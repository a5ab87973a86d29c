"""Kinds of our own, that keep the installation in order: slug -> dotted path, strings only."""

KINDS = {
    "maintenance-purge": "scheduling.maintenance.purge.Purge",
}
