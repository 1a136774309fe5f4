"""Addresses of signing in and out."""

from __future__ import annotations

from django.urls import path

from troth.workspace.people import views

app_name = "people"
urlpatterns = [
    path("sign-in/", views.arrive, name="arrive"),
    path("sign-in/<str:token>", views.link, name="link"),
    path("sign-out/", views.leave, name="leave"),
]
