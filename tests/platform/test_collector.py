"""A web process settles what stays before it answers (hatecase/collector.py)."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from hatecase import gunicorn_conf
from hatecase.collector import NEW_THINGS


@pytest.fixture
def collector() -> Iterator[None]:
    thresholds = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*thresholds)


def test_the_web_server_takes_what_it_is_made_of_for_what_stays(collector: None) -> None:
    gc.unfreeze()

    gunicorn_conf.when_ready(server=None)

    assert gc.get_freeze_count() > NEW_THINGS
    assert gc.get_threshold()[0] == NEW_THINGS
