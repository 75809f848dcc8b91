from django.urls import path

from readerstudy.accounts import account_views, people_views, views

app_name = "accounts"

urlpatterns = [
    path("sign-in/", views.SignIn.as_view(), name="sign-in"),
    path("sign-out/", views.SignOut.as_view(), name="sign-out"),
    path("invitation/<slug:token>/", account_views.invitation, name="invitation"),
    path("people/", people_views.people, name="people"),
    path("people/invitations/<uuid:invitation_id>/revoke/", people_views.revoke, name="revoke"),
    path("account/", account_views.account, name="account"),
    path("account/profile/", account_views.state_profile, name="profile"),
    path("account/contact/", account_views.set_contact, name="contact"),
    path("account/password/", account_views.change_password, name="password"),
    path("account/sign-out-everywhere/", account_views.sign_out_everywhere, name="sign-out-everywhere"),
]
