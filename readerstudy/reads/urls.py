from django.urls import path, register_converter
from django.urls.converters import StringConverter

from readerstudy.exams.states import SeriesKind
from readerstudy.reads import amendment_views, api, own_api, views


class KindConverter(StringConverter):
    """t1 or t2."""

    regex = "|".join(SeriesKind)


register_converter(KindConverter, "series_kind")

app_name = "reads"

urlpatterns = [
    path("studies/<uuid:study_id>/amend/", amendment_views.amend, name="amend"),
    path("read/", views.home, name="home"),
    path("read/<uuid:enrolment_id>/", views.room, name="room"),
    path("api/layout", own_api.layout, name="layout"),
    path("api/journal-keys", own_api.journal_keys, name="journal-keys"),
    path("studies/<uuid:study_id>/progress/", views.progress, name="progress"),
    path("api/enrolments/<uuid:enrolment_id>/next", api.next_case, name="next"),
    path("api/enrolments/<uuid:enrolment_id>/ahead", api.ahead, name="ahead"),
    path("api/reads/<uuid:read_id>/images/<series_kind:kind>/metadata", api.metadata, name="metadata"),
    path("api/reads/<uuid:read_id>/images/<series_kind:kind>/frames/<int:index>", api.frame, name="frame"),
    path("api/reads/<uuid:read_id>/map", api.modic_map, name="map"),
    path("api/reads/<uuid:read_id>/reveal", api.reveal, name="reveal"),
    path("api/reads/<uuid:read_id>/beat", api.beat, name="beat"),
    path("api/reads/<uuid:read_id>/draft", api.draft, name="draft"),
    path("api/reads/<uuid:read_id>/submit", api.submit, name="submit"),
    path("api/reads/<uuid:read_id>/recall", api.recall, name="recall"),
]
