"""Everything around the vertebrae: skin, fat, muscle, belly, canal. Painted from back to front."""

import numpy as np
from scipy.interpolate import CubicSpline
from scipy.ndimage import gaussian_filter

from inference.phantom.canvas import Scene, Section
from inference.phantom.shapes import Field, as_field, cover, ellipse, ramp


def along(curve: CubicSpline, z: Field) -> Field:
    """y of a curve at each z, straight beyond its ends."""
    low, high = float(curve.x[0]), float(curve.x[-1])
    table = np.linspace(low - 120.0, high + 120.0, 900)
    inside = np.clip(table, low, high)
    values = curve(inside) + curve(inside, 1) * (table - inside)
    return as_field(np.interp(z, table, values))


def paint_surroundings(section: Section, scene: Scene) -> None:
    """Belly, back muscles, fat, skin and the dark of the air behind them."""
    front = along(scene.lines.front, section.z)
    tips = along(scene.lines.tips, section.z)
    _belly(section, scene, front)
    _back(section, scene, tips)
    _skin(section, scene, tips)


def _belly(section: Section, scene: Scene, front: Field) -> None:
    """Retroperitoneal fat, gut and organs, great vessels in front of the spine, bladder and psoas."""
    tissue, noise = scene.tissue, scene.noise
    x, y, z = section.x, section.y, section.z
    fine = gaussian_filter(noise.at(x, y, z, (6.0, 4.0, 5.0), 3.1), 0.8)
    blobs = gaussian_filter(noise.at(x, y, z, (30.0, 16.0, 22.0), 7.7), 3.0) + 0.15 * fine
    section.picture[:] = tissue.fat * 0.72 + 0.06 * fine
    gap = front - y
    inside = ramp(gap, 9.0, 17.0)
    section.paint(ramp(blobs, -0.15, 0.05) * inside * ramp(z, -125.0, -95.0), tissue.organ + 0.09 * fine)
    wall = np.exp(-(((blobs - 0.42) / 0.10) ** 2)) * inside
    section.paint(0.5 * wall, tissue.fat * 0.6)
    section.paint(ramp(blobs, 0.85, 1.0) * ramp(gap, 22.0, 34.0), 0.04)
    psoas = ramp(np.abs(x), 19.0, 25.0) * ramp(gap, 22.0, 14.0)
    section.paint(psoas, tissue.muscle + 0.04 * fine)
    _vessels(section, scene, front)
    bladder = cover(ellipse(y - (front - 62.0), z + 150.0, 24.0, 26.0) + 2.0 * fine, 2.0)
    section.paint(bladder * ramp(np.abs(x), 34.0, 26.0), 0.5 * (tissue.fluid + tissue.muscle))
    section.picture *= 1.0 - 0.45 * ramp(gap, 18.0, 70.0)


def _vessels(section: Section, scene: Scene, front: Field) -> None:
    """Flow voids: aorta on the left and caval vein on the right down to L4, iliac veins in front of L5."""
    side = scene.anatomy.aorta_side
    bodies = scene.anatomy.vertebrae
    fork = bodies[scene.anatomy.index("L4")].centre[1] - 8.0
    stop = ramp(section.z, fork - 6.0, fork + 2.0)
    for centre, radius in ((side, 8.5), (-side - 3.0, 9.5)):
        reach = ellipse(section.y - (front - radius - 3.0), section.x - centre, radius, radius)
        section.paint(cover(reach, 1.6) * stop, scene.tissue.vessel)
        section.paint(cover(np.abs(reach) - 0.5, 0.8) * stop, scene.tissue.muscle * 0.8)
    for name, drop in (("L5", 4.0), ("L5", -9.0)):
        y0, z0 = bodies[scene.anatomy.index(name)].place(-26.0, drop)
        vein = ellipse(section.y - y0 + 0.25 * section.x, section.z - z0 + 0.5 * section.x, 4.5, 6.5)
        section.paint(cover(vein, 1.2), scene.tissue.vessel)


def _back(section: Section, scene: Scene, tips: Field) -> None:
    """Muscle beside the spinous processes, ligament and fat between them, the fascia behind."""
    tissue, noise = scene.tissue, scene.noise
    x, y, z = section.x, section.y, section.z
    back = along(scene.lines.back, z)
    behind = ramp(y - back, 2.0, 6.0)
    streaks = gaussian_filter(noise.at(x, y - 0.18 * z, z, (6.0, 2.6, 22.0), 1.3), 1.0)
    cords = gaussian_filter(noise.at(x, y + 0.55 * z, z, (5.0, 2.2, 12.0), 5.9), 0.8)
    between = 0.55 * tissue.fat + 0.16 * streaks * tissue.fat + 0.18 * cords * tissue.fat
    section.paint(behind, np.maximum(between, 0.5 * tissue.muscle))
    fat = ramp(streaks + 0.9 * scene.anatomy.fatty_muscle, 0.55, 1.5) * 0.75
    muscle = tissue.muscle * (1.0 + 0.08 * cords) + fat * (tissue.fat * 0.75 - tissue.muscle)
    section.paint(behind * ramp(np.abs(x), 3.5, 8.0), muscle)
    fascia = np.abs(y - tips - 3.0) - 0.7
    section.paint(cover(fascia, 1.0) * ramp(np.abs(x), 30.0, 20.0), tissue.ligament)


