from django.urls import path

from readerstudy.queries import api, views

app_name = "queries"

urlpatterns = [
    path("api/reads/<uuid:read_id>/reports/", api.reports, name="reports"),
    path("studies/<uuid:study_id>/queries/", views.of_study, name="list"),
    path("queries/<uuid:query_id>/", views.thread, name="thread"),
    path("queries/<uuid:query_id>/say/", views.say, name="say"),
    path("queries/<uuid:query_id>/close/", views.close, name="close"),
]
