from django.urls import path

from readerstudy.rehearsal import api, preview_api, views

app_name = "rehearsal"

_PRACTICE = "api/practice/<int:number>/"
_PREVIEW = "api/studies/<uuid:study_id>/preview/<slug:arm>/<int:case>/<int:part>/"

urlpatterns = [
    path("practice/", views.practice, name="practice"),
    path("api/practice/next", api.next_case, name="practice-next"),
    path(f"{_PRACTICE}images/<series_kind:kind>/metadata", api.metadata, name="practice-metadata"),
    path(f"{_PRACTICE}images/<series_kind:kind>/frames/<int:index>", api.frame, name="practice-frame"),
    path(f"{_PRACTICE}map", api.modic_map, name="practice-map"),
    path(f"{_PRACTICE}reveal", api.reveal, name="practice-reveal"),
    path(f"{_PRACTICE}draft", api.draft, name="practice-draft"),
    path(f"{_PRACTICE}submit", api.submit, name="practice-submit"),
    path("studies/<uuid:study_id>/preview/", views.choose, name="choose"),
    path("studies/<uuid:study_id>/preview/<slug:arm>/<int:case>/<int:part>/", views.preview, name="preview"),
    path(f"{_PREVIEW}next", preview_api.next_case, name="preview-next"),
    path(f"{_PREVIEW}images/<series_kind:kind>/metadata", preview_api.metadata, name="preview-metadata"),
    path(f"{_PREVIEW}images/<series_kind:kind>/frames/<int:index>", preview_api.frame, name="preview-frame"),
    path(f"{_PREVIEW}map", preview_api.modic_map, name="preview-map"),
    path(f"{_PREVIEW}reveal", preview_api.reveal, name="preview-reveal"),
    path(f"{_PREVIEW}draft", preview_api.draft, name="preview-draft"),
    path(f"{_PREVIEW}submit", preview_api.submit, name="preview-submit"),
]
