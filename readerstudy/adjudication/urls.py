from django.urls import path

from readerstudy.adjudication import api, views

app_name = "adjudication"

urlpatterns = [
    path("studies/<uuid:study_id>/adjudication/", views.open_one, name="open"),
    path("adjudications/<uuid:adjudication_id>/", views.detail, name="detail"),
    path("adjudications/<uuid:adjudication_id>/stop/", views.stop, name="stop"),
    path("adjudications/<uuid:adjudication_id>/state/", views.state, name="state"),
    path("adjudications/<uuid:adjudication_id>/decisions.csv", views.decisions, name="decisions"),
    path("adjudicate/", views.home, name="home"),
    path("adjudicate/<uuid:adjudication_id>/room/", views.room, name="room"),
    path("api/adjudications/<uuid:adjudication_id>/next", api.next_case, name="next"),
    path("api/adjudications/<uuid:adjudication_id>/next-together", api.next_together, name="next-together"),
    path("api/opinions/<uuid:opinion_id>/images/<series_kind:kind>/metadata", api.metadata, name="metadata"),
    path(
        "api/opinions/<uuid:opinion_id>/images/<series_kind:kind>/frames/<int:index>",
        api.frame,
        name="frame",
    ),
    path("api/opinions/<uuid:opinion_id>/draft", api.draft, name="draft"),
    path("api/opinions/<uuid:opinion_id>/submit", api.submit, name="submit"),
]
