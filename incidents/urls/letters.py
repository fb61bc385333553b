"""Routes of letters and messages, and of their templates."""

from __future__ import annotations

from django.urls import path

from incidents.views import letter_templates, letters

urlpatterns = [
    path("letters/templates/", letter_templates.letter_templates, name="letter_templates"),
    path("letters/templates/add/", letter_templates.letter_template_add, name="letter_template_add"),
    path("letters/templates/<uuid:uid>/", letter_templates.letter_template, name="letter_template"),
    path("letters/templates/<uuid:uid>/edit/", letter_templates.letter_template_edit, name="letter_template_edit"),
    path("letters/templates/<uuid:uid>/check/", letter_templates.letter_template_check, name="letter_template_check"),
    path(
        "letters/templates/<uuid:uid>/retire/", letter_templates.letter_template_retire, name="letter_template_retire"
    ),
    path("cases/<str:ref>/letters/", letters.letters, name="letters"),
    path("cases/<str:ref>/letters/new/", letters.letter_new, name="letter_new"),
    path("cases/<str:ref>/letters/new/<uuid:template>/", letters.letter_write, name="letter_write"),
    path("cases/<str:ref>/letters/<uuid:uid>/", letters.letter, name="letter"),
    path("cases/<str:ref>/letters/<uuid:uid>/print/", letters.letter_print, name="letter_print"),
    path("cases/<str:ref>/letters/<uuid:uid>/letter.pdf", letters.letter_pdf, name="letter_pdf"),
]
