"""Archive and artifacts in S3-compatible storage: the same promises as in folders."""

from __future__ import annotations

import hashlib
import threading
from contextlib import closing
from datetime import timedelta

import pytest
from django.core.files.storage import storages
from django.test import Client

from collectors.archive import (
    ArchiveDamaged,
    DigestMalformed,
    NotArchived,
    StorageArchive,
)
from config.storage import file_storages
from scheduling.execution.channel import open_pair
from scheduling.execution.context import ChildContext
from scheduling.models import Artifact, Run
from scheduling.states import RunState
from tests.factories.jobs import NOON, a_job, a_user
from tests.factories.runs import a_run
from tests.servers.s3 import CREDENTIALS, S3Server

BODY = b"%PDF-1.7 a filing"
DIGEST = hashlib.sha256(BODY).hexdigest()
PLACE = f"{DIGEST[:2]}/{DIGEST[2:4]}/{DIGEST}"


@pytest.fixture(scope="module")
def server():
    server = S3Server()
    yield server
    server.stop()


@pytest.fixture
def bucket(server, settings, request):
    """A fresh bucket in which this test's files are kept."""
    name = f"bucket-{hashlib.sha256(request.node.name.encode()).hexdigest()[:12]}"
    settings.STORAGE_URL = server.new_bucket(name)
    own = file_storages(settings.STORAGE_URL, credentials=CREDENTIALS)
    settings.STORAGES = {**settings.STORAGES, **own}
    return name


@pytest.fixture
def archive(bucket):
    return StorageArchive(storages["archive"])


@pytest.fixture
def context():
    """What a run is given."""
    ours, theirs = open_pair()
    with closing(ours), closing(theirs):
        yield ChildContext(
            run_id=1,
            attempt=1,
            job_name="probe",
            planned_at=None,
            dry_run=False,
            sources=(),
            channel=ours,
            clock_offset=timedelta(0),
            stop=threading.Event(),
        )


def test_what_is_put_is_got_and_lies_under_its_hash(archive, server, bucket):
    assert archive.put(BODY) == DIGEST
    assert archive.put(BODY) == DIGEST
    assert server.objects(bucket) == {f"rollcall/archive/{PLACE}": BODY}
    assert archive.get(DIGEST) == BODY


def test_an_empty_body_and_a_long_one_come_back(archive):
    for body in (b"", b"x" * 9_000_000):
        assert archive.get(archive.put(body)) == body


def test_what_was_never_kept_is_told(archive):
    with pytest.raises(NotArchived, match="The archive keeps nothing as"):
        archive.get(DIGEST)
    with pytest.raises(DigestMalformed):
        archive.get("../../secrets")


@pytest.mark.parametrize("content", [b"", BODY[:-1], b"x" * len(BODY)])
def test_a_damaged_copy_is_told_and_healed_by_keeping_again(archive, server, bucket, content):
    archive.put(BODY)
    server.client.put_object(Bucket=bucket, Key=f"rollcall/archive/{PLACE}", Body=content)
    with pytest.raises(ArchiveDamaged, match=DIGEST):
        archive.get(DIGEST)
    archive.put(BODY)
    assert archive.get(DIGEST) == BODY


def test_runs_find_the_archive_there(bucket, context):
    assert isinstance(context.archive, StorageArchive)
    assert context.archive.get(context.archive.put(BODY)) == BODY


@pytest.mark.django_db
def test_an_artifact_of_a_run_can_be_saved_from_its_page(server, bucket, context):
    context.artifact("a filing.pdf", BODY, media_type="application/pdf")
    context.artifact("the same again.pdf", BODY, media_type="application/pdf")
    assert server.objects(bucket) == {f"rollcall/artifacts/{DIGEST[:2]}/{DIGEST}": BODY}
    alice = a_user()
    client = Client()
    client.force_login(alice)
    file = an_artifact(a_run(a_job(owner=alice), RunState.SUCCEEDED))
    answer = client.get(f"/artifacts/{file.pk}/")
    assert answer.getvalue() == BODY
    assert answer["Content-Length"] == str(len(BODY))
    assert answer["Content-Disposition"] == 'attachment; filename="a filing.pdf"'


@pytest.mark.django_db
def test_an_artifact_that_is_no_longer_kept_is_not_found(bucket):
    alice = a_user()
    client = Client()
    client.force_login(alice)
    file = an_artifact(a_run(a_job(owner=alice), RunState.SUCCEEDED))
    assert client.get(f"/artifacts/{file.pk}/").status_code == 404


def test_nothing_is_made_public(server, bucket, archive):
    archive.put(BODY)
    grants = server.client.get_object_acl(Bucket=bucket, Key=f"rollcall/archive/{PLACE}")["Grants"]
    assert [grant["Grantee"]["Type"] for grant in grants] == ["CanonicalUser"]


def an_artifact(run: Run) -> Artifact:
    return Artifact.objects.create(
        run=run,
        name="a filing.pdf",
        media_type="application/pdf",
        size=len(BODY),
        sha256=DIGEST,
        created_at=NOON,
    )
