"""Vertebral bodies, discs and posterior elements of the phantom, with their signed distances."""

import numpy as np

from inference.phantom.anatomy import Disc, Vertebra
from inference.phantom.canvas import Scene, Section
from inference.phantom.shapes import Field, as_field, cover, ellipse, ramp, rounded_corner

CORTEX_MM = 1.0


def body_distance(body: Vertebra, x: Field, u: Field, v: Field) -> Field:
    """Signed distance in mm to the outer surface of a body, negative inside; local axes of the body."""
    side = np.clip(np.abs(x) / body.width, 0.0, 1.0)
    front_share = (1.0 - side**2.6) ** (1 / 2.6)
    back_share = (1.0 - side**5.0) ** (1 / 5.0)
    half = body.height / 2
    t = np.clip(v / half, -1.0, 1.0)
    fall = (1.0 - t) / 2
    arch = 1.0 - t**2
    front = -(body.depth / 2 - body.waist[0] * arch - body.taper[0] * fall) * front_share
    back = (body.depth / 2 - body.waist[1] * arch - body.taper[1] * fall) * back_share
    du = np.maximum(front - u, u - back)
    return rounded_corner(as_field(du), endplate_distance(body, u, v), 2.4)


def endplate_distance(body: Vertebra, u: Field, v: Field) -> Field:
    """Signed distance in mm to the nearer of the two concave endplates, negative between them."""
    return as_field(np.maximum(v - upper_edge(body, u), lower_edge(body, u) - v))


def upper_edge(body: Vertebra, u: Field) -> Field:
    """v of the upper endplate at each u."""
    s = np.clip(2.0 * u / body.depth, -1.0, 1.0)
    height = (body.front + body.back) / 4 + (body.back - body.front) / 4 * s
    return as_field(height - body.dish[0] * (1.0 - s**2) * (1.0 + 0.3 * s))


def lower_edge(body: Vertebra, u: Field) -> Field:
    """v of the lower endplate at each u."""
    s = np.clip(2.0 * u / body.depth, -1.0, 1.0)
    height = (body.front + body.back) / 4 + (body.back - body.front) / 4 * s
    return as_field(-height + body.dish[1] * (1.0 - s**2) * (1.0 + 0.45 * s))


def paint_disc(section: Section, scene: Scene, disc: Disc) -> None:
    """Annulus and nucleus; the bodies painted later cut it to shape."""
    above, below = scene.anatomy.vertebrae[disc.above], scene.anatomy.vertebrae[disc.above + 1]
    top, bottom = above.place(0.0, -above.height / 2), below.place(0.0, below.height / 2)
    place = ((top[0] + bottom[0]) / 2, (top[1] + bottom[1]) / 2)
    part = section.window(place, 29.0)
    if part is None or part.nearest > above.width:
        return
    middle = Vertebra(**{**vars(above), "tilt": (above.tilt + below.tilt) / 2, "centre": place})
    u, v = part.local(middle)
    depth = min(above.depth - above.taper[0] - above.taper[1], below.depth)
    side = np.clip(np.abs(part.x) / min(above.width, below.width), 0.0, 1.0)
    reach = (1.0 - side**2.6) ** (1 / 2.6)
    back = (depth / 2 + disc.bulge) * (1.0 - side**5.0) ** (1 / 5.0)
    du = np.maximum(-(depth / 2 + 0.2 + 0.3 * disc.bulge) * reach - u, u - back)
    dv = np.abs(v) - disc.height / 2 - 1.0 - 2.6 * (1.0 - np.clip(2.0 * u / depth, -1.0, 1.0) ** 2)
    outside = rounded_corner(as_field(du), as_field(dv), 2.6)
    tissue, texture = scene.tissue, scene.noise.at(part.x, part.y, part.z, (4.0, 2.5, 2.0), 2.2)
    part.paint(cover(outside), tissue.annulus)
    bright = tissue.nucleus + (tissue.black_disc - tissue.nucleus) * disc.degeneration
    inner = ramp(du, -2.0, -7.5) * (0.25 + 0.75 * ramp(dv, 0.0, -2.2))
    part.paint(inner, bright * (1.0 + 0.10 * texture))
    cleft = cover(np.abs(v + 0.4 * texture) - 0.6, 1.4) * ramp(du, -5.0, -9.0) * (1.0 - disc.degeneration)
    part.paint(0.45 * cleft, tissue.black_disc)


