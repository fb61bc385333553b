"""Where a report was: points of postcodes, and what may be the same event because it was near (§5.2, §10.2)."""

from __future__ import annotations

import pytest
from django.core.management import CommandError, call_command

from incidents.models import Incident, PostcodePoint
from incidents.selectors.duplicates import candidates
from tests.cast import acting
from tests.incidents.casework import audited, case_of
from tests.incidents.moving import WHY
from tests.incidents.test_triage_inbox import FIRST, SECOND, found

pytestmark = pytest.mark.django_db

NORTHAMPTON, SOUTH = "E07000154", "E07000155"
HERE, NEAR, FAR, AWAY = "NN1 1AA", "NN4 1AB", "NN4 1AD", "SW1A 1AA"


@pytest.fixture
def directory(tmp_path, cast):
    """A file as the directory comes: more columns, a line without a place, one far away."""
    path = tmp_path / "directory.csv"
    lines = [
        "pcd,PCDS,oseast1m,OSNRTH1M,osgrdind",
        f"NN1 1AA,{HERE},475000,260000,1",
        f"NN4 1AB,{NEAR},475060,260080,1",
        f"NN4 1AD,{FAR},475101,260000,1",
        "NN9 9ZZ,NN9 9ZZ,,,9",
        f"SW1A1AA,{AWAY},529000,179600,1",
    ]
    path.write_text("\ufeff" + "\n".join(lines), encoding="utf-8")
    return path


def report(
    postcode: str, narrative: str = FIRST, district: str = NORTHAMPTON, location: str = "", name: str = "alice"
):
    return case_of(name, postcode=postcode, narrative=narrative, district=district, location=location)


def point(case) -> tuple[int | None, int | None]:
    row = Incident.objects.unscoped(reason=WHY).get(case=case)
    return row.easting, row.northing


def test_the_directory_is_loaded_and_incidents_are_placed(directory, capsys):
    before, half = report("NN1 1AA"), report("NN1")
    assert point(before) == (None, None)
    call_command("postcodes", directory)
    assert "3 postcodes kept, 1 lines without a postcode or place, 1 incidents placed." in capsys.readouterr().out
    [event] = audited("postcodes.load")
    assert (event.actor_id, event.detail["kept"], event.detail["left"], event.detail["incidents"]) == (None, 3, 1, 1)
    assert not PostcodePoint.objects.filter(postcode=AWAY).exists()
    assert (point(before), point(half)) == ((475000, 260000), (None, None))
    assert point(report(NEAR)) == (475060, 260080)
    # Corrected by whichever way, it takes its point along; nobody places an incident by hand.
    Incident.objects.unscoped(reason=WHY).filter(case=before).update(postcode=FAR, easting=1)
    assert point(before) == (475101, 260000)
    Incident.objects.unscoped(reason=WHY).filter(case=before).update(postcode="NN4")
    assert point(before) == (None, None)
    call_command("postcodes", directory, everywhere=True)
    assert PostcodePoint.objects.get(postcode=AWAY).easting == 529000


def test_a_file_that_is_none_is_refused(tmp_path):
    path = tmp_path / "other.csv"
    path.write_text("postcode,easting\nNN1 1AA,1\n")
    with pytest.raises(CommandError, match="no column pcds, oseast1m, osnrth1m"):
        call_command("postcodes", path)
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("postcodes", tmp_path / "absent.csv")


def test_neighbours_across_a_border_are_found(directory):
    call_command("postcodes", directory)
    one = report(HERE)
    near, far = report(NEAR, SECOND, SOUTH), report(FAR, SECOND, SOUTH)
    assert found("alice", one) == [near.ref]
    # The two others are 90 metres apart.
    assert sorted(found("alice", near)) == sorted([one.ref, far.ref])


def test_the_first_half_of_a_postcode_is_no_place(cast):
    one, _ = report("NN1", location="The market"), report("NN1", SECOND, location="The bus stop")
    assert found("alice", one) == []
    named = report("NN1", SECOND, location="the  Market")
    assert found("alice", one) == [named.ref]
    other_town = report("NN18", SECOND, SOUTH, location="The market")
    assert other_town.ref not in found("alice", one)


def test_it_takes_two_queries_however_many_reports(directory, django_assert_max_num_queries):
    call_command("postcodes", directory)
    cases = [report(postcode, narrative) for postcode in (HERE, NEAR) for narrative in (FIRST, SECOND)]
    with acting("alice") as actor, django_assert_max_num_queries(2):
        assert len(candidates(actor=actor, case_ids=[case.pk for case in cases])) == 4
