"""The form that locks a study."""

from django import forms

from readerstudy.reports.policies import MEANINGS


class LockForm(forms.Form):
    """An electronic signature: its meaning and the signer's password, entered again."""

    meaning = forms.ChoiceField(
        choices=[(meaning, meaning) for meaning in MEANINGS], widget=forms.RadioSelect
    )
    reason = forms.CharField(required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 3}))
    password = forms.CharField(
        strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "current-password"})
    )
