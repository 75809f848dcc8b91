"""What a series description says of the sequence, as flags. The description itself goes no further."""

import re

_SEPARATOR = r"(?<![a-z0-9])"
_END = r"(?![a-z0-9])"
_FLAGS: dict[str, str] = {
    "t1": rf"{_SEPARATOR}t1(?![0-9])",
    "t2": rf"{_SEPARATOR}t2(?![0-9*])",
    "t2star": r"t2\*|t2star|medic|merge",
    "pd": rf"{_SEPARATOR}pd{_END}|proton",
    "flair": r"flair|dark.?fluid",
    "stir": rf"stir{_END}|tirm{_END}",
    "fat-suppressed": rf"{_SEPARATOR}fs{_END}|fat.?sat|fat.?sup|spair|spir{_END}|chess|{_SEPARATOR}fatsat",
    "contrast": rf"\+ ?c{_END}|{_SEPARATOR}(gd|gad|gado\w*|post|km|ce|dotarem|contrast){_END}|with.?contrast",
    "localizer": r"loc(ali[sz]er)?s?(?![a-z])|scout|survey|3.?plane|topogram|smartbrain",
    "dixon": rf"dixon|{_SEPARATOR}ideal{_END}|(in|out|opp)[ -]?phase|{_SEPARATOR}(water|opp|fat.?only){_END}",
    "derived": rf"mpr{_END}|reformat|{_SEPARATOR}(recon|mip|sub|subtract\w*|fused|stitch\w*|compos\w*){_END}",
    "diffusion": rf"{_SEPARATOR}(dwi|dti|diff\w*|b[0-9]{{2,4}}|adc){_END}",
    "myelo": r"myelo",
    "sagittal": rf"{_SEPARATOR}sag",
    "axial": rf"{_SEPARATOR}(ax|axial|tra|trans\w*|tse_tra){_END}",
    "coronal": rf"{_SEPARATOR}cor",
    "3d": r"space|cube|vista|3d",
}
_COMPILED = {flag: re.compile(pattern) for flag, pattern in _FLAGS.items()}


def flags(*descriptions: str) -> tuple[str, ...]:
    """Sorted flags found in series, protocol or sequence descriptions."""
    line = " ".join(descriptions).lower().replace("_", " ")
    return tuple(sorted(flag for flag, pattern in _COMPILED.items() if pattern.search(line)))
