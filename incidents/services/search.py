"""Keeping the search vectors true. They are built by a narrow function, because one side may not read the other."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import connection

from incidents.models import Case


def search_refresh(case: Case) -> None:
    """Build a case's search vectors again from its incidents, notes and people. One query."""
    search_refresh_many([case.pk])


def search_refresh_many(case_ids: Iterable[int]) -> None:
    """The same for many cases at once."""
    with connection.cursor() as cursor:
        cursor.execute("select hatecase_search_refresh(%s)", [list(case_ids)])
