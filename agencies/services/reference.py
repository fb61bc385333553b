"""Puts the reference data in place: partners, districts, service standards, bank holidays. Safe to run again."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date

from django.contrib.auth.models import Group
from django.db import transaction

from agencies.choices import District as DistrictCode
from agencies.models import Agency, District, ServiceStandard
from agencies.reference_data import AGENCIES, ALL_STANDARDS, DISTRICT_COUNCILS, AgencyRow, agreement_period
from kernel import clock
from kernel.bank_holidays import bank_holidays_named
from kernel.models import BankHoliday

FIRST_YEAR = 2016
YEARS_AHEAD = 5


@transaction.atomic
def reference_data_load() -> dict[str, Agency]:
    """Create what is missing and leave what stands as it was edited. Answers the agencies by code.

    Rules: docs/domain.md §3.1, §3.2, §5.1, §5.2.
    """
    today = clock.today_real()
    agencies = {row.code: _agency(row, today) for row in AGENCIES}
    for code in DistrictCode:
        District.objects.get_or_create(
            code=code.value,
            defaults={
                "name": code.label,
                "unitary_code": code.unitary_code,
                "area": code.area,
                "council": agencies[DISTRICT_COUNCILS[code]],
            },
        )
    ServiceStandard.objects.bulk_create(
        [ServiceStandard(**asdict(row)) for row in ALL_STANDARDS], ignore_conflicts=True
    )
    bank_holidays_load(range(FIRST_YEAR, today.year + YEARS_AHEAD + 1))
    return agencies


def bank_holidays_load(years: range) -> None:
    """Add the bank holidays of some years to the table that administrators keep. One query."""
    BankHoliday.objects.bulk_create(
        [BankHoliday(date=day, name=name[:80]) for day, name in bank_holidays_named(years).items()],
        ignore_conflicts=True,
    )


def _agency(row: AgencyRow, today: date) -> Agency:
    """The partner of a code, made with the group that grants are given to if it is not there yet."""
    found = Agency.objects.filter(code=row.code).first()
    if found is not None:
        return found
    signed, ends = agreement_period(today)
    group, _ = Group.objects.get_or_create(name=f"agency {row.code}")
    return Agency.objects.create(
        code=row.code,
        name=row.name,
        type=row.type,
        group=group,
        side=row.type.side,
        areas=list(row.areas),
        isa_signed_on=signed,
        isa_expires_on=ends,
    )
