"""The form that locks a study."""

from django import forms

from readerstudy.reports.policies import MEANINGS

MOST_TRUTH_BYTES = 20_000_000


class LockForm(forms.Form):
    """An electronic signature: its meaning and the signer's password, entered again."""

    meaning = forms.ChoiceField(
        choices=[(meaning, meaning) for meaning in MEANINGS], widget=forms.RadioSelect
    )
    reason = forms.CharField(required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 3}))
    password = forms.CharField(
        strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "current-password"})
    )


class TruthForm(forms.Form):
    """A study's true grades: the file, and how they were made."""

    file = forms.FileField(
        max_length=200,
        help_text="CSV with the columns exam, level, half, truth: fill in the template.",
        widget=forms.FileInput(attrs={"accept": ".csv,text/csv"}),
    )
    source = forms.CharField(
        max_length=2000,
        label="How this truth was made",
        help_text="By whom, from what, and what they did not see. It stands on the report.",
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def clean_file(self) -> bytes:
        """The bytes, unless there are more than a table of halves can hold."""
        file = self.cleaned_data["file"]
        if file.size > MOST_TRUTH_BYTES:
            raise forms.ValidationError("The file is larger than 20 MB: it can't be a table of halves.")
        content: bytes = file.read()
        return content
