"""The dashboard over the real connection of `hatecase_stats`, which sees only what is committed."""

from __future__ import annotations

import pytest
from django.db import ProgrammingError, connections, transaction

from strategy.selectors.published import figures_of_window, release_get
from tests.strategy.conftest import Happened

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "stats"])


@pytest.fixture
def stats(settings):
    settings.STATS_DATABASE = "stats"
    yield connections["stats"]
    # The test database can be dropped only when nobody is connected.
    connections["stats"].close()


def test_the_page_reads_as_the_statistics_role(stats, happened, window, refresh, client_for):
    happened([Happened(window.last)] * 7)
    refresh()
    with stats.cursor() as cursor:
        cursor.execute("select session_user, current_user")
        assert cursor.fetchone() == ("hatecase_stats", "hatecase_stats")
    assert release_get().latest == window.last
    assert 7 in figures_of_window(0).counts.values()
    assert client_for("sam").get("/strategy/").status_code == 200
    for table in ("incidents_case", "incidents_incident", "victims_victim", "agencies_user", "kernel_auditevent"):
        with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic("stats"):
            stats.cursor().execute(f"select 1 from {table}")
