from __future__ import annotations

import pytest
from pydantic import SecretStr

from scheduling import registry
from scheduling.checks import kinds_can_be_loaded, probes_are_not_deployed
from scheduling.kinds import JobKind, Outcome, Params, RunContext
from scheduling.registry import UnknownKind, all_kinds, get_kind, kind_paths

HERE = "tests.unit.scheduling.test_registry"
BROKEN = {
    "no-module": "collectors.nowhere.Kind",
    "no-class": "collectors.probe.Nothing",
    "no-kind": "collections.OrderedDict",
    "probe": "collectors.probe.Probe",
}
SECRETIVE = {"secretive": f"{HERE}.Secretive"}


class SecretiveParams(Params):
    token: SecretStr


class Secretive(JobKind[SecretiveParams]):
    slug = "secretive"
    params = SecretiveParams

    def run(self, ctx: RunContext, params: SecretiveParams) -> Outcome:
        return Outcome()


@pytest.fixture
def registries(settings):
    """Says which registries are in force, and forgets what was loaded before and after."""

    def use(*paths: str) -> None:
        settings.KIND_REGISTRIES = list(paths)
        _forget()

    yield use
    _forget()


def _forget() -> None:
    registry.kind_paths.cache_clear()
    registry._load.cache_clear()


def test_a_kind_is_found_by_its_slug_and_made_once():
    kind = get_kind("house-disclosures")
    assert kind.slug == "house-disclosures"
    assert get_kind("house-disclosures") is kind


def test_a_slug_that_nobody_registered_is_named():
    with pytest.raises(UnknownKind, match="No job kind is registered as 'sonnets'"):
        get_kind("sonnets")


@pytest.mark.parametrize(
    ("slug", "why"),
    [
        ("no-module", "No module named 'collectors.nowhere'"),
        ("no-class", 'does not define a "Nothing"'),
        ("no-kind", "collections.OrderedDict is not a JobKind"),
    ],
)
def test_a_kind_that_cannot_be_loaded_says_why(registries, slug, why):
    registries(f"{HERE}.BROKEN")
    with pytest.raises(UnknownKind, match=slug) as caught:
        get_kind(slug)
    assert why in str(caught.value)


def test_a_kind_that_asks_for_a_secret_is_not_loaded(registries):
    registries(f"{HERE}.SECRETIVE")
    with pytest.raises(UnknownKind, match="may not be a secret: token"):
        get_kind("secretive")


def test_a_broken_kind_breaks_no_other(registries):
    registries(f"{HERE}.BROKEN")
    assert [kind.slug for kind in all_kinds()] == ["probe"]


def test_naming_a_kind_does_not_import_it(registries):
    registries(f"{HERE}.BROKEN")
    assert kind_paths() == BROKEN


def test_several_registries_are_joined(registries):
    registries("collectors.registry.KINDS", "collectors.registry.PROBES")
    assert {"house-disclosures", "probe"} <= set(kind_paths())


def test_kinds_are_listed_by_title():
    titles = [kind.title for kind in all_kinds()]
    assert titles == sorted(titles)
    assert len(titles) >= 2


def test_every_registered_kind_bears_the_slug_it_is_registered_under():
    assert [get_kind(slug).slug for slug in kind_paths()] == list(kind_paths())


def test_a_broken_kind_is_told_by_the_system_check(registries):
    assert kinds_can_be_loaded() == []
    registries(f"{HERE}.BROKEN")
    found = kinds_can_be_loaded()
    assert {fault.id for fault in found} == {"rollcall.W002"}
    assert len(found) == 3


@pytest.mark.parametrize(("offered", "ids"), [(True, ["rollcall.W001"]), (False, [])])
def test_probes_in_production_are_told_by_the_system_check(settings, offered, ids):
    settings.PROBE_KINDS = offered
    assert [fault.id for fault in probes_are_not_deployed()] == ids
