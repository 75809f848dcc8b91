"""Whether a reader tells cases seen before from cases never seen: d' of a yes/no recognition task.

"Seen before" of a case that was is a hit, of a case that was not (a lure) a false alarm. Rates are always
log-linear, (yes + 0.5) / (cases + 1), so that rates of 0 and 1 need no other rule and the bias stays small.
References: Macmillan and Creelman, Detection Theory, 2nd ed. 2005, ch. 1; Hautus, Behav Res Methods
1995;27:46 (log-linear); Gourevitch and Galanter, Psychometrika 1967;32:25 (variance of d').
"""

from dataclasses import replace

from scipy import stats

from annotations.agreement.result import Result

METHOD = "log-linear rates; Gourevitch and Galanter's variance, normal"
REFERENCE = "Macmillan and Creelman 2005; Hautus 1995; Gourevitch and Galanter 1967"
FEWEST = 10
"""Cases and lures below which the normal interval is not given."""


def d_prime(hits: int, cases: int, false_alarms: int, lures: int, confidence: float = 0.95) -> Result:
    """d' = z(hit rate) - z(false-alarm rate), with an interval where there are enough of both.

    details: hit_rate, false_alarm_rate (log-linear) and criterion c = -(z(hit) + z(false alarm)) / 2; above 0
    the reader says "seen" less often than an unbiased one. The test is of d' = 0, where there is an interval.
    Raises ValueError for counts that can't be.
    """
    if not (0 <= hits <= cases and 0 <= false_alarms <= lures):
        raise ValueError("Hits are among the cases, false alarms among the lures.")
    if not cases or not lures:
        return Result(
            n_units=cases + lures,
            reason="d' needs cases seen before and lures",
            reference=REFERENCE,
        )
    hit, alarm = (hits + 0.5) / (cases + 1), (false_alarms + 0.5) / (lures + 1)
    z_hit, z_alarm = float(stats.norm.ppf(hit)), float(stats.norm.ppf(alarm))
    estimate = z_hit - z_alarm
    variance = sum(
        rate * (1 - rate) / (count * float(stats.norm.pdf(z)) ** 2)
        for rate, count, z in ((hit, cases, z_hit), (alarm, lures, z_alarm))
    )
    se = float(variance**0.5)
    found = Result(
        estimate=estimate,
        n_units=cases + lures,
        reference=REFERENCE,
        details={"hit_rate": hit, "false_alarm_rate": alarm, "criterion": -(z_hit + z_alarm) / 2},
    )
    if min(cases, lures) < FEWEST:
        return replace(found, warnings=(f"no interval: fewer than {FEWEST} cases or lures",))
    reach = float(stats.norm.ppf((1 + confidence) / 2)) * se
    return replace(
        found,
        se=se,
        lo=estimate - reach,
        hi=estimate + reach,
        confidence=confidence,
        ci_method=METHOD,
        statistic=estimate / se,
        p=float(2 * stats.norm.sf(abs(estimate / se))),
        test="d' = 0, Wald",
    )
