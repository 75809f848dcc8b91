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
