"""What an agency wrote itself is shown to it, and found by it, as it wrote it.

Were a name taken out of one's own words, the gap would tell that a guess is right: every test here writes a right
guess and a wrong one, and compares the answers.
"""

from __future__ import annotations

import datetime as dt

import pytest

from agencies.models import Membership
from incidents.choices import Classification, Level
from incidents.models import Case, ClassificationChange, OnlineAccount, SubjectReport, Task
from incidents.selectors.case_list import CaseCriteria, case_list
from incidents.selectors.case_page import case_get, case_page
from incidents.selectors.task import task_get
from incidents.selectors.work import cases_changed
from incidents.services import task as tasks
from incidents.services.case import case_update
from incidents.services.contact import ContactData, contact_log
from incidents.services.note import note_add
from incidents.services.online_account import AccountData, online_account_add
from incidents.services.people import party_perpetrator_add, party_victim_add, perpetrator_name_record
from incidents.services.share import share_give
from kernel import clock
from perpetrators.services import PerpetratorData
from tests.cast import acting, agency, log_incident_as
from tests.incidents.casework import case_of, fresh, give, reclassify
from victims.services import VictimData

pytestmark = pytest.mark.django_db

VICTIM = VictimData(given_name="Farida", family_name="Mirza", phone="07700 900123", address="14 Larch Walk, Kettering")
QUILL = PerpetratorData(status="named", given_name="Dean", family_name="Quill")
# Who guesses, for which agency, the right name that they may not know, and a wrong one.
GUESSERS = [("viola", "VSS", "Quill", "Sparrow"), ("petra", "PROB", "Mirza", "Sparrow")]
NOW = dt.timedelta(minutes=5)


@pytest.fixture(params=GUESSERS, ids=["victims’ side", "alleged perpetrators’ side"])
def guesser(request, cast) -> tuple[str, str, str, str]:
    return request.param


@pytest.fixture
def case(guesser) -> Case:
    """A case in which both sides are named, and the police wrote of both."""
    case = case_of(
        "alice",
        classification="crime_suspected",
        victims=[VICTIM],
        perpetrators=[QUILL],
        summary="Shouting",
        narrative="Dean Quill met Farida Mirza at 14 Larch Walk, Kettering",
    )
    for code in ("VSS", "PROB", "TPRC1", "YJS"):
        give(case, code, Level.MANAGE)
    return case


def page_words(name: str, case: Case) -> str:
    """Everything that somebody reads on the page of a case."""
    with acting(name) as actor:
        page = case_page(actor=actor, case=case_get(actor=actor, ref=case.ref))
    parts = [page.summary, *(i.narrative for i in page.incidents), *(t.title_shown for t in page.tasks)]
    parts += [f"{entry.title} {entry.text}" for entry in page.chronology.entries]
    return " | ".join([*parts, *(share.purpose for share in page.shares)])


def found(name: str, words: str) -> set[str]:
    with acting(name) as actor:
        return {case.ref for case in case_list(actor=actor, criteria=CaseCriteria(q=words)).cases}


# --- Texts -----------------------------------------------------------------------------------------


def test_notes(case, guesser):
    name, _, right, wrong = guesser
    other = {"viola": "tom", "petra": "yusuf"}[name]
    with acting(name) as actor:
        for guess in (right, wrong):
            note_add(actor=actor, case=case, text=f"Is it {guess} then")
    words = page_words(name, case)
    for guess in (right, wrong):
        assert f"Is it {guess} then" in words
    assert "[not shown]" in words, "what others wrote still names nobody"
    assert f"Is it {right} then" not in page_words(other, case), "nor does it for another agency of their side"


def test_summaries(case, guesser):
    name, _, right, wrong = guesser
    for guess in (right, wrong):
        with acting(name) as actor:
            case_update(
                actor=actor, case=case, version=fresh(case).version, changes={"summary": f"About {guess} today"}
            )
        assert f"About {guess} today" in page_words(name, case)
        with acting(name) as actor:
            (row,) = case_list(actor=actor, criteria=CaseCriteria()).cases
            assert row.summary_shown == f"About {guess} today"
            changed = cases_changed(actor, clock.now() - dt.timedelta(days=1))
            assert {row.summary for row in changed} <= {f"About {guess} today"}
        other = {"viola": "tom", "petra": "yusuf"}[name]
        assert (f"About {guess} today" in page_words(other, case)) is (guess == wrong)
    # Written by the police again, it is the police's.
    with acting("alice") as actor:
        case_update(actor=actor, case=case, version=fresh(case).version, changes={"summary": f"About {right} now"})
    assert "About [not shown] now" in page_words(name, case)


