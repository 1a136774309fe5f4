"""Addresses of signing in and out, of one's own account, and of people and roles."""

from __future__ import annotations

from django.urls import path

from troth.workspace.people import views

app_name = "people"
urlpatterns = [
    path("sign-in/", views.arrive, name="arrive"),
    path("sign-in-code/", views.code, name="code"),
    path("sign-in/<str:token>", views.link, name="link"),
    path("sign-out/", views.leave, name="leave"),
    path("account/", views.account, name="account"),
    path("account/password", views.password, name="password"),
    path("account/second-factor", views.second_factor, name="second-factor"),
    path("account/sessions", views.end_session, name="end-session"),
    path("account/tokens", views.token, name="token"),
    path("people/", views.people, name="people"),
]