def paint_body(section: Section, scene: Scene, body: Vertebra) -> None:
    """Cortex, trabecular marrow, and the basivertebral vein; lesions are laid on afterwards."""
    part = section.window(body.centre, 28.0)
    if part is None or part.nearest > body.width:
        return
    u, v = part.local(body)
    outside = body_distance(body, part.x, u, v)
    side = ramp(np.abs(part.x), body.width, body.width * 0.9)
    rim = 0.15 * scene.noise.at(part.x, part.y, part.z, (6.0, 5.0, 5.0), 10.4)
    thick = CORTEX_MM - 0.35 * ramp(np.abs(v), body.height * 0.40, body.height * 0.30)
    part.paint(cover(outside - 0.1, 1.1) * side, scene.tissue.cortex)
    part.paint(cover(as_field(outside + thick + rim), 1.1) * side, marrow(scene, part, body, u, v))
    _join_pedicle(part, scene, body, u, v)
    vein = ellipse(u - body.depth / 2 + 3.5, v + 0.4, 9.0, 2.3) + np.abs(part.x) * 0.35
    if body.level is not None or body.name.startswith("T"):
        part.paint(cover(vein, 2.0) * cover(outside + 0.4) * 0.65, scene.tissue.vein)


def _join_pedicle(part: Section, scene: Scene, body: Vertebra, u: Field, v: Field) -> None:
    """Marrow through the back wall where the pedicles leave the body."""
    if body.name.startswith("S"):
        return
    neck = np.maximum(
        as_field(np.abs(u - body.depth / 2 - 1.0) - 6.0), as_field(np.abs(v - body.height * 0.16) - 5.6)
    )
    part.paint(cover(neck, 1.5) * _pedicle_share(body, part.x), marrow(scene, part, body, u, v) * 0.95)


def _pedicle_share(body: Vertebra, x: Field) -> Field:
    """1 where the pedicles run, by distance from the midline."""
    inner = 10.5 if body.name.startswith("T") else 11.5
    aside = np.abs(x)
    return as_field(ramp(aside, inner, inner + 3.0) * ramp(aside, inner + 11.0, inner + 7.5))


def marrow(scene: Scene, part: Section, body: Vertebra, u: Field, v: Field) -> Field:
    """Marrow signal: trabecular grain, slow islands of fat, a little less fat in the middle of the body."""
    look = scene.appearance
    grain = scene.noise.at(part.x, part.y, part.z, look.grain_mm, 0.4)
    island = scene.noise.at(part.x, part.y, part.z, look.island_mm, 6.3)
    centre = np.exp(-((u / (0.45 * body.depth)) ** 2) - (v / (0.35 * body.height)) ** 2)
    base = scene.tissue.marrow + scene.tissue.red_marrow * 0.5 * centre
    fat = look.fat_island * np.maximum(island - 0.7, 0.0)
    return as_field(base * (body.fat + look.grain * grain + look.island * island + fat))


def paint_posterior(section: Section, scene: Scene, body: Vertebra) -> None:
    """Spinous process and laminae near the midline, pedicle and joints beside it."""
    if body.name in ("S3", "S4", "S5"):
        return
    part = section.window(body.place(body.depth / 2 + 20.0, -8.0), 42.0)
    if part is None:
        return
    if part.nearest < 6.5:
        _spinous(part, scene, body)
    if part.nearest < 14.0 and part.farthest > 1.5:
        _lamina(part, scene, body)
    if part.nearest < 27.0 and part.farthest > 10.5 and body.name not in ("S1", "S2"):
        _pedicle(part, scene, body)


