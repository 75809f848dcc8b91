"""Networks that answer from the phantom's truth: what the steps make of perfect answers."""

import numpy as np

from inference.pipeline import MapSettings, find_bodies
from inference.steps import align, crops, localize, orient
from inference.steps.normalise import marrow
from inference.steps.partial_volume import seen_beside


class FromList:
    """Gives the prepared answers in the order in which slices or crops are asked for."""

    version, digest = "1", "d" * 64

    def __init__(self, name, answers):
        self.name, self._answers, self._next = name, answers, 0

    def again(self):
        return FromList(self.name, self._answers)

    def predict(self, batch):
        part = self._answers[self._next : self._next + len(batch)]
        self._next += len(part)
        assert part.shape[:3] == batch.shape[:3]
        return part


def once(answers):
    """Keeps the answers of a phantom, which take longer to make than to give."""
    kept = {}

    def remembered(phantom, settings=None):
        if (id(phantom), settings) not in kept:
            kept[id(phantom), settings] = (phantom, answers(phantom, settings))
        return kept[id(phantom), settings][1].again()

    return remembered


@once
def localizer_for(phantom, _):
    """Channel 0: any body; channel 1: S1's, on the localizer's padded 1 mm grid."""
    volume, turn = orient.upright(phantom.t1)
    bodies = turn.apply(phantom.truth.bodies)
    s1 = next(number for number, level in phantom.truth.levels.items() if level == "S1")
    answers = []
    for plane in bodies:
        masks = [(plane > 0).astype(np.float32), (plane == s1).astype(np.float32)]
        grids = [localize.to_grid(mask, volume.pixel_spacing_mm) for mask in masks]
        padded = [np.pad(g, [(0, -n % localize.MULTIPLE) for n in g.shape]) for g in grids]
        answers.append(np.stack(padded, axis=-1))
    return FromList("localize", np.clip(np.stack(answers), 0, 1).astype(np.float32))


@once
def detector_for(phantom, settings):
    """The true lesions, cut as the pipeline cuts its crops."""
    settings = settings or MapSettings()
    volume, turn = orient.upright(phantom.t1)
    found = find_bodies(volume, localizer_for(phantom), settings.instances)
    inside = marrow(found.numbers > 0, volume.pixel_spacing_mm, settings.shrink_mm)
    inside &= np.isfinite(align.align(volume, phantom.t2).t2)
    inside &= seen_beside(found.numbers, volume.pixel_spacing_mm)
    lesions = turn.apply(phantom.truth.lesions > 0).astype(np.float32)
    cut = crops.cut_all([lesions], found.numbers, inside, volume.pixel_spacing_mm, settings.crop_mm)
    return FromList("detect", cut.images)
