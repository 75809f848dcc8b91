"""What people fill in about themselves, and what an inviter fills in about them."""

import uuid
import zoneinfo
from typing import Any

from django import forms
from django.contrib.auth.forms import UsernameField
from django.contrib.auth.password_validation import password_validators_help_texts, validate_password
from django.contrib.auth.validators import UnicodeUsernameValidator

from readerstudy.accounts.models import User
from readerstudy.accounts.policies import INVITATION_DAYS, MAX_INVITATION_DAYS, MAY_INVITE
from readerstudy.accounts.states import ROLE_LABELS, Role, Specialty


def _zones() -> list[tuple[str, str]]:
    names = sorted(zone for zone in zoneinfo.available_timezones() if "/" in zone or zone == "UTC")
    return [(name, name.replace("_", " ")) for name in names]


class _Styled(forms.Form):
    """Fields in Bootstrap's looks; a field with an error is tied to its words."""

    use_required_attribute = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            if not field.widget.is_hidden:
                look = "form-select" if isinstance(field.widget, forms.Select) else "form-control"
                field.widget.attrs["class"] = look


class InvitationForm(_Styled):
    """Whom to let in, as what, and until when."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    role = forms.ChoiceField(label="Role")
    note = forms.CharField(
        max_length=80, label="For whom", help_text="A word by which you tell this invitation from others"
    )
    email = forms.EmailField(required=False, label="Mail address")
    days = forms.IntegerField(
        min_value=1, max_value=MAX_INVITATION_DAYS, initial=INVITATION_DAYS, label="Days until it ends"
    )

    def __init__(self, *args: Any, inviter: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        roles = MAY_INVITE[Role(inviter.role)]
        self.fields["role"].choices = [(role.value, ROLE_LABELS[role]) for role in roles]
        self.fields["key"].initial = uuid.uuid4

    def clean_role(self) -> Role:
        return Role(self.cleaned_data["role"])


class _NewPassword(_Styled):
    password = forms.CharField(
        label="Password",
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=" ".join(password_validators_help_texts()),
    )
    again = forms.CharField(
        label="Password, again",
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def clean_password(self) -> str:
        validate_password(self.cleaned_data["password"])
        return str(self.cleaned_data["password"])

    def clean_again(self) -> str:
        if "password" in self.cleaned_data and self.cleaned_data["again"] != self.cleaned_data["password"]:
            raise forms.ValidationError("The two passwords differ: enter the same one twice.")
        return str(self.cleaned_data["again"])


class TakeUpForm(_NewPassword):
    """Name, password and time zone of a person who was invited."""

    username = UsernameField(
        max_length=150,
        label="Sign-in name",
        help_text="Letters, digits and @ . + - _",
        validators=[UnicodeUsernameValidator()],
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none"}),
    )
    time_zone = forms.ChoiceField(
        choices=_zones,
        initial="UTC",
        label="Time zone",
        widget=forms.Select(attrs={"data-own-zone": ""}),
        help_text="Times are shown in it, with UTC beside them",
    )
    field_order = ("username", "password", "again", "time_zone")

    def clean_username(self) -> str:
        name = str(self.cleaned_data["username"])
        if User.objects.filter(username__iexact=name).exists():
            raise forms.ValidationError("Someone has this name already: choose another.")
        return name


class ProfileForm(_Styled):
    """What a report says of a reader."""

    specialty = forms.ChoiceField(choices=[("", "Choose …"), *((s.value, s.value) for s in Specialty)])
    years = forms.IntegerField(min_value=0, max_value=70, label="Years of reading spine MRI")
    fellowship = forms.CharField(
        max_length=120,
        required=False,
        label="Fellowship, if any",
        help_text="Its field, without a name or place that would tell who you are",
    )
    training = forms.CharField(
        max_length=500,
        required=False,
        label="Training for this kind of reading, if any",
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    conflicts = forms.CharField(
        max_length=500,
        required=False,
        label="Conflicts of interest",
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Left empty, the report says that you declare none",
    )

    def clean_specialty(self) -> Specialty:
        return Specialty(self.cleaned_data["specialty"])


class ContactForm(_Styled):
    """The zone a person's times are shown in, and where reminders go."""

    time_zone = forms.ChoiceField(choices=_zones, label="Time zone")
    email = forms.EmailField(
        required=False, label="Mail address", help_text="For reminders; without one there are none by mail"
    )


class PasswordForm(_NewPassword):
    """A new password, asked of who knows the old one."""

    current = forms.CharField(
        label="Current password",
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    field_order = ("current", "password", "again")

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._user = user
        self.fields["password"].label = "New password"
        self.fields["again"].label = "New password, again"

    def clean_current(self) -> str:
        if not self._user.check_password(self.cleaned_data["current"]):
            raise forms.ValidationError("This is not your current password.")
        return str(self.cleaned_data["current"])
