import tomllib
from pathlib import Path

import pytest

from collectors.http import host_intervals
from collectors.http.settings import PRODUCT, ClientSettings
from scheduling.kinds import SourceSpec

ROOT = Path(__file__).parents[3]


def settings(**values) -> ClientSettings:
    given = {"contact": "ops@example.org", "state_folder": Path("unused"), **values}
    return ClientSettings(**given)


def test_the_user_agent_names_the_product_and_the_contact():
    assert settings().user_agent == f"{PRODUCT} (+ops@example.org)"


def test_a_replay_needs_no_contact():
    assert settings(contact="", replay_url="http://127.0.0.1:1").user_agent == PRODUCT


def test_the_product_has_the_projects_version():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert f"{project['name'].title()}/{project['version']}" == PRODUCT


@pytest.mark.parametrize("contact", ["a\r\nX-Evil: 1", "ops\x00", "büro@example.org"])
def test_a_contact_that_no_header_can_carry_is_refused(contact):
    with pytest.raises(ValueError, match="printable ASCII"):
        settings(contact=contact)


def test_real_sites_need_a_contact():
    with pytest.raises(ValueError, match="name a contact"):
        settings(contact="")


def source(slug: str, seconds: float, *hosts: str) -> SourceSpec:
    return SourceSpec(
        slug=slug, title=slug, url=f"https://{hosts[0]}/", hosts=hosts, min_interval_seconds=seconds
    )


def test_a_host_of_two_sources_gets_the_longer_rest():
    sources = (source("one", 1, "a.example", "b.example"), source("two", 3, "b.example"))
    assert host_intervals(sources, settings()) == {"a.example": 1, "b.example": 3}


def test_the_replay_server_gets_its_own_rest():
    given = settings(replay_url="http://127.0.0.1:1", replay_interval_seconds=0.5)
    assert host_intervals((source("one", 3, "a.example"),), given) == {"a.example": 0.5}