def test_narratives(case, guesser):
    name, _, right, wrong = guesser
    for guess in (right, wrong):
        log_incident_as(name, case=case, narrative=f"It was {guess} again", victims=[])
        assert f"It was {guess} again" in page_words(name, case)


def test_tasks(case, guesser):
    name, code, right, wrong = guesser
    other = {"viola": "vera", "petra": "petra"}[name]
    for guess in (right, wrong):
        with acting(name) as actor:
            task = tasks.task_create(
                actor=actor, case=case, title=f"See {guess} soon", detail=f"Ask {guess}", agency=agency(code)
            )
            tasks.task_complete(actor=actor, task=task, achieved=f"Saw {guess}")
            asked = tasks.task_create(actor=actor, case=case, title=f"Visit {guess}", agency=agency("POL"))
            tasks.task_withdraw(actor=actor, task=asked, reason=f"Not {guess} after all")
        with acting(other) as actor:
            shown = task_get(actor=actor, ref=task.ref)
            assert (shown.title_shown, shown.detail_shown, shown.outcome_shown) == (
                f"See {guess} soon",
                f"Ask {guess}",
                f"Saw {guess}",
            )
            assert task_get(actor=actor, ref=asked.ref).outcome_shown == f"Not {guess} after all"
        words = page_words(other, case)
        assert f"See {guess} soon" in words
        assert f"Not {guess} after all" in words


def test_what_others_say_of_a_task_names_nobody(case, guesser):
    name, _, right, _ = guesser
    with acting(name) as actor:
        task = tasks.task_create(actor=actor, case=case, title="Visit", agency=agency("POL"))
    with acting("alice") as actor:
        tasks.task_decline(actor=actor, task=Task.objects.visible_to(actor).get(pk=task.pk), reason=f"{right} moved")
    with acting(name) as actor:
        assert task_get(actor=actor, ref=task.ref).outcome_shown == "[not shown] moved"


def test_purposes_of_shares(case, guesser):
    name, _, right, wrong = guesser
    for guess, code in ((right, "FIRE"), (wrong, "HLTH")):
        with acting(name) as actor:
            share_give(
                actor=actor,
                case=case,
                agency=agency(code),
                level=Level.VIEW,
                purpose=f"To keep {guess} away",
                gateway="cda_s115",
            )
        assert f"To keep {guess} away" in page_words(name, case)
    with acting("alice") as actor:
        share_give(
            actor=actor,
            case=case,
            agency=agency("WNC"),
            level=Level.VIEW,
            purpose=f"To house {right}",
            gateway="cda_s115",
        )
    assert "To house [not shown]" in page_words(name, case)


def test_reasons_of_a_decision(case, guesser, cast):
    name, _, right, wrong = guesser
    for who, guess in ((name, right), (name, wrong), ("alice", right)):
        ClassificationChange.objects.create(
            case=case,
            before=Classification.CRIME_SUSPECTED,
            after=Classification.HATE_INCIDENT,
            reason=f"{guess}, says {who}",
            by=cast[who],
            at=clock.now(),
        )
    words = page_words(name, case)
    assert f"{right}, says {name}" in words
    assert f"{wrong}, says {name}" in words
    assert "[not shown], says alice" in words
    # Somebody of two agencies may have written it in the other's name.
    Membership.objects.create(user=cast[name], agency=agency("NNC"), roles=["caseworker"])
    colleague = {"viola": "vera", "petra": None}[name]
    if colleague:
        assert f"{right}, says {name}" not in page_words(colleague, case)


def test_notes_of_contacts(case):
    with acting("viola") as actor:
        for guess in ("Quill", "Sparrow"):
            contact_log(
                actor=actor,
                case=case,
                data=ContactData(at=clock.now() - NOW, method="phone", note=f"She spoke of {guess}"),
            )
    words = page_words("vera", case)
    assert "She spoke of Quill" in words
    assert "She spoke of Sparrow" in words


# --- Searches --------------------------------------------------------------------------------------


