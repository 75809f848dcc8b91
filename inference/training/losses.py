"""The paper's losses (Gao et al. 2022, sections 2.3 and 2.4), with the brackets as meant.

g is the truth (0 or 1), p the probability; sums run over the pixels of one channel of the whole batch.
"""

from inference.training.engine import Tensor, tf

EPSILON = 1e-6


def dice_loss(p: Tensor, g: Tensor, weight: Tensor | None = None) -> Tensor:
    """1 - 2 sum(pg) / (sum(p^2) + sum(g^2)), mean over channels; [N, H, W, C] each.

    weight: 0 where a pixel is to be ignored, 1 elsewhere, [N, H, W, C]. An empty truth met by an empty
    answer costs 0.
    """
    if weight is not None:
        p, g = p * weight, g * weight
    axes = [0, 1, 2]
    overlap = 2.0 * tf.reduce_sum(p * g, axes)
    size = tf.reduce_sum(p * p, axes) + tf.reduce_sum(g * g, axes)
    return tf.reduce_mean(1.0 - (overlap + EPSILON) / (size + EPSILON))


def weighted_cross_entropy(
    logits: Tensor, g: Tensor, foreground: float = 20.0, weight: Tensor | None = None
) -> Tensor:
    """Mean of -[foreground * g log p + (1 - g) log(1 - p)] over all pixels that count; [N, H, W, C] each."""
    loss = tf.nn.weighted_cross_entropy_with_logits(labels=g, logits=logits, pos_weight=foreground)
    if weight is None:
        return tf.reduce_mean(loss)
    return tf.reduce_sum(loss * weight) / (tf.reduce_sum(weight) + EPSILON)


def detection_loss(
    logits: Tensor, g: Tensor, weight: Tensor | None = None, foreground: float = 20.0, entropy: float = 0.1
) -> Tensor:
    """`entropy` (the paper's 0.1) * weighted cross-entropy + Dice: the detector's loss (section 2.4)."""
    dice = dice_loss(tf.sigmoid(logits), g, weight)
    return entropy * weighted_cross_entropy(logits, g, foreground, weight) + dice


def halves_loss(logits: Tensor, g: Tensor, halves: Tensor, pixels: int) -> Tensor:
    """Cross-entropy of whether a half is changed, mean over halves; not the paper's.

    Voxel losses count a small lesion by its few pixels; this term counts every half alike, as readers do. A
    half's logit is the mean of its `pixels` highest; it is changed if any pixel of `g` in it is. halves: 1
    inside each half to be judged, [N, H, W, halves]; halves of fewer than `pixels` pixels do not count.
    """
    inside, there = _flat(halves), tf.zeros_like(halves)
    masked = tf.where(inside > 0, _flat(logits + there), -1e4)
    highest = tf.reduce_mean(tf.math.top_k(masked, pixels, sorted=False).values, -1)
    changed = tf.reduce_max(_flat(g + there) * inside, -1)
    counts = tf.cast(tf.reduce_sum(inside, -1) >= pixels, tf.float32)
    loss = tf.nn.sigmoid_cross_entropy_with_logits(labels=changed, logits=highest)
    return tf.reduce_sum(tf.where(counts > 0, loss, 0.0)) / (tf.reduce_sum(counts) + EPSILON)


def _flat(x: Tensor) -> Tensor:
    """[N, H, W, C] -> [N, C, H * W]."""
    shape = tf.shape(x)
    return tf.reshape(tf.transpose(x, [0, 3, 1, 2]), [shape[0], shape[3], shape[1] * shape[2]])
