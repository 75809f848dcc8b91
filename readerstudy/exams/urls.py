from django.urls import path

from readerstudy.exams import views

app_name = "exams"

urlpatterns = [
    path("exams/", views.exam_list, name="list"),
    path("exams/upload/", views.upload, name="upload"),
    path("exams/uploads/<uuid:upload_id>/", views.upload_detail, name="upload-detail"),
    path("exams/uploads/<uuid:upload_id>/status", views.upload_status, name="upload-status"),
    path("exams/<uuid:exam_id>/", views.detail, name="detail"),
    path("exams/<uuid:exam_id>/release/", views.release, name="release"),
    path("exams/<uuid:exam_id>/reconsider/", views.reconsider, name="reconsider"),
    path("exams/<uuid:exam_id>/view/", views.view, name="view"),
    path("exams/<uuid:exam_id>/<slug:kind>/metadata", views.metadata, name="metadata"),
    path("exams/<uuid:exam_id>/<slug:kind>/frames/<int:index>", views.frame, name="frame"),
    path("exams/<uuid:exam_id>/<slug:kind>/thumbnails/<int:index>.png", views.thumbnail, name="thumbnail"),
    path("exams/<uuid:exam_id>/<slug:kind>/images/<int:index>.png", views.picture, name="picture"),
]
