import hashlib
from pathlib import Path

VENDOR = Path(__file__).parents[3] / "templates" / "static" / "vendor"


def test_vendored_scripts_are_what_was_vendored() -> None:
    scripts = sorted(VENDOR.glob("*.js"))
    assert [script.name for script in scripts] == ["htmx.min.js"]
    for script in scripts:
        digest, name = script.with_suffix(".js.sha256").read_text().split()
        assert name == script.name
        assert hashlib.sha256(script.read_bytes()).hexdigest() == digest
