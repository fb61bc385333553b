"""The decisions of a case as pure functions: values in, value out; no database, no clock, no settings.

``risk`` the band of a risk assessment · ``triage`` the priority of a report · ``clocks`` which time limits run and how
they stand · ``repeat`` who is a repeat victim · ``safe_contact`` whether this is a moment to reach out ·
``lead_agency`` who leads.
"""
