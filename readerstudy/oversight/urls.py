from django.urls import path

from readerstudy.oversight import audit_views, views

app_name = "oversight"

urlpatterns = [
    path("studies/<uuid:study_id>/conduct/", views.conduct_page, name="conduct"),
    path("studies/<uuid:study_id>/conduct/override/", views.request_override, name="request-override"),
    path(
        "studies/<uuid:study_id>/conduct/overrides/<uuid:override_id>/",
        views.decide_override,
        name="decide-override",
    ),
    path(
        "studies/<uuid:study_id>/conduct/deviations/<int:deviation_id>/",
        views.decide_deviation,
        name="decide-deviation",
    ),
    path("studies/<uuid:study_id>/conduct/reopen/", views.reopen, name="reopen"),
    path("studies/<uuid:study_id>/conduct/withdraw-reader/", views.withdraw_reader, name="withdraw-reader"),
    path("studies/<uuid:study_id>/audit/", audit_views.trail, name="audit"),
    path("studies/<uuid:study_id>/audit/export/", audit_views.export, name="audit-export"),
    path("studies/<uuid:study_id>/washout/", audit_views.washout, name="washout"),
    path("studies/<uuid:study_id>/washout.json", audit_views.washout_json, name="washout-json"),
]
