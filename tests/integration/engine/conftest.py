from __future__ import annotations

from tests.servers.fixtures import open_folder, own_env, own_postgres, postgres_cluster

__all__ = ["open_folder", "own_env", "own_postgres", "postgres_cluster"]
