"""An S3-compatible server on loopback, in this process."""

from __future__ import annotations

from typing import Any

import boto3
from moto.server import ThreadedMotoServer

CREDENTIALS = {"access_key": "AKIATEST", "secret_key": "secret"}
REGION = "eu-north-1"


class S3Server:
    def __init__(self) -> None:
        self._server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
        self._server.start()
        host, port = self._server.get_host_and_port()
        self._endpoint = f"http://{host}:{port}"

    def stop(self) -> None:
        self._server.stop()

    def new_bucket(self, name: str) -> str:
        """Make a bucket; returns its STORAGE_URL."""
        self.client.create_bucket(
            Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION}
        )
        return f"s3://{name}/rollcall?endpoint_url={self._endpoint}&region_name={REGION}"

    def objects(self, bucket: str) -> dict[str, bytes]:
        """Key -> bytes of everything in the bucket."""
        listed = self.client.list_objects_v2(Bucket=bucket).get("Contents", [])
        return {
            each["Key"]: self.client.get_object(Bucket=bucket, Key=each["Key"])["Body"].read()
            for each in listed
        }

    @property
    def client(self) -> Any:
        return boto3.client(
            "s3",
            endpoint_url=self._endpoint,
            region_name=REGION,
            aws_access_key_id=CREDENTIALS["access_key"],
            aws_secret_access_key=CREDENTIALS["secret_key"],
        )
