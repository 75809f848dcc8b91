"""The form that opens an adjudication, and the one that stops it."""

from django import forms

from readerstudy.accounts.models import User
from readerstudy.adjudication import selectors

_AGREED = (
    ("no", "Leave them unknown: the truth tells only what adjudicators decided"),
    ("yes", "Take them at the grade on which all readers agreed"),
)


class OpenForm(forms.Form):
    """Who adjudicates, and what becomes of the halves on which readers agree."""

    adjudicators = forms.ModelMultipleChoiceField(
        User.objects.none(),
        widget=forms.CheckboxSelectMultiple(attrs={"class": "form-check-input"}),
        error_messages={"required": "Name at least one adjudicator."},
    )
    agreed = forms.ChoiceField(
        choices=_AGREED, initial="no", widget=forms.RadioSelect(attrs={"class": "form-check-input"})
    )

    def __init__(self, data: object = None) -> None:
        super().__init__(data)  # type: ignore[arg-type]
        field = self.fields["adjudicators"]
        assert isinstance(field, forms.ModelMultipleChoiceField)
        field.queryset = selectors.people_who_adjudicate()


class StopForm(forms.Form):
    """Why an adjudication is given up."""

    reason = forms.CharField(max_length=2000, widget=forms.Textarea(attrs={"rows": 2}))
