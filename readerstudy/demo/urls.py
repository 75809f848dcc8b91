from django.urls import path

from readerstudy.demo import views

app_name = "demo"

urlpatterns = [
    path("demo/studies/<uuid:study_id>/clock/", views.advance_clock, name="clock"),
]
