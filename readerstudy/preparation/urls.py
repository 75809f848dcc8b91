from django.urls import path

from readerstudy.preparation import api, calibration_views, views

app_name = "preparation"

urlpatterns = [
    path("studies/<uuid:study_id>/instructions/", views.write, name="write"),
    path("read/<uuid:enrolment_id>/instructions/", views.instructions, name="instructions"),
    path("studies/<uuid:study_id>/calibration/", calibration_views.calibration_set, name="calibration-set"),
    path("studies/<uuid:study_id>/calibration/rule/", calibration_views.set_rule, name="set-rule"),
    path("studies/<uuid:study_id>/calibration/cases/", calibration_views.add_case, name="add-case"),
    path(
        "studies/<uuid:study_id>/calibration/cases/<int:number>/remove/",
        calibration_views.remove_case,
        name="remove-case",
    ),
    path(
        "studies/<uuid:study_id>/calibration/readers/<uuid:enrolment_id>/again/",
        calibration_views.grant,
        name="grant",
    ),
    path("read/<uuid:enrolment_id>/calibration/", calibration_views.calibration, name="calibration"),
    path("read/<uuid:enrolment_id>/calibration/room/", calibration_views.room, name="room"),
    path("calibration-reads/<uuid:read_id>/", calibration_views.comparison, name="comparison"),
    path("api/calibrations/<uuid:enrolment_id>/next", api.next_case, name="next"),
    path(
        "api/calibration-reads/<uuid:read_id>/images/<series_kind:kind>/metadata",
        api.metadata,
        name="metadata",
    ),
    path(
        "api/calibration-reads/<uuid:read_id>/images/<series_kind:kind>/frames/<int:index>",
        api.frame,
        name="frame",
    ),
    path("api/calibration-reads/<uuid:read_id>/draft", api.draft, name="draft"),
    path("api/calibration-reads/<uuid:read_id>/submit", api.submit, name="submit"),
]
