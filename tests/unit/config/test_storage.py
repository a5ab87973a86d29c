from __future__ import annotations

import pytest
from django.core.exceptions import ImproperlyConfigured

from config import storage
from config.storage import file_storages

KEYS = {"access_key": "AKIA", "secret_key": "secret", "security_token": ""}


def test_without_an_address_files_lie_in_a_folder():
    found = file_storages("", credentials=KEYS)
    assert found.keys() == {"default"}
    assert found["default"]["BACKEND"] == "django.core.files.storage.FileSystemStorage"


def test_artifacts_and_archive_share_a_bucket_and_not_a_folder():
    found = file_storages("s3://bucket/some/prefix", credentials={})
    assert {alias: each["OPTIONS"] for alias, each in found.items()} == {
        "default": {"bucket_name": "bucket", "location": "some/prefix/artifacts"},
        "archive": {"bucket_name": "bucket", "location": "some/prefix/archive"},
    }


def test_a_bucket_of_its_own_needs_no_prefix():
    assert file_storages("s3://bucket", credentials={})["archive"]["OPTIONS"] == {
        "bucket_name": "bucket",
        "location": "archive",
    }


def test_the_address_names_server_and_region_and_the_credentials_come_apart():
    url = "s3://bucket?endpoint_url=https://s3.example.org:9000&region_name=eu-north-1"
    options = file_storages(url, credentials=KEYS)["default"]["OPTIONS"]
    assert options["endpoint_url"] == "https://s3.example.org:9000"
    assert options["region_name"] == "eu-north-1"
    assert (options["access_key"], options["secret_key"]) == ("AKIA", "secret")
    assert "security_token" not in options  # the library looks for what is not given


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("bucket", "STORAGE_URL is s3://BUCKET/PREFIX"),
        ("gs://bucket", "STORAGE_URL is s3://BUCKET/PREFIX"),
        ("s3:///prefix", "STORAGE_URL is s3://BUCKET/PREFIX"),
        ("s3://key:secret@bucket", "Credentials belong into AWS_ACCESS_KEY_ID"),
        ("s3://bucket?default_acl=public-read", "has the option default_acl; there are: endpoint"),
    ],
)
def test_an_address_that_cannot_be_right_is_refused(url, sentence):
    with pytest.raises(ImproperlyConfigured, match=sentence) as caught:
        file_storages(url, credentials=KEYS)
    assert "secret@" not in str(caught.value)


def test_missing_packages_are_named(monkeypatch):
    monkeypatch.setattr(storage, "find_spec", lambda _name: None)
    with pytest.raises(ImproperlyConfigured, match=r"pip install -r requirements/workers\.txt"):
        file_storages("s3://bucket", credentials={})
