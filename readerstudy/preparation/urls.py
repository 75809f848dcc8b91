from django.urls import path

from readerstudy.preparation import views

app_name = "preparation"

urlpatterns = [
    path("studies/<uuid:study_id>/instructions/", views.write, name="write"),
    path("read/<uuid:enrolment_id>/instructions/", views.instructions, name="instructions"),
]
