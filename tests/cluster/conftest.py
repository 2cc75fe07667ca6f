"""The set-up that the stories of this folder share: it is started once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.cluster.machines import Cluster, running
from tests.cluster.visitors import Door


@pytest.fixture(scope="package")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """nginx, two processes, PostgreSQL and Redis."""
    with running(tmp_path_factory.mktemp("cluster")) as made:
        yield made


@pytest.fixture
def door(cluster: Cluster) -> Door:
    """The way in, through nginx."""
    return Door(cluster.nginx)
