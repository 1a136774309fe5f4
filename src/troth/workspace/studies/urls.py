"""Addresses of the studies, and of those in the making."""

from __future__ import annotations

from django.urls import path

from troth.workspace.studies import views

app_name = "studies"
urlpatterns = [
    path("studies/", views.studies, name="studies"),
    path("studies/live/", views.live, name="live"),
]
