"""What the coordinator asks a reader."""

from django import forms

from readerstudy.queries.policies import LONGEST
from readerstudy.studies.models import Study
from readerstudy.studies.selectors import enrolments_of


class QuestionForm(forms.Form):
    """A question to one reader of the study."""

    reader = forms.ModelChoiceField(queryset=None, error_messages={"required": "Choose a reader."})
    text = forms.CharField(max_length=LONGEST, error_messages={"required": "Write a few words first."})

    def __init__(self, data: object = None, *, study: Study) -> None:
        super().__init__(data)
        self.fields["reader"].queryset = enrolments_of(study)
