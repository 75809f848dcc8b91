app_name = "reads"

urlpatterns: list = []
