from django.urls import path

from readerstudy.studies import absence_views, case_views, editor_views, views

app_name = "studies"

urlpatterns = [
    path("studies/", views.study_list, name="list"),
    path("studies/new/", views.new, name="new"),
    path("studies/import/", views.new_from_file, name="import"),
    path("studies/protocol.schema.json", views.protocol_schema, name="schema"),
    path("studies/<uuid:study_id>/", views.detail, name="detail"),
    path("studies/<uuid:study_id>/edit/", views.edit, name="edit"),
    path("studies/<uuid:study_id>/absences/", absence_views.absence_page, name="absences"),
    path("studies/<uuid:study_id>/protocol/", editor_views.editor, name="editor"),
    path("studies/<uuid:study_id>/consequences/", editor_views.consequences, name="consequences"),
    path("studies/<uuid:study_id>/cases/", case_views.cases, name="cases"),
    path("studies/<uuid:study_id>/cases/add/", case_views.add, name="add-cases"),
    path("studies/<uuid:study_id>/cases/remove/", case_views.remove, name="remove-cases"),
    path("studies/<uuid:study_id>/cases/stratify/", case_views.stratify, name="stratify"),
    path("studies/<uuid:study_id>/cases/<int:number>/withdraw/", case_views.withdraw, name="withdraw-case"),
    path("studies/<uuid:study_id>/compare/", views.compare, name="compare"),
    path("studies/<uuid:study_id>/open/", views.open_study, name="open"),
    path("studies/<uuid:study_id>/delete/", views.delete, name="delete"),
    path("studies/<uuid:study_id>/shams/", views.make_shams, name="shams"),
    path("studies/<uuid:study_id>/protocol.json", views.protocol_file, name="protocol"),
]
