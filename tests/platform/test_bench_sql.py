"""What fills the county of the benchmarks by SQL names every column that must be filled: a new one is not forgotten."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.db.models import AutoField
from django.db.models.fields import NOT_PROVIDED

_INSERT = re.compile(r"insert into (\w+) \(([^)]*)\)")
TABLES = {model._meta.db_table: model for model in apps.get_models(include_auto_created=True)}
FILES = sorted((Path(settings.BASE_DIR) / "bench").glob("*.sql"))


def inserts(text: str) -> list[tuple[str, set[str]]]:
    """The tables that a script fills, each with the columns that it names."""
    return [
        (table, {one.strip().strip('"') for one in columns.split(",")}) for table, columns in _INSERT.findall(text)
    ]


def must_be_filled(model: Any) -> set[str]:
    """The columns of a model that the database fills neither by itself nor with nothing."""
    fields = [one for one in model._meta.concrete_fields if not one.null and one.db_default is NOT_PROVIDED]
    return {one.column for one in fields if not isinstance(one, AutoField)}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_insert_names_what_must_be_filled_and_nothing_else(path):
    found = inserts(path.read_text())
    assert found
    for table, columns in found:
        model = TABLES[table]
        every = {one.column for one in model._meta.concrete_fields}
        assert columns <= every, (table, columns - every)
        assert must_be_filled(model) <= columns, (table, must_be_filled(model) - columns)
