"""The forms that lock a study, state its truth and ask beyond its plan."""

from itertools import combinations
from typing import Any

import pandas as pd
from django import forms

from annotations.agreement.explore import COEFFICIENTS, WEIGHTS, Question
from annotations.agreement.sections.strata import in_words, ordered
from readerstudy.reports.policies import MEANINGS, UNLOCK_MEANING

NO_PAIR = "Choose at least one pair of readers."
MOST_TRUTH_BYTES = 20_000_000


class UnlockForm(forms.Form):
    """An electronic signature under a reason."""

    meaning = forms.ChoiceField(choices=[(UNLOCK_MEANING, UNLOCK_MEANING)], widget=forms.RadioSelect)
    reason = forms.CharField(max_length=2000, widget=forms.Textarea(attrs={"rows": 3}))
    password = forms.CharField(
        strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "current-password"})
    )


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


def _boxes() -> forms.CheckboxSelectMultiple:
    return forms.CheckboxSelectMultiple(attrs={"class": "form-check-input"})


class ExploreForm(forms.Form):
    """A question beyond the plan: pairs, part of the study, coefficient, weights."""

    reason = forms.CharField(max_length=1000, label="What do you want to know?")
    pairs = forms.MultipleChoiceField(
        label="Reader pairs", widget=_boxes(), error_messages={"required": NO_PAIR}
    )
    coefficient = forms.ChoiceField(choices=[(key, words) for key, (words, _) in COEFFICIENTS.items()])
    weights = forms.ChoiceField(choices=list(WEIGHTS.items()), label="Weights of partial agreement")
    group = forms.ChoiceField(label="Grades taken as")

    def __init__(self, *args: Any, plan: dict[str, Any], units: pd.DataFrame, has_truth: bool) -> None:
        super().__init__(*args)
        pairs = list(combinations(plan["readers"], 2))
        self._choices("pairs", [("+".join(pair), "\N{EN DASH}".join(pair)) for pair in pairs])
        groups = [("all", "all grades"), ("present", "any change against none")]
        grades = [(str(grade), f"grade {grade} against the rest") for grade in plan["categories"][1:]]
        self._choices("group", groups + grades)
        self.parts = [column for column in units.columns if column != "exam"]
        for column in self.parts:
            self.fields[column] = forms.MultipleChoiceField(
                required=False, label=column.capitalize(), widget=_boxes()
            )
            self._choices(
                column, [(value, in_words(value)) for value in ordered(units[column].to_numpy().astype(str))]
            )
        if has_truth:
            self.fields["accuracy"] = forms.BooleanField(
                required=False, label="Also hold readers against truth"
            )

    def _choices(self, name: str, choices: list[tuple[str, str]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices

    def question(self) -> Question:
        """What was asked; a part of which nothing or everything is ticked is kept whole."""
        data = self.cleaned_data
        keep = {
            column: tuple(data[column])
            for column in self.parts
            if data[column] and len(data[column]) < len(getattr(self.fields[column], "choices"))  # noqa: B009
        }
        return Question(
            pairs=tuple((first, second) for first, second in (pair.split("+") for pair in data["pairs"])),
            coefficient=data["coefficient"],
            weights=data["weights"],
            group=data["group"],
            keep=keep,
            accuracy=data.get("accuracy", False),
        )