@pytest.mark.parametrize("where", ["note", "summary", "narrative"])
def test_a_search_finds_ones_own_words_whoever_they_name(case, guesser, where):
    name, _, right, wrong = guesser
    other = {"viola": "tom", "petra": "yusuf"}[name]
    assert found(name, right) == set()
    for guess in (right, wrong):
        text = f"{guess} has a lurcher"
        with acting(name) as actor:
            if where == "note":
                note_add(actor=actor, case=case, text=text)
            elif where == "summary":
                case_update(actor=actor, case=case, version=fresh(case).version, changes={"summary": text})
        if where == "narrative":
            log_incident_as(name, case=case, narrative=text, victims=[])
        assert found(name, f"{guess} lurcher") == {case.ref}, "right or wrong, the answer is the same"
    assert found(other, "lurcher") == {case.ref}
    assert found(other, f"{right} lurcher") == set(), "a name decides no hit for another agency of that side"
    assert found("walt", "lurcher") == set()


# --- What a guesser brings into the case ------------------------------------------------------------


def test_adding_somebody_with_a_guessed_name_changes_no_gap(case, guesser):
    """A phrase with the guess in it would otherwise swallow the words around a gap, were the guess right."""
    name, code, right, wrong = guesser
    incident = case.incidents.get()
    phrase = {"Quill": "Dean {} met", "Mirza": "met Farida {} at"}[right]
    shown = []
    for guess in (wrong, right):
        with acting(name) as actor:
            if code == "VSS":
                party_perpetrator_add(
                    actor=actor,
                    case=case,
                    incident=incident,
                    agency=agency(code),
                    data=PerpetratorData(status="named", given_name=phrase.format(guess)),
                )
            else:
                party_victim_add(
                    actor=actor,
                    case=case,
                    incident=incident,
                    agency=agency(code),
                    data=VictimData(address=phrase.format(guess), given_name="Somebody"),
                )
        shown.append(next(line for line in page_words(name, case).split(" | ") if "met" in line))
    assert shown[0] == shown[1]
    assert right not in shown[1]


@pytest.mark.parametrize("aside", [True, False], ids=["waits from the start", "put aside later"])
def test_an_account_with_a_guessed_name_changes_no_gap(cast, aside):
    """The same of an account, also where it waits in the quarantine."""
    shown = []
    for guess in ("Sparrow", "Quill"):
        case = case_of(
            "alice",
            classification="hate_incident" if aside else "crime_suspected",
            victims=[VICTIM],
            perpetrators=[QUILL],
            summary="Shouting",
        )
        # Past every rule: where the name waits, who logs it may not say it in the account.
        case.incidents.update(narrative="Dean Quill met her there")
        give(case, "VSS", Level.MANAGE)
        with acting("viola") as actor:
            account = AccountData(display_name=f"{guess} met her")
            assert online_account_add(actor=actor, case=case, incident=case.incidents.get(), data=account) is aside
        if not aside:
            reclassify(case, "hate_incident")
        [waiting] = SubjectReport.objects.unscoped(reason="the test looks at everything").filter(
            case=case, perpetrator=None
        )
        assert waiting.told_by.code == "VSS"
        shown.append(next(line for line in page_words("viola", case).split(" | ") if "there" in line))
    assert shown == ["[not shown] [not shown] met her there"] * 2
    reclassify(case, "crime_suspected")
    with acting("alice") as actor:
        perpetrator_name_record(actor=actor, report_id=waiting.pk)
    assert OnlineAccount.objects.unscoped(reason="the test looks at everything").get(case=case).agency.code == "VSS"


def test_a_note_finds_the_case_for_its_readers_alone(cast):
    case = case_of("alice")
    for code in ("NNC", "VSS", "PROB"):
        give(case, code, Level.CONTRIBUTE)
    for name, words in (("bob", "marmalade"), ("vera", "gooseberry"), ("petra", "quince")):
        with acting(name) as actor:
            note_add(actor=actor, case=fresh(case), text=f"She spoke of {words}")
    readers = {
        "marmalade": {"alice", "bob", "vera"},
        "gooseberry": {"alice", "bob", "vera"},
        "quince": {"alice", "bob", "petra"},
    }
    for words, allowed in readers.items():
        assert {name for name in ("alice", "bob", "vera", "petra") if found(name, words)} == allowed, words