def _bone(part: Section, scene: Scene, outside: Field, share: Field | float = 1.0) -> None:
    """A piece of bone: dark rim, marrow inside."""
    grain = scene.noise.at(part.x, part.y, part.z, (3.0, 1.8, 1.8), 8.5)
    part.paint(cover(outside - 0.1, 1.2) * share, scene.tissue.cortex + 0.06)
    part.paint(cover(outside + 1.1 + 0.4 * grain, 1.3) * share, scene.tissue.marrow * (0.94 + 0.10 * grain))


def _spinous(part: Section, scene: Scene, body: Vertebra) -> None:
    """A plate that leans down and back, thicker at its tip."""
    sacral = body.name in ("S1", "S2")
    reach = {"S1": 15.0, "S2": 11.0, "L5": 21.0}.get(body.name, 27.0)
    lean = Vertebra(**{**vars(body), "tilt": body.tilt * 0.75 - np.radians(14.0 if not sacral else 4.0)})
    start = body.depth / 2 + scene.anatomy.sac_depth + (4.5 if not sacral else 2.0)
    u, v = part.local(lean, body.place(start, -body.height * (0.32 if not sacral else 0.1)))
    high = {"S1": 5.0, "S2": 4.0, "L5": 7.0}.get(body.name, 9.0)
    tall = high + 1.4 * np.sin(u / reach * 2.4) - 0.10 * np.abs(u - reach * 0.55)
    outside = rounded_corner(as_field(np.maximum(-u, u - reach)), as_field(np.abs(v + 0.08 * u) - tall), 4.5)
    thick = 3.4 + 1.2 * ramp(u, reach * 0.6, reach)
    _bone(part, scene, outside, ramp(np.abs(part.x), thick + 1.5, thick - 1.0))


def _lamina(part: Section, scene: Scene, body: Vertebra) -> None:
    """Roof of the canal beside the midline, and the yellow ligament that hangs from it."""
    aside = np.abs(part.x)
    share = ramp(aside, 1.5, 3.5) * ramp(aside, 14.0, 11.0)
    start = body.depth / 2 + scene.anatomy.sac_depth + 4.0 - 0.035 * aside**2
    y0, z0 = body.place(0.0, -body.height * 0.30)
    u, v = part.local(body, (y0, z0))
    outside = ellipse(u - start - 2.0 + 0.22 * v, v, 4.3, 10.5)
    flavum = ellipse(u - start + 0.2, v + 17.0, 1.9, 9.5)
    part.paint(cover(flavum) * ramp(aside, 12.0, 9.0), scene.tissue.ligament * 1.6)
    _bone(part, scene, outside, share)


def _pedicle(part: Section, scene: Scene, body: Vertebra) -> None:
    """Pedicle, the two articular processes behind it, and the nerve root in the fat of the foramen below."""
    aside = np.abs(part.x)
    inner = 10.5 if body.name.startswith("T") else 11.5
    joint = ramp(aside, inner, inner + 3.0) * ramp(aside, inner + 15.0, inner + 12.0)
    u, v = part.local(body)
    back = body.depth / 2
    below = v + body.height * 0.60
    foramen = ellipse(u - back - 4.5 - 0.12 * below, below, 6.0, 12.5)
    part.paint(cover(foramen, 3.0) * joint, scene.tissue.fat * 0.80)
    root = ellipse(u - back - 4.0 - 0.3 * (v + body.height * 0.36), v + body.height * 0.36, 2.7, 3.8)
    part.paint(cover(root, 1.6) * joint, scene.tissue.root)
    superior = ellipse(u - back - 15.5 - 0.30 * v, v - body.height * 0.46, 4.6, 11.0)
    inferior = ellipse(u - back - 18.0 + 0.12 * v, v + body.height * 0.52, 5.2, 15.0)
    _bone(part, scene, inferior, joint)
    _bone(part, scene, superior, joint)
    neck = np.maximum(as_field(np.abs(u - back - 4.0) - 12.0), as_field(np.abs(v - body.height * 0.16) - 6.8))
    _bone(part, scene, neck, _pedicle_share(body, part.x))
