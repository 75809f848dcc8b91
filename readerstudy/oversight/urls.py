from django.urls import path

from readerstudy.oversight import views

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
]
