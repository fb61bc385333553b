"""Every route of the API, under /api/v1/."""

from __future__ import annotations

from django.urls import path
from drf_spectacular.views import SpectacularAPIView

from hasbag import api as hasbag
from incidents.api import case, evidence, fields, people, sharing, work
from incidents.api.incident import IncidentsView
from strategy.api import IndicatorsView

app_name = "api"

urlpatterns = [
    path("schema/", SpectacularAPIView.as_view(), name="schema"),
    path("incidents/", IncidentsView.as_view(), name="incidents"),
    path("cases/", case.CasesView.as_view(), name="cases"),
    path("cases/<str:ref>/", case.CaseView.as_view(), name="case"),
    path("cases/<str:ref>/crime/", case.CrimeView.as_view(), name="case-crime"),
    path("cases/<str:ref>/notes/", work.NotesView.as_view(), name="case-notes"),
    path("cases/<str:ref>/tasks/", work.CaseTasksView.as_view(), name="case-tasks"),
    path("cases/<str:ref>/shares/", sharing.SharesView.as_view(), name="case-shares"),
    path("cases/<str:ref>/shares/<uuid:share>/recall/", sharing.RecallView.as_view(), name="share-recall"),
    path("cases/<str:ref>/access-requests/", sharing.AccessRequestsView.as_view(), name="case-access-requests"),
    path(
        "cases/<str:ref>/access-requests/<uuid:uid>/answer/",
        sharing.AccessAnswerView.as_view(),
        name="access-request-answer",
    ),
    path("cases/<str:ref>/contacts/", work.ContactsView.as_view(), name="case-contacts"),
    path("cases/<str:ref>/evidence/", evidence.EvidencesView.as_view(), name="case-evidence"),
    path("cases/<str:ref>/evidence/<uuid:uid>/", evidence.EvidenceView.as_view(), name="evidence"),
    path("cases/<str:ref>/evidence/<uuid:uid>/file/", evidence.FileView.as_view(), name="evidence-file"),
    path("cases/<str:ref>/evidence/<uuid:uid>/original/", evidence.OriginalView.as_view(), name="evidence-original"),
    path("cases/<str:ref>/evidence/<uuid:uid>/withdraw/", evidence.WithdrawView.as_view(), name="evidence-withdraw"),
    path("cases/<str:ref>/reveals/", fields.RevealsView.as_view(), name="case-reveals"),
    path("cases/<str:ref>/risk-assessments/", work.AssessmentsView.as_view(), name="case-risk-assessments"),
    path("tasks/", work.TasksView.as_view(), name="tasks"),
    path("tasks/<str:ref>/accept/", work.TaskAcceptView.as_view(), name="task-accept"),
    path("tasks/<str:ref>/complete/", work.TaskCompleteView.as_view(), name="task-complete"),
    path("tasks/<str:ref>/decline/", work.TaskDeclineView.as_view(), name="task-decline"),
    path("victims/<str:ref>/", people.VictimView.as_view(), name="victim"),
    path("perpetrators/<str:ref>/", people.PerpetratorView.as_view(), name="perpetrator"),
    path("meetings/", hasbag.MeetingsView.as_view(), name="meetings"),
    path("meetings/<str:ref>/", hasbag.MeetingView.as_view(), name="meeting"),
    path("meetings/<str:ref>/items/", hasbag.ItemsView.as_view(), name="meeting-items"),
    path("meetings/<str:ref>/items/<uuid:item>/", hasbag.ItemView.as_view(), name="meeting-item"),
    path("meetings/<str:ref>/packs/", hasbag.PacksView.as_view(), name="meeting-packs"),
    path("packs/<str:ref>/", hasbag.PackView.as_view(), name="pack"),
    path("packs/<str:ref>/pdf/", hasbag.PackPdfView.as_view(), name="pack-pdf"),
    path("indicators/", IndicatorsView.as_view(), name="indicators"),
]
