"""Every route of the product, by room."""

from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from readerstudy.accounts.views import home

handler400 = "readerstudy.common.views.bad_request"

urlpatterns = [
    path("", home, name="home"),
    path("accounts/", include("readerstudy.accounts.urls")),
    path("", include("readerstudy.exams.urls")),
    path("", include("readerstudy.predictions.urls")),
    path("", include("readerstudy.studies.urls")),
    path("", include("readerstudy.reads.urls")),
    path("", include("readerstudy.queries.urls")),
    path("", include("readerstudy.preparation.urls")),
    path("", include("readerstudy.rehearsal.urls")),
    path("", include("readerstudy.reports.urls")),
    path("", include("readerstudy.adjudication.urls")),
    path("", include("readerstudy.oversight.urls")),
    path("", include("readerstudy.demo.urls")),
    path("api/schema/", SpectacularAPIView.as_view(), name="schema"),
    path(
        "api/docs/",
        SpectacularSwaggerSplitView.as_view(url_name="schema", template_name="common/api_docs.html"),
        name="api-docs",
    ),
]
