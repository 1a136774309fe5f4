"""Addresses of the pages."""

from __future__ import annotations

from django.urls import path

from troth.workspace.desks import act_views, views

app_name = "desks"
urlpatterns = [
    path("", views.both, name="both"),
    path("my-desk/", act_views.mine, name="mine"),
    path("journey/", views.life_cycle, name="life-cycle"),
    path("ledger/", views.ledger, name="ledger"),
    path("ledger/change/", views.change, name="change"),
    path("ledger/promises/", views.rows, name="rows"),
    path("issues/", views.issues, name="issues"),
    path("issues/<str:key>/", views.issue, name="issue"),
    path("issues/<str:key>/state", act_views.state, name="issue-state"),
    path("issues/<str:key>/shares", act_views.shares, name="issue-shares"),
    path("issues/<str:key>/agree", act_views.agree, name="issue-agree"),
    path("issues/<str:key>/settle", act_views.settle, name="issue-settle"),
    path("issues/<str:key>/failures/", views.failures, name="failures"),
    path("themes/", views.themes, name="themes"),
    path("themes/texts/", views.texts, name="texts"),
    path("journeys/", views.journeys, name="journeys"),
    path("journeys/walked/", views.walks, name="walks"),
    path("answers/", views.answers, name="answers"),
    path("answers/occasions/", views.occasions, name="occasions"),
    path("purview/", views.purview, name="purview"),
    path("measures/", views.measures, name="measures"),
    path("customers/", views.customers, name="customers"),
    path("customers/<path:customer>/", views.customer, name="customer"),
    path("sources/", views.sources, name="sources"),
    path("sources/set-aside/", views.set_aside, name="set-aside"),
    path("studies/compare/", views.compare, name="compare"),
    path("design/", views.design, name="design"),
    path("numbers/", views.numbers, name="numbers"),
    path("numbers/<slug:slug>/", views.number, name="number"),
    path("healthz", views.healthz, name="healthz"),
]
