"""Table of contents: slug -> dotted path of the kind. Strings only; naming imports nothing."""

KINDS = {
    "house-disclosures": "collectors.disclosures.house.kind.HouseDisclosures",
}

# Offered only with PROBE_KINDS=1: kinds that misbehave on request, for tests and fault campaigns.
PROBES = {
    "probe": "collectors.probe.Probe",
    "noop": "collectors.probe.NoOp",
}
