"""Every address of the workspace."""

from __future__ import annotations

from django.urls import include, path

urlpatterns = [
    path("", include("troth.workspace.people.urls")),
    path("", include("troth.workspace.timeline.urls")),
    path("", include("troth.workspace.studies.urls")),
    path("", include("troth.workspace.charter.urls")),
    path("", include("troth.workspace.desks.urls")),
    path("", include("troth.workspace.api.urls")),
]

handler400 = "troth.workspace.parts.errors.bad_request"
handler403 = "troth.workspace.parts.errors.forbidden"
handler404 = "troth.workspace.parts.errors.missing"
handler500 = "troth.workspace.parts.errors.broken"