def _skin(section: Section, scene: Scene, tips: Field) -> None:
    """Subcutaneous fat with its septa, skin, and air."""
    tissue, noise = scene.tissue, scene.noise
    x, y, z = section.x, section.y, section.z
    flat = 0.62 * tips + 0.38 * float(np.mean(tips))
    skin = np.maximum(
        flat + 9.0 + scene.anatomy.fat_thickness * (0.75 + 0.45 * ramp(z, 60.0, -90.0)), tips + 9.0
    )
    skin = skin - 0.006 * x**2 - 3.0 * np.exp(-((x / 7.0) ** 2))
    septa = noise.at(x, y, z, (8.0, 4.5, 12.0), 9.2)
    fat = tissue.fat * (1.0 - 0.28 * np.exp(-((septa / 0.10) ** 2)))
    section.paint(ramp(y - tips, 3.2, 4.4), fat)
    section.paint(cover(skin - 2.2 - y, 1.0), tissue.skin)
    section.paint(cover(skin - y, 1.0), 0.0)


def paint_canal(section: Section, scene: Scene) -> None:
    """Epidural fat, dura, fluid, cord with its conus, and the roots of the cauda equina."""
    tissue, anatomy = scene.tissue, scene.anatomy
    x, y, z = section.x, section.y, section.z
    near = np.abs(x) < 16.0
    if not near.any():
        return
    back = along(scene.lines.back, z)
    slope = np.gradient(back, axis=0) / np.minimum(np.gradient(z, axis=0), -1e-3)
    across = as_field((y - back) / np.sqrt(1.0 + slope**2))
    sacral = anatomy.vertebrae[anatomy.index("S1")].centre[1]
    lower = ramp(z, sacral + 34.0, sacral - 12.0)
    end = ramp(z, sacral - 62.0, sacral - 28.0)
    depth = anatomy.sac_depth * (1.0 - 0.36 * lower) * np.sqrt(end)
    floor = 0.9 + 3.6 * lower
    wide = np.sqrt(np.clip(1.0 - (x / 11.5) ** 2, 0.0, 1.0))
    roof = floor + anatomy.sac_depth * 0.5 * (1.0 + wide) * (1.0 - 0.30 * lower) + _fat_pads(scene, z)
    canal = (
        cover(np.maximum(-across, across - roof), 1.0)
        * ramp(np.abs(x), 13.5, 11.0)
        * ramp(z, sacral - 75.0, sacral - 55.0)
    )
    section.paint(canal, tissue.fat * 0.93)
    middle = floor + anatomy.sac_depth * (1.0 - 0.36 * lower) / 2.0
    sac = np.abs(across - middle) - depth * wide / 2.0
    section.paint(cover(sac - 0.7, 0.8) * (wide > 0.05), tissue.ligament)
    section.paint(cover(sac, 0.9) * (wide > 0.05), tissue.fluid)
    _nerves(section, scene, across, middle, sac)


def _fat_pads(scene: Scene, z: Field) -> Field:
    """Thickness in mm of the fat behind the sac: pads between the laminae, hardly any under them."""
    thick = np.full_like(z, 0.8)
    for body in scene.anatomy.vertebrae[:-4]:
        _, centre = body.place(body.depth / 2 + scene.anatomy.sac_depth, -body.height * 0.72)
        thick += 4.2 * np.exp(-(((z - centre) / 8.0) ** 2))
    return as_field(thick)


def _nerves(section: Section, scene: Scene, across: Field, middle: Field, sac: Field) -> None:
    """The cord ending at the conus, and strands that lean to the back of the sac below it."""
    tissue, x, z = scene.tissue, section.x, section.z
    tip = scene.anatomy.vertebrae[scene.anatomy.index("L1")].centre[1] + scene.anatomy.conus - 12.0
    radius = 3.9 * np.sqrt(ramp(z, tip, tip + 26.0))
    cord = np.hypot(across - middle - 0.6, x * 0.8) - radius
    section.paint(cover(cord, 0.9) * (radius > 0.2), tissue.cord)
    strands = scene.noise.at(x, across, z + 3.0 * across, (2.6, 1.05, 30.0), 4.4)
    lean = ramp(across - middle, -3.0, 4.5) * ramp(z, tip + 22.0, tip) * cover(sac + 0.8, 1.0)
    section.paint(lean * ramp(strands, -0.1, 0.7) * 0.85, tissue.root)
