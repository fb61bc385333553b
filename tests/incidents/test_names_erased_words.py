"""Every column that holds words of a case is rewritten when a name is erased from the quarantine, and only the name goes
(docs/domain.md §1.4; docs/decisions/0036-names-erased-from-texts.md).
"""

from __future__ import annotations

import datetime as dt
import json
import uuid
from importlib import import_module

import pytest
from django.apps import apps
from django.db import DatabaseError, connection, models, transaction

from agencies.models import User
from incidents.models import Case, Incident, IncidentDraft, Task
from incidents.rules.names import ORDINARY
from kernel import clock
from tests.cast import agency, cast_get
from tests.incidents.test_names_erased import MASK, WHY, by_hand, case, told

__all__ = ["case"]  # a fixture

pytestmark = pytest.mark.django_db

# --- Every text there is ----------------------------------------------------------------------------

TEXTS = import_module("incidents.migrations.0250_names_erased").TEXTS
WORDS = "Seen: Darren Pikestaff"


def columns() -> list[tuple[str, str, str, str]]:
    """Each column that is rewritten: table, how its rows are found, name, how it is kept."""
    return [
        (table, found, *column.partition(":")[::2])
        for table, found, names in TEXTS
        for column in names.split()
        if column != "version"
    ]


NEEDED = {
    "SupportReferral": {"wished": True, "service": WORDS, "sent_at": dt.datetime(2026, 11, 2, tzinfo=dt.UTC)},
    "CaseExclusion": {"agency_id": None},
    "WishOverride": {"decided_by_id": None},
    "ClassificationProposal": {"to": "not_hate"},
    "IncidentMove": {"act": uuid.uuid4()},
    "Reveal": {"reason": WORDS},
}
"""What the database asks of a row beyond a value of its kind."""


def filled(model: type[models.Model], case: Case) -> None:
    """A row of a table that leads to the case, with something in every field that needs it; what else it leads to need
    not be there, since it is taken back before anybody asks."""
    known = {Case: case.pk, Task: case.tasks.get().pk, Incident: case.incidents.first().pk}
    values = {}
    for field in model._meta.concrete_fields:
        if isinstance(field, models.ForeignKey):
            last = field.related_model.objects
            last = last.unscoped(reason=WHY) if hasattr(last, "unscoped") else last
            found = known.get(field.related_model) or last.values_list("pk", flat=True).order_by("-pk").first()
            wanted = field.related_model in (*known, User) or not field.null
            values[field.attname] = (found or 1) if wanted else None
        elif field.has_default() or field.null or field.primary_key or field.generated:
            continue
        elif isinstance(field, models.DateTimeField | models.DateField):
            values[field.name] = clock.now()
        elif field.choices:
            values[field.name] = field.choices[0][0]
        elif isinstance(field, models.IntegerField | models.BooleanField):
            values[field.name] = 1
        elif isinstance(field, models.JSONField):
            values[field.name] = {}
    model(**values | NEEDED.get(model.__name__, {})).save(force_insert=True)


def test_each_column_is_rewritten(case, settings):
    """By the statements themselves: the words are put into every column, past the services."""
    kin = f"array[{case.pk}]::bigint[]"
    by_table = {model._meta.db_table: model for model in apps.get_models()}
    told(case)
    with transaction.atomic(), connection.cursor() as cursor:
        for table, found, column, how in columns():
            value = f"""'{{"a": ["{WORDS}", 1, null], "b": {{"c": "{WORDS}"}}}}'::jsonb""" if how else f"'{WORDS}'"
            if how == "draft":
                value = f"""'{{"case": {{"ref": ["{case.ref}"]}}, "what": {{"narrative": ["{WORDS}"]}}}}'::jsonb"""
                IncidentDraft(
                    answers=json.loads(value[1:-8]),
                    author=cast_get()["bob"],
                    agency=agency("NNC"),
                    erase_on=clock.today(),
                ).save()
            said = f"update {table} t set {column} = {value} where {found.replace('kin', kin)}"
            cursor.execute(said)
            if not cursor.rowcount:
                filled(by_table[table], case)
                cursor.execute(said)
            assert cursor.rowcount, (table, column)
        by_hand(case, settings)
        for table, _, column, _ in columns():
            cursor.execute(f"select count(*) from {table} t where t.{column}::text ilike '%%pikestaff%%'")
            assert cursor.fetchone()[0] == 0, (table, column)
            cursor.execute(f"select count(*) from {table} t where t.{column}::text like '%%Seen: [name erased]%%'")
            assert cursor.fetchone()[0] > 0, (table, column)
        transaction.set_rollback(True)


