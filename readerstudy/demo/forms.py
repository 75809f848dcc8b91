"""What robots are wished for."""

from typing import Any

from django import forms


class SimulationForm(forms.Form):
    """How many cases, and what the robots are like; after `manage.py simulate`."""

    cases = forms.IntegerField(min_value=2, max_value=200, initial=20, label="Cases")
    accuracy = forms.FloatField(min_value=0.05, max_value=0.99, initial=0.75, label="A change is seen")
    bias = forms.FloatField(min_value=-0.05, max_value=0.5, initial=0.0, label="More seen than there are")
    trust = forms.FloatField(min_value=0, max_value=1, initial=0.5, label="Trust in the map")
    drop_out = forms.FloatField(min_value=0, max_value=0.9, initial=0.0, label="Leave, per period")
    studies = forms.IntegerField(min_value=20, max_value=1000, initial=200, label="Drawn studies")
    seed = forms.IntegerField(min_value=0, max_value=2**31, initial=1, label="Seed")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget.attrs |= {"class": "form-control form-control-sm", "step": "any"}
