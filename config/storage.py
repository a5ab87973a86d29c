"""Where artifacts and archived documents are kept: folders, or S3-compatible storage."""

from importlib.util import find_spec
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from django.core.exceptions import ImproperlyConfigured

OPTIONS = ("endpoint_url", "region_name", "addressing_style")
LOCAL = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        # Files are named after their content: one of the same name is the same file.
        "OPTIONS": {"allow_overwrite": True},
    }
}


def file_storages(url: str, *, credentials: dict[str, str]) -> dict[str, dict[str, Any]]:
    """The entries of `STORAGES` for `url`, a folder's if it is empty.

    `s3://BUCKET/PREFIX?endpoint_url=…&region_name=…` gives `default` (artifacts) and `archive`.
    Without credentials the S3 library looks for them itself. Raises ImproperlyConfigured.
    """
    if not url:
        return LOCAL
    bucket, prefix, options = _read(url)
    if find_spec("storages") is None:
        raise ImproperlyConfigured(
            "STORAGE_URL needs packages that are not installed: "
            "pip install -r requirements/workers.txt"
        )
    known = {name: value for name, value in credentials.items() if value}
    return {
        alias: {
            "BACKEND": "storages.backends.s3.S3Storage",
            "OPTIONS": {
                "bucket_name": bucket,
                "location": f"{prefix}/{folder}".strip("/"),
                **options,
                **known,
            },
        }
        for alias, folder in (("default", "artifacts"), ("archive", "archive"))
    }


def _read(url: str) -> tuple[str, str, dict[str, str]]:
    """Bucket, prefix and options of an S3 address."""
    parts = urlsplit(url)
    options = dict(parse_qsl(parts.query))
    if parts.scheme != "s3" or not parts.netloc or "@" in parts.netloc:
        raise ImproperlyConfigured(
            "STORAGE_URL is s3://BUCKET/PREFIX, with ?endpoint_url=… and &region_name=… as needed. "
            "Credentials belong into AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY."
        )
    unknown = sorted(set(options) - set(OPTIONS))
    if unknown:
        raise ImproperlyConfigured(
            f"STORAGE_URL has the option {unknown[0]}; there are: {', '.join(OPTIONS)}."
        )
    return parts.netloc, parts.path.strip("/"), options
