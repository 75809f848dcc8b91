from django.urls import path

from readerstudy.reports import views, views_explore, views_unlock

app_name = "reports"

urlpatterns = [
    path("reports/", views.report_list, name="list"),
    path("reports/<uuid:study_id>/", views.report, name="report"),
    path("reports/<uuid:study_id>/locks/<int:number>/", views.report, name="earlier"),
    path("reports/<uuid:study_id>/locks/<int:number>/figure/<slug:name>.svg", views.figure),
    path("reports/<uuid:study_id>/locks/<int:number>/report.pdf", views.report_pdf),
    path("reports/<uuid:study_id>/locks/<int:number>/report.html", views.report_html),
    path("reports/<uuid:study_id>/locks/<int:number>/report.json", views.report_json),
    path("reports/<uuid:study_id>/locks/<int:number>/report.zip", views.report_crate),
    path("reports/<uuid:study_id>/locks/<int:number>/tables.xlsx", views.tables_xlsx),
    path("reports/<uuid:study_id>/locks/<int:number>/figures.csv", views.figures_csv),
    path("reports/<uuid:study_id>/locks/<int:number>/readings.csv", views.readings_csv),
    path("reports/<uuid:study_id>/lock/", views.lock, name="lock"),
    path("reports/<uuid:study_id>/unlock/", views_unlock.unlock, name="unlock"),
    path("reports/<uuid:study_id>/truth/", views.truth, name="truth"),
    path("reports/<uuid:study_id>/truth-template.csv", views.truth_template, name="truth-template"),
    path("reports/<uuid:study_id>/figure/<slug:name>.svg", views.figure, name="figure"),
    path("reports/<uuid:study_id>/report.pdf", views.report_pdf, name="pdf"),
    path("reports/<uuid:study_id>/explain/", views.explain, name="explain"),
    path("reports/<uuid:study_id>/explore/", views_explore.explore, name="explore"),
    path("reports/<uuid:study_id>/explore/<int:number>/", views_explore.explored, name="explored"),
    path(
        "reports/<uuid:study_id>/explore/<int:number>.json", views_explore.explored_json, name="explored-json"
    ),
    path("reports/<uuid:study_id>/report.html", views.report_html, name="html"),
    path("reports/<uuid:study_id>/tables.xlsx", views.tables_xlsx, name="xlsx"),
    path("reports/<uuid:study_id>/report.zip", views.report_crate, name="crate"),
    path("reports/<uuid:study_id>/report.json", views.report_json, name="json"),
    path("reports/<uuid:study_id>/truth/", views.truth, name="truth"),
    path("reports/<uuid:study_id>/truth-template.csv", views.truth_template, name="truth-template"),
    path("reports/<uuid:study_id>/figures.csv", views.figures_csv, name="figures-csv"),
    path("reports/<uuid:study_id>/readings.csv", views.readings_csv, name="readings-csv"),
]
