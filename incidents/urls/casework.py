"""Routes of the list of cases and of a case's pages."""

from __future__ import annotations

from django.urls import path

from incidents.views import case, case_list, contact, evidence, fields, note, redaction, risk, share

urlpatterns = [
    path("cases/", case_list.cases, name="cases"),
    path("cases/<str:ref>/", case.case, name="case"),
    path("cases/<str:ref>/edit/", case.case_edit, name="case_edit"),
    path("cases/<str:ref>/triage/", case.case_triage_confirm, name="case_triage"),
    path("cases/<str:ref>/lead-worker/", case.case_lead_worker, name="case_lead_worker"),
    path("cases/<str:ref>/show/<slug:group>/", fields.reveal, name="reveal"),
    path("cases/<str:ref>/hide/<slug:group>/", fields.reveal_end, name="reveal_end"),
    path("cases/<str:ref>/notes/add/", note.note_new, name="note_add"),
    path("cases/<str:ref>/contacts/add/", contact.contact_new, name="contact_add"),
    path("cases/<str:ref>/evidence/", evidence.evidence_all, name="evidence"),
    path("cases/<str:ref>/evidence/add/", evidence.evidence_new, name="evidence_add"),
    path("cases/<str:ref>/evidence/<uuid:uid>/", evidence.evidence, name="evidence_item"),
    path("cases/<str:ref>/evidence/<uuid:uid>/picture/", evidence.picture, name="evidence_picture"),
    path("cases/<str:ref>/evidence/<uuid:uid>/download/", evidence.download, name="evidence_download"),
    path("cases/<str:ref>/evidence/<uuid:uid>/original/", evidence.original, name="evidence_original"),
    path("cases/<str:ref>/evidence/<uuid:uid>/pages/<int:number>/", redaction.page, name="evidence_page"),
    path(
        "cases/<str:ref>/evidence/<uuid:uid>/pages/<int:number>/picture/",
        redaction.page_picture,
        name="evidence_page_picture",
    ),
    path("cases/<str:ref>/evidence/<uuid:uid>/redact/", redaction.redact, name="evidence_redact"),
    path("cases/<str:ref>/evidence/<uuid:uid>/release/", redaction.release, name="evidence_release"),
    path("cases/<str:ref>/evidence/<uuid:uid>/withdraw/", evidence.withdraw, name="evidence_withdraw"),
    path("cases/<str:ref>/risk/new/", risk.risk_new, name="risk_new"),
    path("cases/<str:ref>/risk/new/<slug:section>/", risk.risk_section, name="risk_section"),
    path("cases/<str:ref>/risk/<uuid:uid>/", risk.risk, name="risk"),
    path("cases/<str:ref>/share/", share.share_new, name="share_add"),
    path("cases/<str:ref>/share/<uuid:uid>/end/", share.share_stop, name="share_end"),
]
