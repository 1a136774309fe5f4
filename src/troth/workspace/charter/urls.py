"""Addresses of the charter."""

from __future__ import annotations

from django.urls import path

from troth.workspace.charter import views

app_name = "charter"
urlpatterns = [
    path("charter/", views.charter, name="charter"),
    path("charter/versions/", views.versions, name="versions"),
    path("charter/charter.toml", views.download, name="download"),
    path("charter/lines/<str:key>/", views.line, name="line"),
    path("charter/lines/<str:key>/objections", views.object_to, name="object"),
    path("charter/objections/<str:key>", views.objection, name="objection"),
    path("charter/versions/<str:key>/lines", views.new_line, name="new-line"),
    path("charter/versions/<str:key>/terms", views.terms, name="terms"),
    path("charter/versions/<str:key>/sign", views.sign, name="sign"),
]
