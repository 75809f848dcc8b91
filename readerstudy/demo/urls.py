from django.urls import path

from readerstudy.demo import simulation_views, views

app_name = "demo"

urlpatterns = [
    path("demo/studies/<uuid:study_id>/clock/", views.advance_clock, name="clock"),
    path("demo/studies/<uuid:study_id>/simulations/", simulation_views.simulations, name="simulations"),
    path("demo/studies/<uuid:study_id>/simulations/<uuid:key>/", simulation_views.one, name="simulation"),
    path(
        "demo/studies/<uuid:study_id>/simulations/<uuid:key>/stop/",
        simulation_views.stop,
        name="stop-simulation",
    ),
    path(
        "demo/studies/<uuid:study_id>/simulations/<uuid:key>/files/<str:name>",
        simulation_views.file,
        name="simulation-file",
    ),
]