@pytest.mark.parametrize("role", ["hatecase_app", "hatecase_worker"])
def test_nobody_has_the_words_rewritten_directly(case, role):
    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"set local role {role}")
        cursor.execute("select hatecase_words_erase(%s, array['number'], '{}')", [[case.pk]])


# --- How it is written ------------------------------------------------------------------------------


def rewritten(words: str, *names: str, theirs: tuple[str, ...] = (), longest: int | None = None) -> str:
    with connection.cursor() as cursor:
        cursor.execute(
            "select hatecase_words_without(%s, %s, %s::text[], %s::text[])",
            [words, longest, list(names), list(theirs)],
        )
        return cursor.fetchone()[0]


@pytest.mark.parametrize(
    ("words", "names", "expected"),
    [
        ("O'Dowd-Quill and O’DOWD-QUILL", ("O’Dowd-Quill",), f"{MASK} and {MASK}"),
        ("Q u i l l, Qui\u00adll, a quilled thing, tranquillity", ("Quill",), f"{MASK}, {MASK}, a quilled thing, tranquillity"),
        ("mail al.quill@post.example or @quill90", ("Quill",), f"mail {MASK} or {MASK}"),
        ("Al shouted; always, al dente", ("Al",), f"{MASK} shouted; always, al dente"),
        ("WILL came, he will; Will’s; Wi\u00adlls; W i l l; will.gant@post.example", ("Will",), f"{MASK} came, he will; {MASK}’s; {MASK}; {MASK}; {MASK}"),
        ("Dean, DEAN, the dean; Deans; Deanery", ("Dean",), f"{MASK}, {MASK}, the dean; {MASK}; Deanery"),
        ("Ray, a ray", ("Ray",), f"{MASK}, a ray"),
        ("nothing of the kind, é and e\u0301", ("Quill",), "nothing of the kind, é and e\u0301"),
        ("", ("Quill",), ""),
        ("a 100% sure \\m (.*) \\1 Quill", ("Quill",), f"a 100% sure \\m (.*) \\1 {MASK}"),
    ],
)  # fmt: skip
def test_it_is_found_as_readers_are_kept_from_it_save_a_word_in_small_letters(db, words, names, expected):
    assert rewritten(words, *names) == expected


@pytest.mark.parametrize(
    ("words", "theirs", "expected"),
    [
        ("Quill rang, Jane Quill rang, JANE QUILL", "Jane Quill", f"{MASK} rang, Jane Quill rang, JANE QUILL"),
        ("to 4 Quill Lane, to Quill", "4 Quill Lane", f"to 4 Quill Lane, to {MASK}"),
        ("jo.quill@post.example, al.quill@post.example", "jo.quill@post.example", f"jo.quill@post.example, {MASK}"),
    ],
)
def test_what_is_somebody_elses_whole_stays(db, words, theirs, expected):
    assert rewritten(words, "Quill", theirs=(theirs,)) == expected


def test_a_full_column_takes_the_mask(db):
    words = "Quill " * 8
    assert rewritten(words.strip(), "Quill", longest=47) == ("[…] " * 8).strip()


def test_the_database_knows_each_name_that_is_a_word(db):
    words = sorted(ORDINARY)
    with connection.cursor() as cursor:
        cursor.execute(
            "select array_agg(w) from unnest(%s::text[]) w where not hatecase_name_ordinary(initcap(w))", [words]
        )
        assert cursor.fetchone()[0] is None
        cursor.execute("select hatecase_name_ordinary('Pikestaff')")
        assert cursor.fetchone()[0] is False
