"""Fields of a filter in which nothing is chosen are put together once, and the others anew each time."""

from __future__ import annotations

from django.http import QueryDict

from incidents.forms.case_list import CaseFilterForm
from kernel.forms import bound


def drawn(query: str, name: str, agencies: tuple[tuple[int, str, str], ...] = ((1, "POL", "The police"),)) -> str:
    return str(CaseFilterForm(QueryDict(query), agencies=agencies)[name].as_field_group())


def test_a_kept_field_is_as_one_made_anew(monkeypatch):
    bound._KEPT.clear()
    for name in CaseFilterForm.base_fields:
        first, kept = drawn("", name), drawn("q=market&band=high", name)
        monkeypatch.setattr(CaseFilterForm, "keeps_empty_fields", False)
        assert first == drawn("", name)
        assert kept == drawn("q=market&band=high", name)
        monkeypatch.setattr(CaseFilterForm, "keeps_empty_fields", True)


def test_what_is_chosen_or_wrong_is_shown_and_not_kept():
    assert 'value="RAC" checked' in drawn("strand=RAC", "strand")
    assert "checked" not in drawn("", "strand")
    assert "Received from must" in drawn(
        "received_from_day=99&received_from_month=1&received_from_year=2026", "received_from"
    )
    assert "Received from must" not in drawn("", "received_from")


def test_another_list_of_agencies_is_another_field():
    assert "Fire" not in drawn("", "lead")
    assert "Fire" in drawn("", "lead", ((1, "POL", "The police"), (2, "FIRE", "Fire and rescue")))


def test_it_does_not_grow_without_end(monkeypatch):
    monkeypatch.setattr(bound, "_MOST_KEPT", 2)
    bound._KEPT.clear()
    for name in ("strand", "status", "priority", "band"):
        drawn("", name)
    assert 0 < len(bound._KEPT) <= 2
