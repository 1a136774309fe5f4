"""Address of the timeline."""

from __future__ import annotations

from django.urls import path

from troth.workspace.timeline import views

app_name = "timeline"
urlpatterns = [path("timeline/", views.timeline, name="timeline")]
